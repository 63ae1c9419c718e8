import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundOf, costOf, type ListPrice, NANOS } from './price.ts';

const from = { source: 'test', date: '2026-11-22' };
const OPUS: ListPrice = { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25, cacheWrite1h: 10, ...from };
const LONG: ListPrice = {
  input: 1.25,
  output: 10,
  cacheRead: 0.125,
  tiers: [{ above: 200_000, input: 2.5, output: 15, cacheRead: 0.25 }],
  ...from,
};
const dollars = (nanos: number): number => nanos / NANOS;

describe('what tokens cost', () => {
  it.each([
    ['plain', { input: 1000, output: 100 }, OPUS, 0.0075],
    ['cached tokens are charged once, at their own rate', { input: 1_000_000, output: 0, cacheRead: 900_000 }, OPUS, 0.95],
    ['five minutes and an hour', { input: 30_000, output: 0, cacheWrite: 20_000, cacheWrite1h: 10_000 }, OPUS, 0.05 + 0.0625 + 0.1],
    ['thoughts are contained in the output', { input: 0, output: 1000, reasoning: 900 }, OPUS, 0.025],
    ['thoughts with a rate of their own', { input: 0, output: 1000, reasoning: 900 }, { ...OPUS, reasoning: 50 }, 0.0475],
    ['at the border of the tier', { input: 200_000, output: 1000 }, LONG, 0.26],
    ['beyond it the whole request is dearer', { input: 200_001, output: 1000, cacheRead: 200_000 }, LONG, 0.05 + 0.0000025 + 0.015],
    ['no rate for the cache: the full one', { input: 1000, output: 0, cacheRead: 1000 }, { input: 2, output: 2, ...from }, 0.002],
    [
      'an hour where only five minutes have a rate',
      { input: 1000, output: 0, cacheWrite: 1000, cacheWrite1h: 1000 },
      { input: 4, output: 4, cacheWrite: 5, ...from },
      0.008,
    ],
    ['more cached than read, as some report', { input: 10, output: 0, cacheRead: 100 }, OPUS, 0.00005],
    ['nothing known', {}, OPUS, 0],
  ])('%s', (_, usage, price, sum) => {
    expect(dollars(costOf(usage, price))).toBeCloseTo(sum, 9);
  });

  it('counts the cheapest token exactly', () => {
    expect(costOf({ input: 1, output: 0 }, { input: 0.04, output: 0, ...from })).toBe(40);
    expect(costOf({ input: 3, output: 0 }, { input: 0.1, output: 0, ...from })).toBe(300);
  });

  it('counts pictures where they have a price', () => {
    expect(costOf({ input: 0, output: 0 }, { ...OPUS, image: 0.01 }, 3)).toBe(0.03 * NANOS);
  });
});

const tokens = fc.integer({ min: 0, max: 3_000_000 });
const rate = fc.double({ min: 0, max: 200, noNaN: true });
const rates = {
  input: rate,
  output: rate,
  cacheRead: fc.option(rate, { nil: undefined }),
  cacheWrite: fc.option(rate, { nil: undefined }),
  cacheWrite1h: fc.option(rate, { nil: undefined }),
  reasoning: fc.option(rate, { nil: undefined }),
};
const price = fc
  .record({ ...rates, tiers: fc.array(fc.record({ ...rates, above: tokens }), { maxLength: 3 }) })
  .map((p): ListPrice => ({ ...p, ...from }));

it('a request never costs more than its bound, whatever the provider reports within it', () => {
  const usage = fc
    .tuple(tokens, tokens, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([input, output, a, b]) => {
      const cacheRead = Math.floor(input * a * b);
      const cacheWrite = Math.floor((input - cacheRead) * a);
      return { input, output, cacheRead, cacheWrite, cacheWrite1h: Math.floor(cacheWrite * b), reasoning: Math.floor(output * b) };
    });
  fc.assert(
    fc.property(usage, price, fc.integer({ min: 0, max: 1000 }), (used, list, more) => {
      expect(costOf(used, list)).toBeLessThanOrEqual(boundOf(used.input + more, used.output + more, list) + 1);
    }),
  );
});
