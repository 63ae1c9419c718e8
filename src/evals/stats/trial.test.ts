import { describe, expect, test } from 'vitest';
import { averageE, combine, eBH } from './combine.ts';
import { certified, play } from './fixtures/play.ts';
import { pairsOf, randomOf, type World } from './fixtures/worlds.ts';
import { filled, settle, sum } from './purses.ts';
import { Trial, type TrialPlan } from './trial.ts';

const PLAN: TrialPlan = { margin: { keep: 0.95 } };

/** A trial fed from a world until it is decided or has so many pairs. */
function tried(world: World, pairs: number, seed: number, plan = PLAN): Trial {
  const next = pairsOf(world, randomOf(seed));
  const trial = new Trial(plan);
  for (let pair = 0; pair < pairs; pair++) trial.add(...next());
  return trial;
}

describe('validity', () => {
  // Every way eight pairs can fall out, weighed by its chance on the threshold: the e-value is expected to be 1, exactly.
  test.each([
    { level: 0.3, agree: 0 },
    { level: 0.65, agree: 0.1 },
    { level: 0.9, agree: 0.05 },
  ])('on the threshold evidence is expected to be 1, at every look (%j)', ({ level, agree }) => {
    const both = level * level * 0.95 + agree * 0.2;
    const outcomes = [
      [1, 1, both],
      [1, 0, level * 0.95 - both],
      [0, 1, level - both],
      [0, 0, 1 - level - level * 0.95 + both],
    ] as const;
    const walk = (state: unknown, depth: number): { e: number; against: number } => {
      const here = Trial.fromJSON(structuredClone(state)).verdict();
      if (depth === 0) return here;
      const expected = { e: 0, against: 0 };
      for (const [candidate, reference, chance] of outcomes) {
        const trial = Trial.fromJSON(structuredClone(state));
        trial.add(candidate, reference);
        const after = walk(trial.toJSON(), depth - 1);
        expected.e += chance * after.e;
        expected.against += chance * after.against;
      }
      expect(expected.e).toBeCloseTo(here.e, 9);
      expect(expected.against).toBeCloseTo(here.against, 9);
      return expected;
    };
    walk(tried({ level, ratio: 1, correlation: 0 }, 12, 3).toJSON(), 5);
  });

  test('no bet can lose a purse', () => {
    const purses = filled();
    for (let pair = 0; pair < 2000; pair++) settle(purses, 20, { pairs: pair, effect: 0.5, variance: 0.01 }, -1, 1);
    expect(purses.every((held) => held >= 0)).toBe(true);
    expect(sum(purses)).toBeLessThan(1e-6);
  });

  test('a candidate on the threshold is hardly ever certified, with a look after every pair', { timeout: 60_000 }, () => {
    const worlds: World[] = [
      { level: 0.3, ratio: 0.95, correlation: 0 },
      { level: 0.65, ratio: 0.95, correlation: 0 },
      { level: 0.9, ratio: 0.95, correlation: 0 },
      { level: 0.65, ratio: 0.95, correlation: 0.5 },
      { level: 0.65, ratio: 0.95, correlation: 0.25, checks: 5 },
    ];
    const runs = 250;
    const played = worlds.map((world) => play(world, PLAN, { runs, pairs: 1200, seed: 11 }));
    const wrong = played.reduce((all, one) => all + certified(one), 0);
    // Binomial(1250, 0.05) exceeds this with a chance below one in ten thousand.
    expect(wrong).toBeLessThanOrEqual(1250 * 0.05 + 3.8 * Math.sqrt(1250 * 0.05 * 0.95));
    expect(wrong).toBeGreaterThan(0);
  });

  test('the same simulation finds out a z-test that is looked at after every tenth pair', () => {
    let wrong = 0;
    for (let run = 0; run < 300; run++) {
      const next = pairsOf({ level: 0.65, ratio: 0.95, correlation: 0 }, randomOf(run + 1));
      let [total, squared] = [0, 0];
      for (let pair = 1; pair <= 1200; pair++) {
        const [candidate, reference] = next();
        const stake = candidate - 0.95 * reference;
        total += stake;
        squared += stake * stake;
        if (pair % 10 === 0 && total / Math.sqrt(squared) > 1.645) {
          wrong++;
          break;
        }
      }
    }
    expect(wrong / 300).toBeGreaterThan(0.15);
  });
});

describe('power', () => {
  test.each([
    { level: 0.65, most: 1359, runs: 400 },
    { level: 0.9, most: 310, runs: 1500 },
  ])('half of equal models are certified in time (%j)', { timeout: 60_000 }, ({ level, most, runs }) => {
    const played = play({ level, ratio: 1, correlation: 0.25 }, PLAN, { runs, pairs: most, seed: 5 });
    expect(certified(played) / runs).toBeGreaterThan(0.5);
  });

  test('what is clearly better or worse is soon told', () => {
    const better = play({ level: 0.65, ratio: 1.2, correlation: 0 }, PLAN, { runs: 60, pairs: 500, seed: 1 });
    const worse = play({ level: 0.65, ratio: 0.7, correlation: 0 }, PLAN, { runs: 60, pairs: 600, seed: 1 });
    expect(certified(better)).toBeGreaterThan(50);
    expect(worse.filter(({ outcome }) => outcome === 'not good enough').length).toBeGreaterThan(50);
    expect(certified(worse)).toBe(0);
  });
});

