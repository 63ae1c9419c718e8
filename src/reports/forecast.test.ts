import { describe, expect, it } from 'vitest';
import { type Day, forecastOf } from './forecast.ts';

const DAY = 86_400_000;
const FROM = Date.UTC(2026, 0, 1);

/** Days whose share follows a logistic curve, with a weekly rhythm and noise that repeats. */
function days(count: number, { start = -2, slope = 0.03, noise = 0.3 } = {}): Day[] {
  return Array.from({ length: count }, (_, index) => {
    const odds = start + slope * index + noise * Math.sin(index * 2.4) + (index % 7 < 2 ? noise / 2 : 0);
    const whole = index % 7 === 6 ? 200 : 1000;
    return { at: FROM + index * DAY, own: Math.round(whole / (1 + Math.exp(-odds))), whole };
  });
}

describe('when a share crosses the line', () => {
  it('finds the day on a known course, and an interval around it', () => {
    const found = forecastOf(days(60), 0.8);
    const crossing = (Math.log(4) + 2 - 0.04) / 0.03;
    expect(found.state).toBe('ahead');
    expect(Math.abs((found.at! - FROM) / DAY - crossing)).toBeLessThan(12);
    expect(found.from!).toBeLessThanOrEqual(found.at!);
    expect(found.to!).toBeGreaterThanOrEqual(found.at!);
    expect(found.to! - found.from!).toBeLessThan(60 * DAY);
    expect(found.per_month!).toBeGreaterThan(0.1);
  });

  it('the interval holds the true day about four times in five', () => {
    let held = 0;
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const bell = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
    for (let run = 0; run < 60; run++) {
      const made = Array.from({ length: 70 }, (_, index) => {
        const share = 1 / (1 + Math.exp(1.5 - 0.02 * index - 0.35 * bell()));
        return { at: FROM + index * DAY, own: share * 1e6, whole: 1e6 };
      });
      const truth = FROM + ((Math.log(4) + 1.5) / 0.02) * DAY;
      const { from, to } = forecastOf(made, 0.8);
      if (from !== null && from <= truth && (to === null || truth <= to)) held++;
    }
    expect(held / 60).toBeGreaterThan(0.6);
    expect(held / 60).toBeLessThan(0.97);
  });

  it('is the same for the same days, and knows days without work', () => {
    const made = days(60);
    const gaps = made.flatMap((day) => [day, { at: day.at + 1, own: 0, whole: 0 }]);
    expect(forecastOf(gaps, 0.8)).toEqual(forecastOf(made, 0.8));
  });

  it.each([
    ['nothing', [], 'unknown', /no whole day of work/],
    ['three weeks', days(21), 'unknown', /needs 14 days with work in 28 or more, and there are 21 in 21/],
    ['one day a week', days(60).filter((_, index) => index % 7 === 0), 'unknown', /there are 9 in 57/],
    ['a share that falls', days(60, { slope: -0.02 }), 'not-on-the-way', /does not grow/],
    ['a share that stands still', days(60, { slope: 0, noise: 0.01 }), 'not-on-the-way', /does not grow|years away/],
    ['a share above the line', days(60, { start: 3, slope: 0 }), 'reached', /above the line/],
    ['all of it, in the second week', days(9, { start: 9 }), 'reached', /above the line/],
  ] as const)('%s', (_, course, state, reason) => {
    const found = forecastOf(course, 0.8);
    expect(found).toMatchObject({ state, reason: expect.stringMatching(reason), at: null });
  });

  it('weekends off do not hinder it', () => {
    const found = forecastOf(
      days(60).filter((_, index) => index % 7 < 5),
      0.8,
    );
    expect(found).toMatchObject({ state: 'ahead', reason: expect.stringContaining('44 days with work') });
  });

  it('nothing at all and everything have log-odds too', () => {
    const none = Array.from({ length: 40 }, (_, index) => ({ at: FROM + index * DAY, own: 0, whole: 10 }));
    expect(forecastOf(none, 0.8)).toMatchObject({ state: 'not-on-the-way', now: 0, per_month: 0 });
    expect(forecastOf(days(60, { start: 3 }), 1).state).not.toBe('unknown');
  });
});
