/** What goes on at a gateway, beside what the watch itself asks. */
export interface Busy {
  /** Exchanges under way. */
  others: number;
  /** When the last of them ended, Unix milliseconds; null: none is known. */
  last_at: number | null;
}

export interface IdleSettings {
  /** How long nothing may have gone on. Milliseconds. */
  idle: number;
  /** Hours of the local day in which trials are made, e.g. from 22 to 6; all when left out. */
  night?: { from: number; to: number };
}

/** Whether there is time for a trial. @param hour of the local day, 0 to 23 @returns why not; undefined: there is. Pure */
export function notNow({ others, last_at }: Busy, { idle, night }: IdleSettings, now: number, hour: number): string | undefined {
  if (night && !isWithin(hour, night)) return `it is not between ${night.from} and ${night.to} o'clock`;
  if (others > 0) return `${others} ${others === 1 ? 'exchange goes' : 'exchanges go'} on`;
  if (last_at !== null && now - last_at < idle) return `the last exchange ended ${Math.max(0, Math.round((now - last_at) / 1000))} s ago`;
  return undefined;
}

function isWithin(hour: number, { from, to }: { from: number; to: number }): boolean {
  return from <= to ? hour >= from && hour < to : hour >= from || hour < to;
}

/** Whether a trial under way must stop: somebody came. @param since when it began, Unix milliseconds. Pure */
export function interrupts({ others, last_at }: Busy, since: number): boolean {
  return others > 0 || (last_at !== null && last_at > since);
}

/** Hours as people write them, e.g. `22-6`. @throws Error naming the option */
export function nightOf(text: string | undefined): IdleSettings['night'] {
  if (text === undefined) return undefined;
  const [, from, to] = /^(\d{1,2})(?::00)?-(\d{1,2})(?::00)?$/.exec(text.trim()) ?? [];
  const hours = { from: Number(from), to: Number(to) };
  if (from === undefined || to === undefined || hours.from > 23 || hours.to > 24 || hours.from === hours.to)
    throw new Error(`--night: "${text}" are no hours; write for example 22-6`);
  return hours;
}
