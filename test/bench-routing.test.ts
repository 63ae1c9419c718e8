import { describe, expect, test } from 'vitest';
import { bootstrap, meanOf } from '../bench/routing/bootstrap.ts';
import { cascade } from '../bench/routing/cascade.ts';
import { play } from '../bench/routing/contest.ts';
import { coding, type ProblemSet } from '../bench/routing/data.ts';
import { bestOf, byClass, oracle, type Policy } from '../bench/routing/policies.ts';
import { costOf, qualityAt } from '../bench/routing/report.ts';
import { folds } from '../bench/routing/split.ts';

const set = coding();

/** Mean score of a policy on what it has not seen. */
function quality(of: ProblemSet, policy: Policy): number {
  const answers = play(
    of,
    (training) => {
      const choose = policy(training);
      return (at) => of.problems[at]!.answers[choose(of.problems[at]!)[0]![0]]!;
    },
    [folds(of, 5, 3)],
  );
  return answers.reduce((sum, { score }) => sum + score, 0) / answers.length;
}

describe('bench:routing', () => {
  test('variants of a problem never stand on both sides of a split, and every problem is held out once', () => {
    const split = folds(set, 5, 1);
    expect(split.flatMap(({ held }) => held).sort((a, b) => a - b)).toEqual([...set.problems.keys()]);
    for (const { training, held } of split) {
      const learnt = new Set(training.problems.map(({ group }) => group));
      expect(held.filter((at) => learnt.has(set.problems[at]!.group))).toEqual([]);
    }
  });

  test('a table of classes beats the best single model, and nothing beats the oracle', () => {
    const single = quality(set, bestOf([...set.models.keys()]));
    const table = quality(set, byClass);
    expect(table).toBeGreaterThan(single + 0.03);
    expect(quality(set, oracle)).toBeGreaterThan(table);
  });

  test('where classes mean nothing, the table gains nothing: what is held out does not leak', () => {
    const kinds = [...new Set(set.problems.map((problem) => problem.class))];
    const places = [...set.problems.keys()].map((at) => (at * 7919) % kinds.length);
    const mixed = { ...set, problems: set.problems.map((problem, at) => ({ ...problem, class: kinds[places[at]!]! })) };
    expect(quality(mixed, byClass)).toBeLessThan(quality(set, bestOf([...set.models.keys()])) + 0.01);
  });

  test('a cascade’s arithmetic', () => {
    const cheap = { score: 0.6, cost: 1, latency: 10 };
    const strong = { score: 0.9, cost: 10, latency: 5 };
    const perfect = cascade(cheap, strong, { falseAccepts: 0, falseRejects: 0 });
    expect(perfect).toEqual({
      score: expect.closeTo(0.6 + 0.4 * 0.9),
      cost: expect.closeTo(1 + 0.4 * 10),
      latency: expect.closeTo(10 + 0.4 * 5),
    });
    expect(cascade(cheap, strong, { falseAccepts: 1, falseRejects: 0 })).toEqual(cheap);
    expect(cascade(cheap, strong, { falseAccepts: 0, falseRejects: 1 }).score).toBeCloseTo(strong.score);
  });

  test('an interval holds the mean and narrows with more problems', () => {
    const width = (count: number) => {
      const values = Array.from({ length: count }, (_, at) => at % 2);
      const { value, low, high } = bootstrap(
        values.map((_, at) => `${at}`),
        (times) => meanOf(values, times),
      );
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      return high - low;
    };
    expect(width(1000)).toBeLessThan(width(50) / 2);
  });

  test('a curve is read at a cost and at a quality', () => {
    const curve = [
      { worth: 1, cost: 1, quality: 40 },
      { worth: 2, cost: 3, quality: 50 },
    ];
    expect(qualityAt(curve, 2)).toBeCloseTo(45);
    expect(qualityAt(curve, 9)).toBe(50);
    expect(costOf(curve, 45)).toBeCloseTo(2);
    expect(costOf(curve, 30)).toBe(1);
    expect(costOf(curve, 60)).toBeUndefined();
  });
});
