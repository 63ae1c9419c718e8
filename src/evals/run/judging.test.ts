import { describe, expect, it } from 'vitest';
import { builtinSuite } from '../builtin.ts';
import { labelledPairs, reportJudge } from './judging.ts';
import { drawn } from './plan.ts';

const pairs = labelledPairs([builtinSuite()], { most: 6, seed: 3 });

/** A judge that sees which of two answers is the reference with a known chance, and else takes the first. */
const judge = (skill: number) => async (prompt: string) => {
  const [, one = '', two = ''] = /\nANSWER 1\n([\s\S]*)\n\nEND OF ANSWER 1\n\nANSWER 2\n([\s\S]*)\n\nEND OF ANSWER 2/.exec(prompt) ?? [];
  const known = pairs.find(({ better, worse }) => [better, worse].includes(one) && [better, worse].includes(two))!;
  const knows = drawn(1, known.key) < skill;
  return `Because. {"better": ${knows ? (one === known.better ? 1 : 2) : 1}}`;
};

describe('how far a judge can be believed', () => {
  it('is measured on pairs of which one passes and one fails, of every class', () => {
    expect(pairs).toHaveLength(42);
    expect(new Set(pairs.map((pair) => pair.class)).size).toBe(7);
    expect(pairs.every(({ better, worse }) => better !== worse)).toBe(true);
  });

  it('a perfect one is told from one that takes the first', async () => {
    const perfect = (await reportJudge(judge(1), pairs)).at(-1)!;
    expect(perfect).toMatchObject({ class: 'all', pairs: 42, accuracy: 1, consistency: 1, firstPlaceBias: 0, agreement: { kappa: 1 } });
    const blind = (await reportJudge(judge(0), pairs)).at(-1)!;
    expect(blind).toMatchObject({ right: 0, undecided: 42, consistency: 0, firstPlaceBias: 1, agreement: { share: 0.5, kappa: 0 } });
  });

  it('one between is between, with intervals that hold it, by class', async () => {
    const reports = await reportJudge(judge(0.7), pairs);
    expect(reports).toHaveLength(8);
    const all = reports.at(-1)!;
    expect(all.intervals.accuracy[0]).toBeLessThan(0.7);
    expect(all.intervals.accuracy[1]).toBeGreaterThan(0.7);
    expect(all.accuracy + all.firstPlaceBias).toBeCloseTo(1);
  });
});
