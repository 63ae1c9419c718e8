import { describe, expect, it } from 'vitest';
import { hardwareSchema, hardwareView, withHardware } from './hardware.ts';
import { savingsSchema } from './savings.ts';
import { cheapestOf, listPriceOf, sellersOf, yardsticks } from './sellers.ts';

describe('what a model costs by its name alone', () => {
  it.each(['claude-opus-4-8', 'claude-opus-4-8-20260528', 'claude-opus-4-8[1m]', 'anthropic/claude-opus-4.8'])(
    '%s: its maker’s price',
    (name) => expect(listPriceOf(name)).toMatchObject({ input: 5, output: 25, source: expect.stringMatching(/.+/) }),
  );

  it.each(['auto-mode', 'constructor', '', 'small', '/', 'no-such-model-9'])('%o has none', (name) =>
    expect(listPriceOf(name)).toBeUndefined(),
  );

  it('a model that its maker does not sell costs what the cheapest asks; samples are no price', () => {
    const sellers = sellersOf('gpt-oss-120b');
    expect(sellers.length).toBeGreaterThan(3);
    expect(sellers.every(({ price }) => price.input + price.output > 0)).toBe(true);
    const least = Math.min(...sellers.map(({ price }) => 10 * price.input + price.output));
    const { price } = cheapestOf('gpt-oss-120b')!;
    expect(10 * price.input + price.output).toBe(least);
    expect(listPriceOf('gpt-oss-120b')).toEqual(price);
  });

  it('a smaller sister is another model', () => {
    expect(listPriceOf('gpt-5.4-mini')!.input).toBeLessThan(listPriceOf('gpt-5.4')!.input);
  });

  it('every yardstick of the file is for sale', () => {
    expect(yardsticks().length).toBeGreaterThanOrEqual(11);
    expect(yardsticks().some(({ open }) => open)).toBe(true);
  });
});

describe('settings', () => {
  it('a baseline for all names without a price, or by pattern', () => {
    expect(savingsSchema.parse({})).toEqual({ patterns: {}, target: 0.8 });
    expect(savingsSchema.parse({ baseline: 'a/b', target: 0.5 })).toEqual({ patterns: {}, otherwise: 'a/b', target: 0.5 });
    expect(savingsSchema.parse({ baseline: { 'gpt-*': 'a/b' } })).toEqual({ patterns: { 'gpt-*': 'a/b' }, target: 0.8 });
    for (const wrong of [{ baseline: '' }, { baseline: ['a'] }, { target: 0 }, { targt: 1 }])
      expect(savingsSchema.safeParse(wrong).success).toBe(false);
  });

  it('what a question says comes before what the file says, and the rest stays', () => {
    const file = hardwareSchema.parse({ purchase_usd: 900, usd_kwh: 0.3 });
    expect(hardwareView(withHardware(file, { usd_kwh: 0.1, boxes: undefined }))).toMatchObject({
      purchase_usd: 900,
      usd_kwh: 0.1,
      boxes: 1,
      life_years: 4,
    });
    for (const wrong of [{ life_years: 0 }, { resale_share: 2 }, { cooling: 0.5 }, { boxes: 1.5 }, { price: 1 }])
      expect(hardwareSchema.safeParse(wrong).success).toBe(false);
  });
});
