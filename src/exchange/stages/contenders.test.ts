import { describe, expect, it } from 'vitest';
import { TASKS, type Task } from '../../tasks/task.ts';
import type { Candidate } from '../ports.ts';
import { addressOf, answerOf, contendersOf, type Knowledge } from './contenders.ts';
import { admission, candidates, conversation } from './fixtures/decisions.ts';

const TASK: Task = {
  class: 'review',
  probabilities: TASKS.map((name) => (name === 'review' ? 0.6 : name === 'testing' ? 0.4 : 0)),
  unsure: false,
  complexity: 0.5,
  size: 10_000,
  needs: { tools: false, vision: false, json: false, longContext: false },
  importance: 1,
  evidence: [],
};
const KNOWN: Knowledge = {
  health: () => 'closed',
  belief: (_, task) => (task === 'review' ? { mean: 0.8, weight: 10 } : { mean: 0.3, weight: 20 }),
  latency: (_, tokens, alone) => tokens * (alone ? 2 : 1),
  verdict: () => undefined,
  spent: () => undefined,
  unlicensed: () => undefined,
};
const THREE = candidates(3);
const ASKING: Parameters<typeof contendersOf>[1] = { task: TASK, answer: 1000, cached: undefined, caller: undefined };
const seen = (more: Partial<typeof ASKING> = {}, known: Partial<Knowledge> = {}, all: Candidate[] = THREE) =>
  contendersOf(admission('x', conversation(1, 1, 100), all), { ...ASKING, ...more }, { ...KNOWN, ...known });

describe('a target', () => {
  it('comes with what is proven of it, where the class of the work is known', () => {
    const verdict = (address: string, task: string) =>
      address === addressOf(THREE[1]!) && task === TASK.class ? ('good-enough' as const) : undefined;
    const proven = (task: typeof TASK) => seen({ task }, { verdict }).map((one) => one.verdict);
    expect(proven(TASK)).toEqual(THREE.map((one) => verdict(addressOf(one), TASK.class)));
    expect(proven(TASK)).toContain('good-enough');
    expect(proven({ ...TASK, unsure: true })).toEqual([undefined, undefined, undefined]);
  });

  it('costs less where the conversation lies in its cache, and nothing on own hardware', () => {
    const [own, leased] = seen();
    const [, cached] = seen({ cached: { model: addressOf(THREE[1]!), tokens: 8000 } });
    // The second of the fixtures costs $2 a million tokens read, $0.2 from the cache, $10 written.
    expect([own!.costNanos, leased!.costNanos, cached!.costNanos]).toEqual([0, 30_000_000, 15_600_000]);
  });

  it('is expected to do as well as at all the classes that the work may be, when nobody is sure', () => {
    expect(seen()[0]!.belief).toEqual({ mean: 0.8, weight: 10 });
    expect(seen({ task: { ...TASK, unsure: true } })[0]!.belief).toEqual({ mean: 0.6, weight: 14 });
  });

  it('that must be loaded in place of another takes longer', () => {
    const [one, two] = THREE.map((candidate) => ({ ...candidate, provider: 'box' }));
    const loaded = { ...one!, target: { ...one!.target, loaded: 32_000 } };
    expect(seen({}, {}, [loaded, two!]).map(({ latencyMs }) => latencyMs)).toEqual([2000, 16_000]);
  });

  it('whose weights may not be run here is barred at home, not where somebody sells it', () => {
    const barred = seen({}, { unlicensed: () => 'research only' }).map(({ barred }) => barred?.gate);
    expect(barred).toEqual(THREE.map(({ zone }) => (zone === 'vendor' ? undefined : 'licence')));
  });

  it('that other stages took away, or that no budget pays, says so', () => {
    const asked = admission('x', conversation(1, 1, 100), THREE);
    asked.plan = [THREE[1]!];
    asked.ceiling = 'leased';
    asked.record.ceilingRule = 'rule "secret"';
    const barred = contendersOf(asked, ASKING, {
      ...KNOWN,
      spent: () => ({ account: 'key:a', unit: 'nanos', period: 'day', amount: 1, breach: 'block' }),
    });
    expect(barred.map((one) => [one.barred?.gate, one.barred?.why])).toEqual([
      ['access', expect.any(String)],
      ['budget', 'the budget of key:a a day is used up'],
      ['zone', 'this request may go as far as "leased" (rule "secret")'],
    ]);
  });
});

it('hard work takes a longer answer, as far as the request allows', () => {
  expect([answerOf({ complexity: 0 }), answerOf({ complexity: 1 }), answerOf({ complexity: 1 }, 50)]).toEqual([300, 3300, 50]);
});
