import { describe, expect, it } from 'vitest';
import { type BreakerSettings, Breakers } from './breaker.ts';
import { hedgeAfter, Latencies } from './latency.ts';
import { backoff, fitsBetter, pause, RetryBudget, type RetrySettings, signOf, TurnRetries, verdictOf } from './retry.ts';

const BREAKER: BreakerSettings = { failures: 3, openMs: 1000, mostMs: 8000 };
const RETRY: RetrySettings = { rounds: 2, baseMs: 200, capMs: 1000, patienceMs: 5000, share: 0.1, perTurn: 3 };
const bad = { kind: 'bad' } as const;
const good = { kind: 'good' } as const;

describe('Breakers', () => {
  it('opens after failures, lets one probe through when its time is over, and closes when that succeeds', () => {
    const breakers = new Breakers();
    for (let at = 0; at < 3; at++) {
      expect(breakers.admit('t', at)).toBe(true);
      breakers.report('t', bad, at, BREAKER);
    }
    expect([breakers.health('t', 500), breakers.admit('t', 500), breakers.wait('t', 502)]).toEqual(['open', false, 500]);
    expect([breakers.admit('t', 1002), breakers.admit('t', 1003)]).toEqual([true, false]);
    breakers.report('t', good, 1100, BREAKER);
    expect([breakers.health('t', 1101), breakers.admit('t', 1101), breakers.admit('t', 1101)]).toEqual(['closed', true, true]);
  });

  it('opens for longer each time its probe fails, up to the most', () => {
    const breakers = new Breakers();
    let now = 0;
    for (let at = 0; at < 3; at++) breakers.report('t', bad, now, BREAKER);
    const spans: number[] = [];
    for (let probe = 0; probe < 5; probe++) {
      spans.push(breakers.wait('t', now));
      now += breakers.wait('t', now);
      expect(breakers.admit('t', now)).toBe(true);
      breakers.report('t', bad, now, BREAKER);
    }
    expect(spans).toEqual([1000, 2000, 4000, 8000, 8000]);
  });

  it('stays closed for one failure in many, and after failures of long ago', () => {
    const breakers = new Breakers();
    breakers.report('t', bad, 0, BREAKER);
    for (let at = 0; at < 20; at++) breakers.report('t', good, at, BREAKER);
    for (let at = 0; at < 5; at++) breakers.report('t', bad, 100 + at, BREAKER);
    expect(breakers.health('t', 200)).toBe('closed');
    const slow = new Breakers();
    for (let at = 0; at < 20; at++) slow.report('t', bad, at * 60_000, BREAKER);
    expect(slow.health('t', 20 * 60_000)).toBe('closed');
  });

  it('honours what a provider asks for, at once and no longer than the most; a key that is refused opens it for the longest time', () => {
    const breakers = new Breakers();
    breakers.report('t', { kind: 'rest', ms: 3000 }, 0, BREAKER);
    breakers.report('u', { kind: 'rest', ms: 1e9 }, 0, BREAKER);
    for (let at = 0; at < 3; at++) breakers.report('v', { kind: 'refused' }, 0, BREAKER);
    expect(['t', 'u', 'v'].map((target) => breakers.wait(target, 0))).toEqual([3000, 8000, 8000]);
  });

  it('a probe whose client left makes room for the next', () => {
    const breakers = new Breakers();
    breakers.report('t', { kind: 'rest', ms: 10 }, 0, BREAKER);
    expect(breakers.admit('t', 20)).toBe(true);
    breakers.release('t', 30);
    expect(breakers.admit('t', 31)).toBe(true);
  });

  it('tells other nodes with the time that is left, and the newer state wins', () => {
    const one = new Breakers();
    const two = new Breakers();
    for (let at = 0; at < 3; at++) one.report('t', { kind: 'refused' }, 100, BREAKER);
    for (const state of one.states(0)) two.learn(state, 600);
    expect(two.wait('t', 600)).toBe(7500);
    one.report('t', good, 8200, BREAKER);
    const [closed] = one.states(8200);
    two.learn({ ...closed!, changed_at: 50, state: 'closed' }, 8300);
    two.report('t', bad, 8300, BREAKER);
    expect(two.health('t', 8300)).toBe('open');
    two.learn({ ...closed!, changed_at: 9000 }, 9001);
    expect(two.health('t', 9002)).toBe('closed');
  });
});