describe('verdicts', () => {
  test('the same pairs make the same verdict, through a file or not', () => {
    const next = pairsOf({ level: 0.7, ratio: 1, correlation: 0.2, checks: 4 }, randomOf(8));
    const whole = new Trial({ ...PLAN, budget: 900 });
    let kept = new Trial({ ...PLAN, budget: 900 });
    for (let pair = 0; pair < 400; pair++) {
      const scores = next();
      whole.add(...scores);
      kept.add(...scores);
      if (pair % 7 === 0) kept = Trial.fromJSON(JSON.parse(JSON.stringify(kept)));
    }
    expect(kept.verdict()).toEqual(whole.verdict());
  });

  test('an outcome stands, whatever comes after', () => {
    const trial = tried({ level: 0.9, ratio: 1.1, correlation: 0.5 }, 400, 2);
    const before = trial.verdict();
    expect(before.outcome).toBe('good enough');
    for (let pair = 0; pair < 300; pair++) trial.add(0, 1);
    expect(trial.verdict()).toMatchObject({ outcome: 'good enough', e: before.e, decidedAt: before.decidedAt, pairs: 700 });
  });

  test('a budget that cannot do says so, before and after it is spent', () => {
    expect(new Trial({ ...PLAN, budget: 40 }).verdict().outcome).toBe('not decidable with this budget');
    expect(new Trial({ ...PLAN, budget: 3000 }).verdict().outcome).toBe('undecided');
    const spent = tried({ level: 0.3, ratio: 0.96, correlation: 0 }, 300, 4, { ...PLAN, budget: 300 }).verdict();
    expect(spent).toMatchObject({ outcome: 'not decidable with this budget', pairs: 300 });
  });

  test('while undecided, what is still needed is of the right size', { timeout: 60_000 }, () => {
    const world = { level: 0.65, ratio: 1, correlation: 0.25 };
    const needed = play(world, PLAN, { runs: 100, pairs: 4000, seed: 3 }).map(({ decidedAt }) => decidedAt ?? Number.POSITIVE_INFINITY);
    const guessed = Array.from({ length: 100 }, (_, run) => tried(world, 100, run + 1).verdict().more!);
    const middle = (values: number[]) => values.toSorted((a, b) => a - b)[50]!;
    expect(middle(guessed) + 100).toBeGreaterThan(middle(needed) / 2);
    expect(middle(guessed) + 100).toBeLessThan(middle(needed) * 2);
  });

  test('points instead of a share, where quality is low', () => {
    const played = play({ level: 0.3, ratio: 1, correlation: 0 }, { margin: { lose: 0.1 } }, { runs: 60, pairs: 400, seed: 9 });
    expect(certified(played)).toBeGreaterThan(30);
  });

  test.each([
    [() => new Trial(PLAN).add(1.1, 0), /candidate/],
    [() => new Trial(PLAN).add(0, Number.NaN), /reference/],
    [() => new Trial({ margin: { keep: 1.2 } }), /margin/],
    [() => Trial.fromJSON({ ...new Trial(PLAN).toJSON(), good: [1] }), /good/],
  ])('%# names what is wrong', (act, name) => {
    expect(act).toThrow(name);
  });
});

describe('many candidates', () => {
  test('e-BH takes more where more are good', () => {
    expect(eBH([25, 1, 0.5], 0.05)).toEqual([false, false, false]);
    expect(eBH([60, 1, 0.5], 0.05)).toEqual([true, false, false]);
    expect(eBH([31, 30, 0.5], 0.05)).toEqual([true, true, false]);
    expect(eBH([20, 20, 20], 0.05)).toEqual([true, true, true]);
    expect(eBH([], 0.05)).toEqual([]);
  });

  test('one good among bad ones must show more, and can', () => {
    const alone = tried({ level: 0.9, ratio: 1.1, correlation: 0.5 }, 600, 2);
    const bad = (seed: number) => tried({ level: 0.9, ratio: 0.6, correlation: 0.2 }, 400, seed, { ...PLAN, candidates: 4 });
    expect(alone.verdict().outcome).toBe('good enough');
    const verdicts = combine({ alone, b: bad(1), c: bad(2), d: bad(3) });
    expect(verdicts['alone']).toMatchObject({ outcome: 'undecided', reason: expect.stringContaining('candidates: 4') });
    expect(verdicts['b']!.outcome).toBe('not good enough');
    const prepared = tried({ level: 0.9, ratio: 1.1, correlation: 0.5 }, 900, 2, { ...PLAN, candidates: 4 });
    expect(combine({ prepared, b: bad(1), c: bad(2), d: bad(3) })['prepared']!.outcome).toBe('good enough');
  });

  test('graders are averaged', () => {
    expect(averageE([30, 0.5])).toBe(15.25);
    expect(averageE([30, 0], [1, 3])).toBe(7.5);
    expect(() => averageE([1], [1, 2])).toThrow(/weights/);
  });
});
