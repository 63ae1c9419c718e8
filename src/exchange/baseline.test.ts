import { describe, expect, it } from 'vitest';
import type { SavingsSettings } from '../catalog/savings.ts';
import { Baseline, type BaselineWorld } from './baseline.ts';
import type { AttemptRecord, ExchangeRecord } from './record.ts';

const PRICE = { input: 4, output: 20, cacheRead: 0.4, cacheWrite: 5 };
const savings = (over: Partial<SavingsSettings> = {}): SavingsSettings => ({ patterns: {}, target: 0.8, ...over });

const world = (over: Partial<BaselineWorld> = {}): BaselineWorld => ({
  savings: savings(),
  providers: {
    far: { url: 'https://far.example', zone: 'vendor', models: { big: { price: PRICE }, bare: {} } },
    box: { url: 'http://127.0.0.1:1', zone: 'own', models: { small: {} } },
  },
  aliases: { best: 'far/big', choice: ['far/big', 'box/small'], again: 'best' },
  ...over,
});

const answer: AttemptRecord = { provider: 'box', model: 'small', zone: 'own', usage: { input: 1_000_000, output: 100_000 }, costNanos: 0 };
const exchange = (over: Partial<ExchangeRecord> = {}): ExchangeRecord => ({
  id: 'e',
  at: 0,
  dialect: 'd',
  asked: 'far/big',
  stream: false,
  attempts: [answer],
  status: 200,
  outcome: 'ok',
  notes: [],
  totalMs: 1,
  ...over,
});

const dollars = (nanos: number | undefined) => (nanos === undefined ? undefined : nanos / 1e9);
const of = (over: Partial<ExchangeRecord> = {}, settings?: Partial<BaselineWorld>) =>
  dollars(new Baseline(world(settings)).of(exchange(over)));

describe('what the model asked for would have cost', () => {
  it.each([
    ['a price of the file', 'far/big', 6],
    ['an alias', 'best', 6],
    ['an alias of an alias', 'again', 6],
    ['a name that leaves the choice', 'auto', undefined],
    ['an alias that leaves the choice', 'choice', undefined],
    ['a model without a price', 'far/bare', undefined],
    ['a name that nobody knows', 'nonsense', undefined],
    ['a word that every object has', 'constructor', undefined],
    ['nothing that could be read', '', undefined],
  ])('%s', (_, asked, price) => expect(of({ asked })).toBe(price));

  it('public names have their makers’ list prices, with a date or a window behind them', () => {
    expect(of({ asked: 'claude-opus-4-8' })).toBe(7.5);
    expect(of({ asked: 'claude-opus-4-8-20260528' })).toBe(7.5);
    expect(of({ asked: 'claude-opus-4-8[1m]' })).toBe(7.5);
  });

  it('the team’s word: in the place of a name without a price, or by pattern before all', () => {
    expect(of({ asked: 'auto' }, { savings: savings({ otherwise: 'far/big' }) })).toBe(6);
    expect(of({ asked: 'claude-opus-4-8' }, { savings: savings({ otherwise: 'far/big' }) })).toBe(7.5);
    expect(of({ asked: 'claude-opus-4-8' }, { savings: savings({ patterns: { 'claude-*': 'far/big' } }) })).toBe(6);
  });

  it('a new configuration counts at once', () => {
    const baseline = new Baseline(world());
    expect(baseline.of(exchange({ asked: 'auto' }))).toBeUndefined();
    baseline.configure(world({ savings: savings({ otherwise: 'far/big' }) }));
    expect(dollars(baseline.of(exchange({ asked: 'auto' })))).toBe(6);
  });

  it('the last prompt of the conversation would have come from its cache, for five minutes and in one conversation', () => {
    const baseline = new Baseline(world());
    const next = (over: Partial<ExchangeRecord>) => dollars(baseline.of(exchange({ session: 's', ...over })));
    expect(next({ at: 0 })).toBe(6);
    expect(next({ at: 60_000 })).toBe(0.4 + 2);
    expect(next({ at: 60_000, session: 'other' })).toBe(6);
    const longer = { ...answer, usage: { input: 1_500_000, output: 100_000 } };
    expect(next({ at: 120_000, attempts: [longer] })).toBe(0.4 + 2 + 2);
    expect(next({ at: 120_001 + 5 * 60_000 })).toBe(6);
  });

  it('what was written to another’s cache because the conversation moved would have been read', () => {
    const baseline = new Baseline(world());
    const moved = { ...answer, usage: { input: 1_000_000, output: 0, cacheWrite: 1_000_000 } };
    expect(dollars(baseline.of(exchange({ session: 's', attempts: [moved] })))).toBe(5);
    expect(dollars(baseline.of(exchange({ session: 's', at: 1, attempts: [moved] })))).toBe(0.4);
  });

  it('where it answered itself, what was paid is what it costs', () => {
    const itself: AttemptRecord = { ...answer, provider: 'far', model: 'big', zone: 'vendor', costNanos: 123 };
    const baseline = new Baseline(world());
    expect(baseline.of(exchange({ attempts: [itself] }))).toBe(123);
    expect(baseline.of(exchange({ asked: 'best', attempts: [{ ...itself, error: 'overload', costNanos: 7 }, itself] }))).toBe(123);
  });

  it('nothing for what was never sent or never answered; unknown for what nobody counted', () => {
    expect(of({ attempts: [], outcome: 'auth', asked: 'auto' })).toBe(0);
    expect(of({ outcome: 'overload', attempts: [{ ...answer, error: 'overload' }] })).toBe(0);
    expect(of({ attempts: [{ ...answer, usage: undefined }] })).toBeUndefined();
    expect(of({ outcome: 'cancelled' })).toBe(6);
    expect(of({ client: 'freehold-eval' })).toBeUndefined();
  });
});
