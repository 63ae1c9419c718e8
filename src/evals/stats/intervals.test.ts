import { expect, test } from 'vitest';
import { betaCumulative, credible } from './beta.ts';
import { pairsOf, randomOf } from './fixtures/worlds.ts';
import { cumulative, quantile } from './normal.ts';
import { ConfidenceSequence } from './sequence.ts';

test('the normal distribution and its quantiles are those of the tables', () => {
  expect(cumulative(1.644853627)).toBeCloseTo(0.95, 6);
  expect(quantile(0.975)).toBeCloseTo(1.959963985, 7);
  for (const p of [1e-9, 0.001, 0.02, 0.3, 0.5, 0.9, 0.99, 0.9999]) expect(cumulative(quantile(p))).toBeCloseTo(p, 6);
});

test('the Beta distribution agrees with what is known in closed form', () => {
  for (const x of [0.1, 0.5, 0.83]) {
    expect(betaCumulative(x, 1, 1)).toBeCloseTo(x, 12);
    expect(betaCumulative(x, 3, 1)).toBeCloseTo(x ** 3, 12);
    // The arcsine law.
    expect(betaCumulative(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 12);
    // Two successes or more of four.
    expect(betaCumulative(x, 2, 3)).toBeCloseTo(1 - (1 - x) ** 4 - 4 * x * (1 - x) ** 3, 12);
  }
});

test("Jeffreys' interval has equal tails of the posterior, and is closed at the ends", () => {
  const posterior = (from: number, to: number) => {
    let area = 0;
    for (let step = 0; step < 20_000; step++) {
      const x = from + ((step + 0.5) / 20_000) * (to - from);
      area += (x ** 4.5 * (1 - x) ** 14.5 * (to - from)) / 20_000;
    }
    return area;
  };
  const [low, high] = credible(5, 20);
  expect(posterior(0, low) / posterior(0, 1)).toBeCloseTo(0.025, 6);
  expect(posterior(high, 1) / posterior(0, 1)).toBeCloseTo(0.025, 6);
  expect(credible(0, 20)[0]).toBe(0);
  expect(credible(20, 20)[1]).toBe(1);
  expect(credible(0, 0)).toEqual([0, 1]);
  expect(() => credible(3, 2)).toThrow(/successes/);
});

test.each([['ratio', 1, 0.9] as const, ['difference', -0.08, 0.9] as const])(
  'the sequence for the %s holds the truth at all times, and narrows',
  { timeout: 60_000 },
  (measure, truth, ratio) => {
    let missed = 0;
    let width = 0;
    for (let run = 0; run < 100; run++) {
      const next = pairsOf({ level: 0.8, ratio: measure === 'ratio' ? 1 : ratio, correlation: 0.3 }, randomOf(run + 1));
      const sequence = new ConfidenceSequence(measure);
      let out = false;
      for (let pair = 0; pair < 400; pair++) {
        sequence.add(...next());
        const bounds = sequence.bounds();
        if (!bounds || truth < bounds.low || truth > bounds.high) out = true;
      }
      if (out) missed++;
      const { low, high } = sequence.bounds()!;
      width += (high - low) / 100;
    }
    // Binomial(100, 0.05) exceeds 13 with a chance near one in a thousand.
    expect(missed).toBeLessThanOrEqual(13);
    expect(width).toBeLessThan(0.35);
  },
);
