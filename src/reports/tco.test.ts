import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hardware, hardwareSchema } from '../catalog/hardware.ts';
import { MONTH_HOURS, reckon, type TcoInput, type Tokens } from './tco.ts';
import { verdictOf } from './tco-page.ts';

const HOUR = 3_600_000;
const PRICE = { input: 1, output: 10, cacheRead: 0.1, source: 'test', date: '2026-11-22' };

const hardware = (over: Partial<Hardware> = {}): Hardware => ({
  ...hardwareSchema.parse({ purchase_usd: 4800, life_years: 4, resale_share: 0, staff_hours_month: 0, usd_kwh: 0.5 }),
  wattsIdle: 100,
  wattsWorking: 300,
  ...over,
});

const tokens = (over: Partial<Tokens> = {}): Tokens => ({ fresh: 0, cached: 0, output: 0, written: 0, ...over });

/** A day with the same work in each hour. */
const input = (each: Partial<Tokens>, over: Partial<TcoInput> = {}): TcoInput => ({
  hardware: hardware(),
  rates: { prefill: 1000, decode: 100 },
  hours: Array.from({ length: 24 }, (_, hour) => ({ at: hour * HOUR, tokens: tokens(each) })),
  alternatives: [{ role: 'same', model: 'm', seller: 's', price: PRICE }],
  ...over,
});

describe('what a box costs', () => {
  it('hardware, power and people at the load of its hours', () => {
    const found = reckon(input({ fresh: 900_000, output: 90_000 }));
    expect(found.load).toMatchObject({ wanted: 0.5, utilisation: 0.5, peak: 0.5, full_hours: 0, hours: 24 });
    const power = ((100 + 200 * 0.5) / 1000) * MONTH_HOURS * 0.5;
    expect(found.month.box_usd).toBeCloseTo(100, 9);
    expect(found.month.power_usd).toBeCloseTo(power, 9);
    expect(found.today.cost_month_usd).toBeCloseTo(100 + power, 9);
    expect(found.today.tokens_month).toBeCloseTo(990_000 * MONTH_HOURS, 3);
    expect(found.loads.map(({ load }) => load)).toEqual([0.05, 0.25, 0.5, 1]);
    expect(found.loads[2]!.cost_month_usd).toBeCloseTo(found.today.cost_month_usd, 9);
  });

  it('rent, machine rooms, people and the rest', () => {
    const boxes = hardware({
      purchaseUsd: undefined,
      rentUsdMonth: 500,
      boxes: 3,
      cooling: 1.5,
      staffHoursMonth: 10,
      staffUsdHour: 80,
      otherUsdMonth: 7,
    });
    const { month } = reckon(input({}, { hardware: boxes }));
    expect(month).toMatchObject({ box_usd: 1500, staff_usd: 800, other_usd: 7 });
    expect(month.power_usd).toBeCloseTo(3 * 0.1 * 1.5 * MONTH_HOURS * 0.5, 9);
    expect(month.cost_usd).toBeCloseTo(1500 + 800 + 7 + month.power_usd, 9);
  });

  it('what the cache of prompts held is not read again, and billed at its own rate elsewhere', () => {
    const found = reckon(input({ cached: 1_000_000, output: 36_000 }));
    expect(found.load.wanted).toBeCloseTo(0.1, 9);
    expect(found.alternatives[0]!.cost_month_usd).toBeCloseTo((0.1 + 0.36) * MONTH_HOURS, 3);
  });

  it('hours that are too full leave work over, which is bought elsewhere', () => {
    const hours = input({}).hours.map((one, hour) => ({ ...one, tokens: tokens({ output: hour < 12 ? 720_000 : 0 }) }));
    const { load, alternatives, today } = reckon(input({}, { hours }));
    expect(load).toMatchObject({ wanted: 1, utilisation: 0.5, peak: 2, full_hours: 0.5 });
    expect(load.by_hour.slice(10, 14)).toEqual([2, 2, 0, 0]);
    expect(alternatives[0]!.own_month_usd).toBeCloseTo(today.cost_month_usd + alternatives[0]!.cost_month_usd / 2, 6);
  });

  it('at the break-even load both cost the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_000_000 }),
        fc.integer({ min: 0, max: 300_000 }),
        fc.integer({ min: 50, max: 20_000 }),
        (fresh, output, purchaseUsd) => {
          const of = input({ fresh, output }, { hardware: hardware({ purchaseUsd }) });
          const { alternatives, today, load, loads } = reckon(of);
          const [one] = alternatives;
          const capacity = loads[3]!.tokens_month;
          if (one!.break_even_tokens_month === null) {
            expect((one!.usd_per_million! * capacity) / 1e6).toBeLessThanOrEqual(loads[3]!.cost_month_usd * (1 + 1e-6));
            return;
          }
          const share = one!.break_even_load!;
          const own = purchaseUsd / 48 + ((100 + 200 * share) / 1000) * MONTH_HOURS * 0.5;
          expect((one!.break_even_tokens_month * one!.usd_per_million!) / 1e6).toBeCloseTo(own, 4);
          if (load.wanted <= 1) expect(one!.pays).toBe(today.tokens_month > one!.break_even_tokens_month);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a purchase is paid back by what it saves a month', () => {
    const { alternatives, month } = reckon(input({ fresh: 900_000, output: 90_000 }));
    const [one] = alternatives;
    const saved = one!.cost_month_usd - month.power_usd;
    expect(one!.break_even_months).toBeCloseTo(4800 / saved, 6);
    expect(reckon(input({ fresh: 9 })).alternatives[0]!.break_even_months).toBeNull();
  });
});

describe('whether it pays, in a sentence', () => {
  const told = (of: TcoInput) => verdictOf(reckon(of));
  it.each([
    ['it does', { fresh: 900_000, output: 90_000 }, {}, /it pays\.$/],
    ['it does not yet', { fresh: 9_000, output: 90 }, {}, /does NOT pay; it would from .* tokens a month on, .*% of the box\./],
    [
      'it never would',
      { fresh: 9_000 },
      { hardware: hardware({ purchaseUsd: 1e7 }) },
      /it never would at that price, even if the box were full/,
    ],
    ['no work', {}, {}, /no work in this span/],
    ['nothing to compare with', { fresh: 9 }, { alternatives: [] }, /No price is known/],
    ['more than it can take', { output: 720_000 }, {}, /counted as bought there/],
  ])('%s', (_, each, over, sentence) => expect(told(input(each, over))).toMatch(sentence));
});
