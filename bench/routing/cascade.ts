import { average } from './cold.ts';
import type { Answer, Problem, ProblemSet } from './data.ts';

/** What an execution check does wrong: shares of wrong answers that it lets pass, and of right ones that it turns down. */
export interface Check {
  falseAccepts: number;
  falseRejects: number;
}

/** Kinds whose graders ran something and said yes or no, so that a check of the same sort can be imagined. */
export const CHECKED = ['code_generation', 'algorithm', 'data_science', 'code_completion', 'test_generation'];

/**
 * A cheap model answers, a check looks, and what it turns down goes to a second model, whose answer stands. Expected values, without lots.
 * The wasted first answer is paid and waited for.
 */
export function cascade(first: Answer, second: Answer, { falseAccepts, falseRejects }: Check): Answer {
  const passes = first.score * (1 - falseRejects) + (1 - first.score) * falseAccepts;
  // Of what passes, only what was right scores.
  const right = first.score * (1 - falseRejects);
  return {
    score: right + (1 - passes) * second.score,
    cost: first.cost + (1 - passes) * second.cost,
    latency: first.latency + (1 - passes) * second.latency,
  };
}

/**
 * The pair of models that is worth most on the training problems of each class, for a check of this kind.
 * The two may be one model: then nothing is checked.
 * @param worth US dollars for one task done well
 */
export function bestCascade(training: ProblemSet, check: Check, worth: number): (problem: Problem) => Answer {
  const pairs = new Map(
    [...Map.groupBy(training.problems, (problem) => problem.class)].map(([kind, problems]) => {
      const all = training.models.flatMap((_, first) => training.models.map((_, second) => [first, second] as const));
      const value = ([first, second]: readonly [number, number]) =>
        average(
          problems.map((problem) => {
            const { score, cost } = run(problem, first, second, check);
            return worth * score - cost;
          }),
        );
      const valued = all.map((pair) => ({ pair, value: value(pair) })).sort((a, b) => b.value - a.value);
      return [kind, valued[0]!.pair] as const;
    }),
  );
  return (problem) => {
    const [first, second] = pairs.get(problem.class) ?? [0, 0];
    return run(problem, first, second, check);
  };
}

function run({ answers }: Problem, first: number, second: number, check: Check): Answer {
  return first === second ? answers[first]! : cascade(answers[first]!, answers[second]!, check);
}
