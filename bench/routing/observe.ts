import { leaderboards, type Pair, type ProblemSet } from './data.ts';

/** Share of a benchmark's cases that a model did well. */
export interface Observation {
  model: string;
  benchmark: string;
  /** Class of work, one of `TASKS`. */
  work: string;
  /** How much the benchmark tells of that class, 0 to 1. */
  bearing: number;
  /** 0 to 1. */
  mean: number;
  cases: number;
}

/**
 * Which class of work a benchmark's kind tells most about, and how much: 1 for development work as it comes, less for what only
 * resembles it or is solved by nearly all.
 */
const WORKS: Readonly<Record<string, readonly [work: string, bearing: number]>> = {
  code_generation: ['code_generation', 1],
  data_science: ['code_generation', 1],
  multi_language: ['code_generation', 1],
  algorithm: ['deep_reasoning', 1],
  bug_fixing: ['bug_fix', 1],
  code_completion: ['completion', 1],
  code_refactoring: ['refactoring', 1],
  code_understanding: ['explain_code', 1],
  test_generation: ['testing', 1],
  crux: ['completion', 0.5],
  gsm: ['deep_reasoning', 0.2],
  gsm8k: ['deep_reasoning', 0.2],
  mmlu: ['quick_chat', 1],
  generation: ['code_generation', 0.3],
  edits: ['code_generation', 1],
  agent: ['agent_run', 1],
};

/** The class of work of a benchmark's kind, and how much it tells of it, 0 to 1. @throws RangeError for a kind without one */
export function workOf(kind: string): { work: string; bearing: number } {
  const found = WORKS[kind];
  if (!found) throw new RangeError(`no class of work for the kind "${kind}"; add it to WORKS`);
  return { work: found[0], bearing: found[1] };
}

/**
 * How models did in a set, by kind. Success is the share of what any of the models could do: what nobody solves, or a grader never
 * accepts, tells nothing about whom to ask.
 */
export function observe(set: ProblemSet): Observation[] {
  const kinds = Map.groupBy(set.problems, (problem) => problem.class);
  return [...kinds].flatMap(([kind, problems]) => {
    const most = sum(problems.map(({ answers }) => Math.max(...answers.map(({ score }) => score))));
    return set.models.map((model, at) => ({
      model,
      benchmark: `${set.name}/${kind}`,
      ...workOf(kind),
      mean: sum(problems.map(({ answers }) => answers[at]!.score)) / Math.max(most, 1e-9),
      cases: problems.length,
    }));
  });
}

/** How the two models of the pairs did, by set. */
export function observePairs(pairs: readonly Pair[]): Observation[] {
  return [...Map.groupBy(pairs, ({ set }) => set)].flatMap(([set, rows]) =>
    (
      [
        ['weak', 'mixtral-8x7b-instruct'],
        ['strong', 'gpt-4-1106-preview'],
      ] as const
    ).map(([side, model]) => ({
      model,
      benchmark: `routellm/${set}`,
      ...workOf(set),
      mean: sum(rows.map((row) => row[side])) / rows.length,
      cases: rows.length,
    })),
  );
}

export function observeLeaderboards(): Observation[] {
  return leaderboards().flatMap(({ benchmark, work, cases, percent }) =>
    Object.entries(percent).map(([model, value]) => ({ model, benchmark, ...workOf(work), mean: value / 100, cases })),
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
