import { leaderboards, type Pair, type ProblemSet } from './data.ts';

/** Share of a benchmark's cases that a model did well. */
export interface Observation {
  model: string;
  benchmark: string;
  /** Classes of work that the benchmark tells of, and how much, 0 to 1. */
  works: Works;
  /** 0 to 1. */
  mean: number;
  cases: number;
}

type Works = Readonly<Record<string, number>>;

/**
 * Which classes of work a benchmark's kind tells of, the main one first: 1 for development work as it comes, less for what only resembles
 * it, is solved by nearly all, or is partly taken for something else by the classifier.
 */
const WORKS: Readonly<Record<string, Works>> = {
  code_generation: { code_generation: 1 },
  data_science: { code_generation: 1 },
  multi_language: { code_generation: 1 },
  algorithm: { deep_reasoning: 0.3, code_generation: 0.3 },
  bug_fixing: { bug_fix: 1 },
  // What a program puts out is to be told: its authors call it completion, but nothing is completed and it takes reasoning.
  code_completion: { deep_reasoning: 1 },
  crux: { deep_reasoning: 0.5 },
  code_refactoring: { refactoring: 1 },
  code_understanding: { explain_code: 1 },
  test_generation: { testing: 1 },
  gsm: { deep_reasoning: 0.05 },
  gsm8k: { deep_reasoning: 0.05 },
  mmlu: { quick_chat: 1 },
  generation: { code_generation: 0.3 },
  edits: { code_generation: 1 },
  agent: { agent_run: 1 },
  agent_hard: { agent_run: 0.3 },
};

/** What a benchmark's kind tells of. @throws RangeError for a kind that nobody has placed */
export function worksOf(kind: string): Works {
  const found = WORKS[kind];
  if (!found) throw new RangeError(`no class of work for the kind "${kind}"; add it to WORKS`);
  return found;
}

/** The class of work that a benchmark's kind tells most of. */
export const mainWork = (kind: string): string => Object.keys(worksOf(kind))[0]!;

/**
 * How models did in a set, by kind. Success is the share of what any of the models could do: what nobody solves, or a grader never
 * accepts, tells nothing about whom to ask.
 */
export function observe(set: ProblemSet): Observation[] {
  const kinds = Map.groupBy([...set.problems, ...(set.aside ?? [])], (problem) => problem.kind ?? problem.class);
  return [...kinds].flatMap(([kind, problems]) => {
    const most = sum(problems.map(({ answers }) => Math.max(...answers.map(({ score }) => score))));
    return set.models.map((model, at) => ({
      model,
      benchmark: `${set.source}/${kind}`,
      works: worksOf(kind),
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
      works: worksOf(set),
      mean: sum(rows.map((row) => row[side])) / rows.length,
      cases: rows.length,
    })),
  );
}

export function observeLeaderboards(): Observation[] {
  return leaderboards().flatMap(({ benchmark, work, cases, percent }) =>
    Object.entries(percent).map(([model, value]) => ({ model, benchmark, works: worksOf(work), mean: value / 100, cases })),
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
