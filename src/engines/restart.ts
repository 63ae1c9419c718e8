/** What is known when a child has ended. */
export interface Ended {
  /** It had answered before, in this or an earlier life. */
  wasReady: boolean;
  /** Lives that ended in a row without one lasting STEADY_MS. */
  failures: number;
  /** The same would happen again: a file that cannot be read, a missing package, a load that never ends. */
  isHopeless: boolean;
}

/** A life this long was a good one: the count of failures begins anew. */
export const STEADY_MS = 60_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
const MOST_FAILURES_BEFORE_READY = 3;
const MOST_FAILURES = 10;

/** The delay before the next start, in milliseconds, or undefined to give up. Pure. */
export function restartDelay({ wasReady, failures, isHopeless }: Ended): number | undefined {
  if (isHopeless || failures >= (wasReady ? MOST_FAILURES : MOST_FAILURES_BEFORE_READY)) return undefined;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
}
