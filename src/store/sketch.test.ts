import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, durationOf, quantilesOf } from './sketch.ts';

const duration = fc.double({ min: 0.05, max: 1e8, noNaN: true });

test('a bucket stands for its members within a tenth, and longer durations are never in earlier ones', () => {
  fc.assert(
    fc.property(duration, duration, (a, b) => {
      expect(Math.abs(durationOf(bucketOf(a)) / a - 1)).toBeLessThan(0.1);
      if (a < b) expect(bucketOf(a)).toBeLessThanOrEqual(bucketOf(b));
    }),
  );
  expect(bucketOf(0)).toBe(0);
});

test('quantiles of a merged sketch are those of all its durations, within a tenth', () => {
  fc.assert(
    fc.property(
      fc.array(duration, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (durations, quantile) => {
        const counts = new Map<number, number>();
        for (const ms of durations) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1);
        const buckets = [...counts].sort(([a], [b]) => a - b).map(([bucket, count]) => ({ bucket, count }));
        const right = durations.sort((a, b) => a - b)[Math.ceil(quantile * durations.length) - 1]!;
        expect(Math.abs(quantilesOf(buckets, [quantile])[0]! / right - 1)).toBeLessThan(0.1);
      },
    ),
  );
  expect(quantilesOf([], [0.5])).toEqual([0]);
});