describe('what a failure means', () => {
  it.each([
    ['filter', 'stop'],
    ['invalid', 'stop'],
    ['context', 'elsewhere'],
    ['upstream-auth', 'elsewhere'],
    ['budget', 'elsewhere'],
    ['forbidden', 'elsewhere'],
    ['rate', 'again'],
    ['overload', 'again'],
    ['network', 'again'],
  ] as const)('%s: %s', (kind, verdict) => expect(verdictOf({ kind })).toBe(verdict));

  it('an overflow goes only where the window is known to be larger', () => {
    expect([
      fitsBetter(8000, 16_000, 9000),
      fitsBetter(8000, 8000, 1),
      fitsBetter(8000, undefined, 1),
      fitsBetter(undefined, 16_000, 9000),
    ]).toEqual([true, false, false, true]);
    expect(fitsBetter(undefined, 8000, 9000)).toBe(false);
  });

  it('a refusal of the request says that the target is well', () => {
    expect([signOf({ kind: 'filter' }), signOf({ kind: 'rate', retryAfter: 3 }), signOf({ kind: 'cancelled' })]).toEqual([
      good,
      { kind: 'rest', ms: 3000 },
      undefined,
    ]);
  });
});

describe('pauses', () => {
  it('grow to the cap and are never the same for all', () => {
    expect([0, 1, 2, 9].map((round) => backoff(round, RETRY, 1))).toEqual([200, 400, 800, 1000]);
    expect(backoff(1, RETRY, 0)).toBe(200);
  });

  it('are as long as the soonest target asks, within the client’s patience, and end with the rounds', () => {
    expect(pause(0, [3, 2], 0, RETRY, 0)).toBe(2000);
    expect(pause(0, [3, undefined], 0, RETRY, 0)).toBe(100);
    expect(pause(0, [6], 0, RETRY, 0)).toBeUndefined();
    expect(pause(0, [3], 2500, RETRY, 0)).toBeUndefined();
    expect(pause(2, [undefined], 0, RETRY, 0)).toBeUndefined();
    expect(pause(0, [], 0, RETRY, 0)).toBeUndefined();
  });

  it('a provider gets few retries beyond its share of requests', () => {
    const budget = new RetryBudget();
    let retries = 0;
    for (let request = 0; request < 1000; request++) {
      budget.earn('p', RETRY.share);
      if (budget.spend('p')) retries++;
    }
    expect(retries).toBeGreaterThanOrEqual(100);
    expect(retries).toBeLessThanOrEqual(115);
  });

  it('a turn gets its retries over all requests made for it', () => {
    const turns = new TurnRetries();
    expect([1, 2, 3, 4].map((at) => turns.spend('turn', 3, at))).toEqual([true, true, true, false]);
    expect([turns.spend('other', 3, 5), turns.spend('turn', 3, 11 * 60_000)]).toEqual([true, true]);
  });
});

it('a hedge waits for what is known to be slow for this very target', () => {
  const latencies = new Latencies();
  const settings = { enabled: true, factor: 2, leastMs: 100, share: 0.1 };
  expect(hedgeAfter(latencies.of('t'), settings)).toBeUndefined();
  for (let ms = 1; ms <= 100; ms++) latencies.add('t', ms * 10);
  expect(latencies.of('t')).toEqual({ p50: 690, p95: 970 });
  expect(hedgeAfter(latencies.of('t'), settings)).toBe(1940);
  expect(hedgeAfter({ p50: 1, p95: 2 }, settings)).toBe(100);
  expect(hedgeAfter(latencies.of('t'), { ...settings, enabled: false })).toBeUndefined();
});
