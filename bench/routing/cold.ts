import { type Ground, priorsFrom, type SuccessTable } from '../../src/catalog/success.ts';
import { readName } from '../../src/catalog/success-name.ts';
import type { Observation } from './observe.ts';

/** One result of a model that the table had never seen. */
export interface Forecast {
  model: string;
  work: string;
  ground: Ground;
  /** What the table expected, and what was found. */
  expected: number;
  found: number;
  /** What all other models did on average. */
  average: number;
  /** Squared distance in standard deviations of the belief, in log-odds. */
  surprise: number;
}

/**
 * What the table would have said of each model had nobody tried it: fitted anew without it. A model's results on several benchmarks of one
 * class are taken relative to the others on each benchmark, since benchmarks differ in level.
 */
export function forecasts(
  all: readonly Observation[],
  tableFrom: (some: readonly Observation[]) => SuccessTable,
  factsOf: (name: string) => { name: string },
): Forecast[] {
  const byModel = Map.groupBy(all, ({ model }) => readName(model).key);
  const byBenchmark = Map.groupBy(all, ({ benchmark }) => benchmark);
  return [...byModel].flatMap(([key, own]) => {
    const rest = all.filter(({ model }) => readName(model).key !== key);
    const table = tableFrom(rest);
    const priors = priorsFrom(table);
    return own.flatMap(({ model, benchmark, works, mean }) => {
      const work = Object.keys(works)[0]!;
      const others = byBenchmark.get(benchmark)!.filter((one) => readName(one.model).key !== key);
      if (others.length < 3 || !Object.hasOwn(table.works, work)) return [];
      const prior = priors.of(factsOf(model), work);
      // The benchmark's own level: how much easier it is, for the others, than the table says.
      const level = average(others.map((other) => logit(other.mean) - logit(priors.of(factsOf(other.model), work).mean)));
      const odds = logit(prior.mean) + level;
      const variance = 1 / (prior.mean * (1 - prior.mean) * (prior.weight + 1));
      return [
        {
          model,
          work,
          ground: prior.ground,
          expected: 1 / (1 + Math.exp(-odds)),
          found: mean,
          average: average(others.map((other) => other.mean)),
          surprise: (logit(mean) - odds) ** 2 / variance,
        },
      ];
    });
  });
}

export const average = (values: readonly number[]): number =>
  values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;

function logit(share: number): number {
  const inner = Math.min(0.99, Math.max(0.01, share));
  return Math.log(inner / (1 - inner));
}
