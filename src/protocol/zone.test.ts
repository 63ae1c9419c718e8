import { expect, test } from 'vitest';
import { byDistance, isWithin, stricter, ZONES } from './zone.ts';

test('a limit holds for itself and all that is nearer', () => {
  expect(ZONES.map((ceiling) => ZONES.filter((zone) => isWithin(zone, ceiling)))).toEqual([
    ['own'],
    ['own', 'leased'],
    ['own', 'leased', 'vendor'],
  ]);
});

test('of two limits the nearer one counts, in either order', () => {
  for (const a of ZONES) {
    for (const b of ZONES) {
      expect(stricter(a, b)).toBe(stricter(b, a));
      expect(ZONES.every((zone) => isWithin(zone, stricter(a, b)) === (isWithin(zone, a) && isWithin(zone, b)))).toBe(true);
    }
  }
  expect([...ZONES].reverse().sort(byDistance)).toEqual(ZONES);
});
