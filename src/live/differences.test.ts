import { describe, expect, it } from 'vitest';
import { emptyArm } from './arms.ts';
import { Differences } from './differences.ts';
import { canary, SAME, SETTINGS } from './fixtures/canaries.ts';

/** Until rolled back, in some worlds; the long form is `npm run bench:live`. */
const runs = (share: number, change: object, from: number, most: number, times = 16) =>
  Array.from({ length: times }, (_, seed) => canary({ seed: seed + 1, share, change: { ...SAME, ...change }, from, most }));
const median = (found: (number | undefined)[]) =>
  found.map((one) => one ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)[found.length >> 1];

describe('a canary on made-up traffic', () => {
  it.each([0.05, 0.25, 1])('that is as good is left in peace at a share of %d', (share) => {
    // All runs are the same each time; of 100 in the long form none was rolled back.
    expect(runs(share, {}, 0, 400).filter((one) => one !== undefined)).toEqual([]);
  });

  it.each([
    ['fails every time', { errors: 1 }, 60],
    ['fails every other time', { errors: 0.5 }, 120],
    ['is eight times as slow', { slower: 8 }, 220],
    ['is four times as dear', { dearer: 4 }, 400],
  ] as const)('that %s from one moment on is rolled back', (_, change, within) => {
    expect(median(runs(0.25, change, 100, 1500, 9))).toBeLessThan(within);
  });
});

describe('differences', () => {
  it('use each value once, and cancel what the hour does to both', () => {
    const differences = new Differences(SETTINGS);
    for (let at = 0; at < 2000; at++) {
      const hour = at % 2 ? 0 : 6;
      for (const arm of ['old', 'new'] as const) differences.add(arm, { errors: 0, latency: 8 + hour });
    }
    expect(differences.toJSON()).toMatchObject({ seen: 2000 });
    expect(differences.e()).toBeLessThan(SETTINGS.runLength / 10);
  });

  it('go on after a restart as if there had been none', () => {
    const whole = new Differences(SETTINGS);
    let halves = new Differences(SETTINGS);
    for (let at = 0; at < 40; at++) {
      if (at === 20) halves = new Differences(SETTINGS, JSON.parse(JSON.stringify(halves)));
      for (const one of [whole, halves]) {
        one.add('old', { errors: 0 });
        one.add('new', { errors: 1 });
      }
    }
    expect(halves.toJSON()).toEqual(whole.toJSON());
    expect(whole.toJSON().alarm).toMatchObject({ signal: 'errors' });
  });

  it('against a model that answers no more count only beyond what hours differ', () => {
    const known = { ...emptyArm(), exchanges: 100, failed: 2, timed: 100, log_ms: 900 };
    const alarm = (value: number) => {
      const differences = new Differences(SETTINGS);
      for (let at = 0; at < 500; at++) if (differences.add('new', { latency: value }, known)) return true;
      return false;
    };
    expect([alarm(9), alarm(11), alarm(12.5)]).toEqual([false, false, true]);
  });
});
