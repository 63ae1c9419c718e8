/** Spans in which limits count. All begin in UTC, weeks on Monday, so that every node and every report cuts them alike. */
export const PERIODS = ['minute', 'hour', 'day', 'week', 'month', 'lifetime'] as const;
export type Period = (typeof PERIODS)[number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time, unix milliseconds; `end` is the first moment after it. */
export interface Span {
  start: number;
  end: number;
}

/** The span of a period that holds a moment. @param now unix milliseconds */
export function spanOf(period: Period, now: number): Span {
  switch (period) {
    case 'minute':
      return even(now, MINUTE, 0);
    case 'hour':
      return even(now, HOUR, 0);
    case 'day':
      return even(now, DAY, 0);
    case 'week':
      // 1970-01-05 was a Monday.
      return even(now, 7 * DAY, 4 * DAY);
    case 'month': {
      const date = new Date(now);
      const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
      return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
    }
    case 'lifetime':
      return { start: 0, end: Number.POSITIVE_INFINITY };
  }
}

function even(now: number, length: number, offset: number): Span {
  const start = Math.floor((now - offset) / length) * length + offset;
  return { start, end: start + length };
}
