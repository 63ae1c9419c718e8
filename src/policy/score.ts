/** What is believed of a model's success at a class of work: a mean, and how many observations it is worth. */
export interface Belief {
  /** 0 to 1. */
  mean: number;
  /** Pseudo-observations behind it; 0 is no knowledge at all. */
  weight: number;
}

/**
 * A cautious reading of a belief: the mean less `z` standard deviations of the Beta distribution, √(m(1−m)/(n+1)).
 * @param z 1 leaves about one chance in six that the truth lies below
 */
export function lowerBound({ mean, weight }: Belief, z = 1): number {
  return Math.max(0, mean - z * Math.sqrt((mean * (1 - mean)) / (weight + 1)));
}

/** How a choice is weighed. */
export interface Weights {
  /** What one ordinary task done well is worth, in nano-dollars. */
  worth: number;
  /** What a second of waiting costs, in nano-dollars. */
  second: number;
}

/** What is expected of one target for one request. */
export interface Expected {
  success: number;
  /** Nano-dollars, with the prompt cache that is lost by going there. */
  costNanos: number;
  latencyMs: number;
}

/** Utility in nano-dollars: what success is worth, less what it costs and how long it takes. @param importance 1 is ordinary */
export function utility({ success, costNanos, latencyMs }: Expected, importance: number, { worth, second }: Weights): number {
  return importance * worth * success - costNanos - (latencyMs / 1000) * second;
}
