import { cumulative, quantile } from './normal.ts';

/** One side of a trial as a forecast sees it: for the candidate, or against it. */
export interface Side {
  /** Wealth as share of the goal. */
  wealth: number;
  /** Mean stake that is to be expected. */
  mean: number;
  /** How much that expectation weighs, in pairs. */
  weight: number;
  /** Mean of the squared stakes. */
  variance: number;
}

/** Nearer than this to the goal, a purse still needs some pairs to get there. */
const NEAR = 0.4;

const needed = ({ wealth }: Side): number => -quantile(Math.min(NEAR, Math.max(1e-12, wealth)));

/**
 * Pairs after which this side has even odds to have got to its goal, Infinity when it is not on the way. The best test of fixed
 * size at level w needs (Φ⁻¹(1-w)·σ/mean)² (Neyman and Pearson); betting needs some more, by simulation a fifth.
 */
export function pairsLeft(side: Side): number {
  return side.mean <= 0 ? Number.POSITIVE_INFINITY : Math.ceil(1.2 * ((needed(side) ** 2 * side.variance) / side.mean ** 2));
}

/**
 * Chance to get to the goal within so many more pairs under the best conceivable test, the mean being as uncertain as it is:
 * Φ((mean·√n/σ - Φ⁻¹(1-w)) / √(1 + n/weight)). No real test has more.
 */
export function chance(side: Side, pairs: number): number {
  if (pairs <= 0) return 0;
  return cumulative(((side.mean * Math.sqrt(pairs)) / Math.sqrt(side.variance) - needed(side)) / Math.sqrt(1 + pairs / side.weight));
}
