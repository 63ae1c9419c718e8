import { expect, it } from 'vitest';
import { Outcomes } from './outcomes.ts';
import { Speeds } from './speed.ts';

const DAY = 24 * 60 * 60_000;
const PRIOR = { mean: 0.5, weight: 10 };

it('what was seen moves the belief, by class and model', () => {
  const outcomes = new Outcomes();
  for (let n = 0; n < 10; n++) outcomes.add('review', 'a/m', 1, 1, 0);
  expect(outcomes.belief('review', 'a/m', PRIOR, 0)).toEqual({ mean: 0.75, weight: 20 });
  expect(outcomes.belief('testing', 'a/m', PRIOR, 0)).toBe(PRIOR);
  expect(outcomes.belief('review', 'b/m', PRIOR, 0)).toBe(PRIOR);
});

it('fades, and what was said can be taken back', () => {
  const outcomes = new Outcomes();
  outcomes.add('review', 'a/m', 0, 10, 0);
  expect(outcomes.belief('review', 'a/m', PRIOR, 30 * DAY)).toEqual({ mean: 5 / 15, weight: 15 });
  outcomes.add('review', 'a/m', 0, -10, 0);
  expect(outcomes.belief('review', 'a/m', PRIOR, 0).mean).toBe(0.5);
});

it('is remembered over a restart', () => {
  const [before, after] = [new Outcomes(), new Outcomes()];
  before.add('review', 'a/m', 1, 2, 5);
  after.load(before.rows());
  expect(after.belief('review', 'a/m', PRIOR, 5)).toEqual(before.belief('review', 'a/m', PRIOR, 5));
});

it('who is slow or has a queue is expected to take longer', () => {
  const speeds = new Speeds();
  const unknown = speeds.expected('a', 100, true);
  for (let n = 0; n < 50; n++) speeds.add('a', 200, 1200, 100);
  const idle = speeds.expected('a', 100, true);
  expect([idle < unknown, Math.round(idle / 100)]).toEqual([true, 12]);
  const running = speeds.begin('a');
  expect(speeds.expected('a', 100, true)).toBe(2 * idle);
  expect(speeds.expected('a', 100, false)).toBe(idle);
  running.end();
  running.end();
  expect(speeds.expected('a', 100, true)).toBe(idle);
});
