import { leaderboards, type Pair, type ProblemSet } from './data.ts';

/** Share of a benchmark's cases that a model did well. */
export interface Observation {
  model: string;
  benchmark: string;
  /** Class of work, one of `TASKS`. */
  work: string;
  /** 0 to 1. */
  mean: number;
  cases: number;
}

/** Which class of work a benchmark's kind tells most about. */
const WORKS: Readonly<Record<string, string>> = {
  code_generation: 'code_generation',
  data_science: 'code_generation',
  multi_language: 'code_generation',
  algorithm: 'deep_reasoning',
  bug_fixing: 'bug_fix',
  code_completion: 'completion',
  code_refactoring: 'refactoring',
  code_understanding: 'explain_code',
  test_generation: 'testing',
  crux: 'completion',
  gsm: 'deep_reasoning',
  gsm8k: 'deep_reasoning',
  mmlu: 'quick_chat',
  generation: 'code_generation',
  edits: 'code_generation',
  agent: 'agent_run',
};

/** The class of work of a benchmark's kind. @throws RangeError for a kind without one */
export function workOf(kind: string): string {
  const work = WORKS[kind];
  if (!work) throw new RangeError(`no class of work for the kind "${kind}"; add it to WORKS`);
  return work;
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
      work: workOf(kind),
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
      work: workOf(set),
      mean: sum(rows.map((row) => row[side])) / rows.length,
      cases: rows.length,
    })),
  );
}

export function observeLeaderboards(): Observation[] {
  return leaderboards().flatMap(({ benchmark, work, cases, percent }) =>
    Object.entries(percent).map(([model, value]) => ({ model, benchmark, work: workOf(work), mean: value / 100, cases })),
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
