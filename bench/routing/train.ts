import { writeFileSync } from 'node:fs';
import type { Ground, ModelTraits, SuccessTable } from '../../src/catalog/success.ts';
import { factsByName } from '../../src/catalog/success-facts.ts';
import { average, type Forecast, forecasts } from './cold.ts';
import { coding, leaderboards, type ProblemSet, pairs, reasoning } from './data.ts';
import { fit } from './fit.ts';
import { type Observation, observe, observeLeaderboards, observePairs } from './observe.ts';

/** Classes of work that no public set of ours tells about, and what they take their expectations from. */
const STAND_INS: Readonly<Record<string, string>> = {
  completion: 'code_generation',
  review: 'bug_fix',
  documentation: 'explain_code',
  explain_codebase: 'agent_run',
  architecture: 'deep_reasoning',
};

const SOURCES = {
  coding: { source: 'CodeRouterBench, arXiv 2606.22902', date: '2026-06-30', licence: 'MIT' },
  reasoning: { source: 'https://github.com/WildEval/ZeroEval at 8c1485e, scored anew', date: '2024-11-30', licence: 'Apache-2.0' },
  routellm: { source: 'https://github.com/lm-sys/RouteLLM at 0b64fda', date: '2024-07-01', licence: 'Apache-2.0' },
};

/** What the catalogue knows of a model, whoever sells it. */
export const factsOf = (name: string): ModelTraits => ({ name, ...factsByName(name) });

/** Everything public; of one set only the given problems, where others are held out. */
export function observations(training?: ProblemSet): Observation[] {
  const sets = [coding(), reasoning()].map((set) => (training?.source === set.source ? training : set));
  return [...sets.flatMap(observe), ...observePairs(pairs()), ...observeLeaderboards()];
}

/** The table that a router would have with these observations. @param date ISO date of the table */
export function tableFrom(from: readonly Observation[], date: string): SuccessTable {
  const fitted = fit(from, factsOf);
  const works: Record<string, SuccessTable['works'][string]> = { ...fitted.works };
  for (const [work, standIn] of Object.entries(STAND_INS)) {
    const other = works[standIn];
    if (other) works[work] = { ...other, noise: other.noise * 2, standIn };
  }
  // Vectors of different models do not mix, so no embedding model can stand for another; all are expected to do what they are for.
  works.embedding = { offset: 3, slope: 0, noise: 4, standIn: 'nothing: models are not compared' };
  const tables = leaderboards().map(({ benchmark, source, date: day, licence }) => [benchmark, { source, date: day, licence }] as const);
  return { date, sources: { ...SOURCES, ...Object.fromEntries(tables) }, ...fitted, works };
}

/**
 * Makes the beliefs about models without results of their own as wide as they were wrong about each known model when it was left out:
 * after this, surprises average one standard deviation squared.
 */
export function widened(table: SuccessTable, surprises: ReadonlyMap<Ground, number>): SuccessTable {
  const works = Object.values(table.works).filter(({ slope, standIn }) => slope > 0 && standIn === undefined);
  const slopes = average(works.map(({ slope }) => slope ** 2));
  const noise = average(works.map((work) => work.noise));
  const wider = (variance: number, ground: Ground) =>
    variance + (Math.max(0, (surprises.get(ground) ?? 1) - 1) * (slopes * variance + noise)) / slopes;
  return {
    ...table,
    relatives: wider(table.relatives, 'family'),
    traits: { ...table.traits, variance: wider(table.traits.variance, 'traits') },
  };
}

/** How models are forecast that the table has not seen, before and after its beliefs are made as wide as they are wrong. */
export function coldStart(date: string): { table: SuccessTable; forecasts: Forecast[] } {
  const all = observations();
  const raw = forecasts(all, (some) => tableFrom(some, date), factsOf);
  const surprises = new Map(
    [...Map.groupBy(raw, ({ ground }) => ground)].map(([ground, rows]) => [ground, average(rows.map(({ surprise }) => surprise))]),
  );
  return {
    table: widened(tableFrom(all, date), surprises),
    forecasts: forecasts(all, (some) => widened(tableFrom(some, date), surprises), factsOf),
  };
}

/** Writes the shipped table. @returns its size in bytes */
export function train(path: URL, date: string): number {
  const round = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toFixed(3)) : value);
  const { models, ...rest } = JSON.parse(JSON.stringify(coldStart(date).table, round)) as SuccessTable;
  const rows = Object.entries(models)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, row]) => `${JSON.stringify(key)}: ${JSON.stringify(row)}`);
  const text = `${JSON.stringify(rest, null, 1).slice(0, -2)},\n "models": {\n${rows.join(',\n')}\n}\n}\n`;
  writeFileSync(path, text);
  return text.length;
}
