import { expect, it } from 'vitest';
import { Speeds } from './speed.ts';

it('tells what was measured, without the guess that it begins with', () => {
  const speeds = new Speeds();
  expect(speeds.of('a')).toBeUndefined();
  speeds.begin('a').end();
  expect(speeds.of('a')).toBeUndefined();
  speeds.add('a', 100, 100, 0);
  expect(speeds.of('a')).toEqual({ firstMs: expect.closeTo(100, 6), answers: 1 });
  speeds.add('a', 100, 1100, 50);
  expect(speeds.of('a')).toEqual({ firstMs: expect.closeTo(100, 6), tokensPerSecond: expect.closeTo(50, 6), answers: 2 });
  speeds.add('a', 300, 1300, 100);
  const { firstMs, tokensPerSecond } = speeds.of('a')!;
  expect([firstMs > 100 && firstMs < 300, tokensPerSecond! > 50 && tokensPerSecond! < 100]).toEqual([true, true]);
});
