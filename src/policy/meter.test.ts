import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hold, type Limit, Meter, type Refusal } from './meter.ts';
import { PERIODS, spanOf } from './period.ts';

const NOW = Date.UTC(2026, 10, 22, 13, 45, 30);
const day = (amount: number, breach: Limit['breach'] = 'block'): Limit => ({
  account: 'key:a',
  unit: 'nanos',
  period: 'day',
  amount,
  breach,
});

describe('spans', () => {
  it.each([
    ['minute', '2026-11-22T13:45:00Z', '2026-11-22T13:46:00Z'],
    ['hour', '2026-11-22T13:00:00Z', '2026-11-22T14:00:00Z'],
    ['day', '2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['week', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['month', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
  ] as const)('the %s around a moment', (period, start, end) => {
    expect(spanOf(period, NOW)).toEqual({ start: Date.parse(start), end: Date.parse(end) });
  });

  it('follow each other without a gap', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PERIODS.filter((period) => period !== 'lifetime')),
        fc.integer({ min: 0, max: 4e12 }),
        (period, now) => {
          const { start, end } = spanOf(period, now);
          expect(start <= now && now < end).toBe(true);
          expect(spanOf(period, end).start).toBe(end);
          expect(spanOf(period, start - 1).end).toBe(start);
        },
      ),
    );
  });
});

/** @throws Error when it was refused */
function held(result: Hold | Refusal): Hold {
  if ('breaches' in result) throw new Error('refused');
  return result;
}

