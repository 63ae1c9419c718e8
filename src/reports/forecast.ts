/** One day of the share that is looked ahead for. */
export interface Day {
  /** Unix milliseconds of its start. */
  at: number;
  own: number;
  whole: number;
}

export interface Forecast {
  /**
   * `reached`: the last week is above the line. `ahead`: it will be, at about `at`. `not-on-the-way`: as things go, not within the horizon.
   * `unknown`: too little is known, for the reason that is given.
   */
  state: 'reached' | 'ahead' | 'not-on-the-way' | 'unknown';
  reason: string;
  /** When the line is crossed by the trend; Unix milliseconds. */
  at: number | null;
  /** Four times in five it is crossed between these, as far as the past tells; null: not within the horizon. */
  from: number | null;
  to: number | null;
  /** Share of the last seven days with work, 0 to 1. */
  now: number | null;
  /** Change of the share in thirty days at its present level, in points of 1. */
  per_month: number | null;
}

const DAY = 86_400_000;
/** What a trend needs: four weeks show whether a week is like the last, and half of their days with work that they are not chance. */
const LEAST = { span: 28, worked: 14 } as const;
/** As far as anybody should look ahead along a straight line. */
const HORIZON = 730;
const BLOCK = 7;
const DRAWS = 400;

/**
 * When the share crosses a line, by a straight line through the log-odds of its days, as innovations spread (Fisher and Pry, 1971). The
 * interval comes from a moving-block bootstrap of the residuals (Künsch, 1989) in blocks of a week, because days of a week are alike.
 * Pure, and the same for the same days.
 * @param days in order, without those on which nobody worked
 * @param line 0 to 1
 */
export function forecastOf(days: readonly Day[], line: number): Forecast {
  const worked = days.filter(({ whole }) => whole > 0);
  const none = { at: null, from: null, to: null, now: null, per_month: null };
  if (worked.length === 0) return { state: 'unknown', reason: 'no whole day of work lies behind yet', ...none };
  const week = worked.slice(-BLOCK);
  const now = total(week, 'own') / total(week, 'whole');
  const reached = now >= line && worked.length >= BLOCK;
  const span = (worked.at(-1)!.at - worked[0]!.at) / DAY + 1;
  const isShort = span < LEAST.span || worked.length < LEAST.worked;
  if (isShort && !reached) {
    const reason = `a trend needs ${LEAST.worked} days with work in ${LEAST.span} or more, and there are ${worked.length} in ${Math.round(span)}`;
    return { state: 'unknown', reason, ...none, now };
  }
  const trend = fit(worked.map(pointOf));
  const per_month = isShort ? null : slopeAt(now, trend.slope) * 30;
  if (reached) return { state: 'reached', reason: `the last ${BLOCK} days with work are above the line`, ...none, now, per_month };
  const last = worked.at(-1)!.at;
  const crossing = (slope: number, level: number) => (slope > 0 ? (logit(line) - level) / slope : Number.POSITIVE_INFINITY);
  const middle = crossing(trend.slope, trend.end);
  const drawn = draws(worked.map(pointOf), trend).map(({ slope, end }) => Math.max(0, crossing(slope, end)));
  drawn.sort((a, b) => a - b);
  const moment = (ahead: number) => (ahead <= HORIZON ? last + Math.round(Math.max(0, ahead)) * DAY : null);
  const [from, to] = [moment(drawn[Math.floor(DRAWS * 0.1)]!), moment(drawn[Math.ceil(DRAWS * 0.9) - 1]!)];
  if (middle > HORIZON) {
    const reason = trend.slope > 0 ? `at this pace the line is more than ${HORIZON / 365} years away` : 'the share does not grow';
    return { state: 'not-on-the-way', reason, at: null, from, to: null, now, per_month };
  }
  const reason = `the trend of ${worked.length} days with work, if it goes on`;
  return { state: 'ahead', reason, at: moment(middle), from, to, now, per_month };
}

interface Point {
  /** Days after the first. */
  x: number;
  /** Log-odds. */
  y: number;
}

interface Trend {
  /** Of log-odds, a day. */
  slope: number;
  /** Level on the last day. */
  end: number;
  fitted: number[];
}

/** Half a unit on each side keeps days of nothing or all finite. */
function pointOf({ at, own, whole }: Day, _: number, [first]: readonly Day[]): Point {
  const half = whole / 200;
  return { x: (at - first!.at) / DAY, y: Math.log((own + half) / (whole - own + half)) };
}

/** A straight line by least squares. */
function fit(points: readonly Point[]): Trend {
  const n = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const fitted = points.map(({ x }) => meanY + slope * (x - meanX));
  return { slope, end: fitted.at(-1)!, fitted };
}

/** Trends through the fitted line with residuals laid anew, a week at a time. */
function draws(points: readonly Point[], { fitted }: Trend): Trend[] {
  const residuals = points.map(({ y }, index) => y - fitted[index]!);
  const random = randomFrom(points.length);
  const blocks = residuals.length - BLOCK + 1;
  return Array.from({ length: DRAWS }, () => {
    const laid: number[] = [];
    while (laid.length < residuals.length) {
      const from = Math.floor(random() * blocks);
      laid.push(...residuals.slice(from, from + BLOCK));
    }
    return fit(points.map(({ x }, index) => ({ x, y: fitted[index]! + laid[index]! })));
  });
}

/** mulberry32: the same numbers for the same days, so that a report that is made again says the same. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function logit(share: number): number {
  const inside = Math.min(1 - 1e-6, Math.max(1e-6, share));
  return Math.log(inside / (1 - inside));
}

/** Slope of the share where the slope of its log-odds is known. */
function slopeAt(share: number, slope: number): number {
  return slope * share * (1 - share);
}

function total(days: readonly Day[], of: 'own' | 'whole'): number {
  return days.reduce((sum, day) => sum + day[of], 0);
}
