/**
 * A sketch of durations: counts in buckets whose borders grow by a fixed factor, so that a quantile is wrong by a bounded part of itself
 * and sketches are merged by adding counts (the idea of DDSketch, arXiv:1908.10693).
 */
const GROWTH = 1.2;
const LOG = Math.log(GROWTH);

/** Durations up to this many milliseconds share the first bucket. */
const SMALLEST = 0.05;

/** The bucket of a duration in milliseconds. */
export function bucketOf(ms: number): number {
  return ms <= SMALLEST ? 0 : Math.ceil(Math.log(ms / SMALLEST) / LOG);
}

/** The duration that stands for a bucket: no member is further from it than a factor of the square root of 1.2. */
export function durationOf(bucket: number): number {
  return SMALLEST * GROWTH ** (bucket - 0.5);
}

export interface Bucket {
  bucket: number;
  count: number;
}

/**
 * Quantiles in milliseconds.
 * @param buckets ascending
 * @param quantiles from 0 to 1, ascending
 */
export function quantilesOf(buckets: readonly Bucket[], quantiles: readonly number[]): number[] {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  let at = -1;
  return quantiles.map((quantile) => {
    const rank = Math.max(1, Math.ceil(quantile * total));
    while (seen < rank && at + 1 < buckets.length) seen += buckets[++at]!.count;
    return at < 0 ? 0 : durationOf(buckets[at]!.bucket);
  });
}