describe('a meter', () => {
  it('counts what is held as used until it is settled', () => {
    const meter = new Meter();
    const first = held(meter.reserve([day(100)], { nanos: 60 }, NOW));
    expect(meter.reserve([day(100)], { nanos: 60 }, NOW)).toEqual({
      breaches: [{ limit: day(100), used: 60, wanted: 60, until: Date.UTC(2026, 10, 23) }],
      shorts: [],
    });
    first.settle({ nanos: 10 });
    first.settle({ nanos: 10 });
    expect(meter.state(day(100), NOW)).toMatchObject({ used: 10, held: 0 });
    held(meter.reserve([day(100)], { nanos: 90 }, NOW));
  });

  it('takes from all limits or from none', () => {
    const meter = new Meter();
    const team: Limit = { ...day(10), account: 'team:t' };
    expect(meter.reserve([day(100), team], { nanos: 60 }, NOW)).toHaveProperty('breaches');
    expect(meter.state(day(100), NOW).held).toBe(0);
  });

  it('two budgets of one account in one span count the same money once', () => {
    const meter = new Meter();
    held(meter.reserve([day(100), day(50, 'alert')], { nanos: 40 }, NOW)).settle({ nanos: 40 });
    expect(meter.state(day(100), NOW)).toMatchObject({ used: 40, held: 0 });
    expect(held(meter.reserve([day(100), day(50, 'alert')], { nanos: 40 }, NOW)).alerts).toHaveLength(1);
  });

  it('an alert does not stop, and says so', () => {
    const hold = held(new Meter().reserve([day(1, 'alert')], { nanos: 60 }, NOW));
    expect(hold.alerts).toHaveLength(1);
  });

  it('begins anew in the next span, and what was begun before is settled where it began', () => {
    const meter = new Meter();
    const late = held(meter.reserve([day(100)], { nanos: 80 }, NOW));
    const tomorrow = NOW + 24 * 3600_000;
    expect(meter.state(day(100), tomorrow)).toMatchObject({ used: 0, held: 0 });
    late.settle({ nanos: 70 });
    expect([meter.state(day(100), NOW).used, meter.state(day(100), tomorrow).used]).toEqual([70, 0]);
    meter.sweep(tomorrow + 48 * 3600_000);
    expect(meter.state(day(100), NOW).used).toBe(0);
  });

  it('uses of a shared limit what it was granted, and says what is missing', () => {
    const meter = new Meter(() => true);
    const window = 'day 2026-11-22T00:00';
    expect(meter.reserve([day(100)], { nanos: 30 }, NOW)).toEqual({ breaches: [], shorts: [{ limit: day(100), window, missing: 30 }] });
    meter.grant(day(100), 40, NOW);
    held(meter.reserve([day(100)], { nanos: 30 }, NOW)).settle({ nanos: 35 });
    expect(meter.reserve([day(100)], { nanos: 10 }, NOW)).toMatchObject({ breaches: [], shorts: [{ missing: 5 }] });
    expect(meter.reserve([day(100)], { nanos: 70 }, NOW)).toMatchObject({ breaches: [{ used: 35, wanted: 70 }], shorts: [] });
  });

  it('gives back what it was granted and does not need, when nobody asks any more or the span is over', () => {
    const meter = new Meter(() => true);
    meter.grant(day(100), 100, NOW);
    const hold = held(meter.reserve([day(100)], { nanos: 30 }, NOW));
    expect(meter.spare(1000, NOW + 999)).toEqual([]);
    expect(meter.spare(1000, NOW + 1000)).toEqual([{ account: 'key:a', window: 'day 2026-11-22T00:00', amount: 70 }]);
    expect(meter.reserve([day(100)], { nanos: 1 }, NOW)).toMatchObject({ shorts: [{ missing: 1 }] });
    hold.settle({ nanos: 10 });
    expect(meter.spare(1e9, Date.UTC(2026, 10, 23))).toMatchObject([{ amount: 20 }]);
  });

  it('after grants were lost only what is used or held counts on', () => {
    const meter = new Meter(() => true);
    meter.grant(day(100), 100, NOW);
    held(meter.reserve([day(100)], { nanos: 30 }, NOW));
    meter.forfeit();
    expect(meter.reserve([day(100)], { nanos: 5 }, NOW)).toMatchObject({ shorts: [{ missing: 5 }] });
  });

  it('an alert asks for its share as well, and goes on without when there is none', () => {
    const meter = new Meter(() => true);
    expect(meter.reserve([day(100, 'alert')], { nanos: 30 }, NOW)).toMatchObject({ shorts: [{ missing: 30 }] });
    expect(held(meter.reserve([day(100, 'alert')], { nanos: 30 }, NOW, true)).alerts).toHaveLength(1);
  });

  it('what is for a lifetime never begins anew', () => {
    const limit: Limit = { ...day(100), period: 'lifetime' };
    const meter = new Meter();
    held(meter.reserve([limit], { nanos: 90 }, NOW));
    expect(meter.reserve([limit], { nanos: 20 }, NOW + 1e12)).toEqual({ breaches: [{ limit, used: 90, wanted: 20 }], shorts: [] });
  });

  it('counts what is under way, and time does not free it', () => {
    const meter = new Meter();
    const limit: Limit = { account: 'key:a', unit: 'concurrent', period: 'minute', amount: 1, breach: 'block' };
    const one = held(meter.reserve([limit], { concurrent: 1 }, NOW));
    expect(meter.reserve([limit], { concurrent: 1 }, NOW + 1e9)).toMatchObject({ breaches: [{ used: 1 }] });
    one.settle({});
    held(meter.reserve([limit], { concurrent: 1 }, NOW));
  });

  it('never lets used and held pass a limit, whatever the order, as long as nobody uses more than was set aside', () => {
    const step = fc.record({
      want: fc.integer({ min: 1, max: 50 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      settleFirst: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 200 }), (steps, amount) => {
        const meter = new Meter();
        const open: { hold: Hold; used: number }[] = [];
        for (const { want, share, settleFirst } of steps) {
          for (const { hold, used } of open.splice(0, settleFirst)) hold.settle({ nanos: used });
          const result = meter.reserve([day(amount)], { nanos: want }, NOW);
          if (!('breaches' in result)) open.push({ hold: result, used: Math.floor(want * share) });
          const { used, held: aside } = meter.state(day(amount), NOW);
          expect(used + aside).toBeLessThanOrEqual(amount);
        }
      }),
    );
  });
});
