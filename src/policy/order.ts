/** How the order is found once the gates have spoken. */
export const MODES = ['cheapest-good-enough', 'own-first', 'balanced', 'best'] as const;
export type Mode = (typeof MODES)[number];

/** A target in its place. */
export interface Step {
  address: string;
  /** Expected, 0 to 1; cautious for challengers. */
  success: number;
  /** Absent: unpriced. */
  costNanos?: number;
  latencyMs: number;
  /** Nano-dollars; absent where the cost is unknown. */
  utility?: number;
  reason: string;
}

/** A target as the order sees it. */
export interface Judged {
  step: Step;
  mean: number;
  /** The zone's distance from home. */
  distance: number;
  enough: boolean;
  ailing: number;
  rank: number;
}

/** Good enough before not; then what the mode prefers. */
export const ORDERS: Readonly<Record<Mode, (a: Judged, b: Judged) => number>> = {
  'cheapest-good-enough': (a, b) => enoughFirst(a, b) || (a.enough ? cheaper(a, b) : b.mean - a.mean || cheaper(a, b)),
  'own-first': (a, b) => enoughFirst(a, b) || (a.enough ? a.distance - b.distance || byUtility(a, b) : b.mean - a.mean),
  balanced: (a, b) => byUtility(a, b),
  best: (a, b) => b.mean - a.mean || cheaper(a, b),
};

const enoughFirst = (a: Judged, b: Judged): number => Number(b.enough) - Number(a.enough);
export const byRule = (a: Judged, b: Judged, order: readonly string[]): number =>
  order.indexOf(a.step.address) - order.indexOf(b.step.address);

/** Equal ones in the configuration's order, and last by address, so that the order never depends on the input's. */
export const equals = (a: Judged, b: Judged): number =>
  a.distance - b.distance || a.rank - b.rank || (a.step.address < b.step.address ? -1 : 1);

function cheaper(a: Judged, b: Judged): number {
  const [x, y] = [a.step.costNanos ?? Number.MAX_SAFE_INTEGER, b.step.costNanos ?? Number.MAX_SAFE_INTEGER];
  return x - y || a.distance - b.distance || a.step.latencyMs - b.step.latencyMs;
}

function byUtility(a: Judged, b: Judged): number {
  const [x, y] = [a.step.utility ?? Number.NEGATIVE_INFINITY, b.step.utility ?? Number.NEGATIVE_INFINITY];
  return x === y ? 0 : y - x;
}

/** The best of those that are better than a mean. */
export function bestOf(judged: readonly Judged[], mean: number): Judged | undefined {
  return judged.filter((one) => one.mean > mean && !one.ailing).sort((a, b) => b.mean - a.mean || cheaper(a, b) || equals(a, b))[0];
}
