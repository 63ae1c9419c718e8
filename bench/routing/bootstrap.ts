import { Dice } from '../detectors/random.ts';

/** A figure with the middle 95 % of what other draws of problems would have given. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Enough for two digits of a 95 % interval. */
const DRAWS = 1000;

/**
 * Intervals of a statistic by drawing problems with replacement (Efron 1979), whole groups at a time.
 * @param groups for each problem the group it belongs to
 * @param statistic of how often each problem was drawn
 */
export function bootstrap(groups: readonly string[], statistic: (times: Float64Array) => number, seed = 5): Interval {
  const places = [...Map.groupBy(groups.keys(), (at) => groups[at]!).values()];
  const dice = new Dice(seed);
  const times = new Float64Array(groups.length).fill(1);
  const value = statistic(times);
  const drawn: number[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    times.fill(0);
    for (let pick = 0; pick < places.length; pick++) for (const at of places[dice.below(places.length)]!) times[at]! += 1;
    drawn.push(statistic(times));
  }
  drawn.sort((a, b) => a - b);
  return { value, low: drawn[Math.floor(DRAWS * 0.025)]!, high: drawn[Math.ceil(DRAWS * 0.975) - 1]! };
}

/** The mean of values, each counted as often as it was drawn. */
export function meanOf(values: ArrayLike<number>, times: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < times.length; at++) {
    sum += values[at]! * times[at]!;
    count += times[at]!;
  }
  return sum / count;
}
