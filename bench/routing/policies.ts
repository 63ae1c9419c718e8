import { average } from './cold.ts';
import type { Answer, Problem, ProblemSet } from './data.ts';
import { likeness, WordModel, type Words, wordsOf } from './words.ts';

/** Who answers a problem, once a policy has learnt from others: places in the set's models with their shares, which sum to 1. */
export type Choice = readonly (readonly [model: number, share: number])[];
/** Learns, and then chooses without looking at the problem's answers. */
export type Policy = (training: ProblemSet) => (problem: Problem) => Choice;

/** One of the models for everything. */
export const always =
  (model: number): Policy =>
  () =>
  () => [[model, 1]];

/** The best of some models on the training problems. */
export const bestOf =
  (among: readonly number[]): Policy =>
  ({ problems }) => {
    const best = top(among, (model) => meanScore(problems, model));
    return () => [[best, 1]];
  };

/** Any model, whichever. */
export const random: Policy = ({ models }) => {
  const choice = models.map((_, model) => [model, 1 / models.length] as const);
  return () => choice;
};

/** Mean score of each model at each class, drawn towards the model's mean over all classes. */
export function classTable({ problems, models }: ProblemSet): (kind: string) => Float64Array {
  const overall = models.map((_, model) => meanScore(problems, model));
  const level = average(overall);
  const rows = new Map(
    [...Map.groupBy(problems, (problem) => problem.class)].map(([kind, some]) => {
      const here = average(models.map((_, model) => meanScore(some, model)));
      const row = models.map((_, model) => {
        const sum = some.reduce((total, { answers }) => total + answers[model]!.score, 0);
        return (sum + SHRINK * (here + overall[model]! - level)) / (some.length + SHRINK);
      });
      return [kind, Float64Array.from(row)] as const;
    }),
  );
  const fallback = Float64Array.from(overall);
  return (kind) => rows.get(kind) ?? fallback;
}

/** Worth of the model's mean over all classes, in problems. */
const SHRINK = 5;

/** The best model of each class. */
export const byClass: Policy = (training) => {
  const table = classTable(training);
  return (problem) => [[highest(table(problem.class)), 1]];
};

/** The class table, corrected by what the words of the problem tell. */
export const byWords =
  (decay: number): Policy =>
  (training) => {
    const table = classTable(training);
    const model = new WordModel(training.models.length).fit(
      training.problems.map(read),
      training.problems.map(({ answers, class: kind }) => gains(answers, table(kind))),
      { rounds: 12, rate: 0.3, decay },
    );
    return (problem) => {
      const correction = model.predict(read(problem));
      return [[highest(table(problem.class).map((value, at) => value + correction[at]!)), 1]];
    };
  };

/** What is left of the scores after the table, less its mean over models: a hard problem says nothing about whom to ask. */
function gains(answers: readonly Answer[], expected: Float64Array): Float64Array {
  const left = Float64Array.from(answers, ({ score }, at) => score - expected[at]!);
  const mean = average([...left]);
  return left.map((value) => value - mean);
}

/** What the models did with the most similar problems of the class. */
export const byNeighbours =
  (count: number): Policy =>
  (training) => {
    const table = classTable(training);
    const classes = Map.groupBy(
      training.problems.map((problem) => ({ problem, words: read(problem) })),
      ({ problem }) => problem.class,
    );
    return (problem) => {
      const expected = table(problem.class);
      const words = read(problem);
      const here = new Map([...words.places].map((place, at) => [place, words.weights[at]!]));
      const near = (classes.get(problem.class) ?? [])
        .map((other) => ({ other, like: likeness(other.words, here) }))
        .sort((a, b) => b.like - a.like)
        .slice(0, count);
      const weight = near.reduce((sum, { like }) => sum + like, 0);
      const blended = expected.map((value, model) => {
        const found = near.reduce((sum, { other, like }) => sum + like * other.problem.answers[model]!.score, 0);
        return (found + SHRINK * value) / (weight + SHRINK);
      });
      return [[highest(blended), 1]];
    };
  };

/** Short problems to a cheap model, long ones to a strong one; the border is where the training problems cost what they may. */
export const byLength =
  (cheap: number, strong: number, budget: (training: ProblemSet) => number): Policy =>
  (training) => {
    const sorted = training.problems.toSorted((a, b) => b.size - a.size);
    const limit = budget(training) * sorted.length;
    let spent = sorted.reduce((sum, { answers }) => sum + answers[cheap]!.cost, 0);
    let border = Number.POSITIVE_INFINITY;
    for (const { size, answers } of sorted) {
      spent += answers[strong]!.cost - answers[cheap]!.cost;
      if (spent > limit) break;
      border = size;
    }
    return ({ size }) => [[size >= border ? strong : cheap, 1]];
  };

/** Lots between two single models, the best pair that costs what may be spent: what a router without any knowledge can do (RouterBench's zero router). */
export const byLot =
  (budget: (training: ProblemSet) => number): Policy =>
  (training) => {
    const limit = budget(training);
    const singles = training.models.map((_, model) => ({
      model,
      score: meanScore(training.problems, model),
      cost: average(training.problems.map(({ answers }) => answers[model]!.cost)),
    }));
    const mixes = singles.flatMap((a) =>
      singles.flatMap((b) => {
        if (a.cost > limit) return [];
        const share = b.cost <= limit ? 1 : (limit - a.cost) / (b.cost - a.cost);
        return [
          {
            choice: [
              [a.model, 1 - share],
              [b.model, share],
            ] as Choice,
            score: (1 - share) * a.score + share * b.score,
          },
        ];
      }),
    );
    const best = mixes.sort((a, b) => b.score - a.score)[0]?.choice ?? [[top([...singles.keys()], (at) => -singles[at]!.cost), 1]];
    return () => best;
  };

/** The best answer of all, the cheapest of equals: no policy can do better. Looks at the answers. */
export const oracle: Policy =
  ({ models }) =>
  ({ answers }) => [[top([...models.keys()], (at) => answers[at]!.score - answers[at]!.cost * 1e-6), 1]];

const words = new WeakMap<Problem, Words>();

function read(problem: Problem): Words {
  const known = words.get(problem) ?? wordsOf(problem.prompt ?? '', [problem.class, `size ${Math.round(Math.log2(problem.size) * 2)}`]);
  words.set(problem, known);
  return known;
}

export function meanScore(problems: readonly Problem[], model: number): number {
  return average(problems.map(({ answers }) => answers[model]!.score));
}

function top(among: readonly number[], value: (at: number) => number): number {
  return among.reduce((best, at) => (value(at) > value(best) ? at : best));
}

const highest = (values: Float64Array): number => top([...values.keys()], (at) => values[at]!);
