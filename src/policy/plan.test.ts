import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Contender, MODES, type PlanInput, plan } from './plan.ts';

const WEIGHTS = { worth: 100_000_000, second: 100_000 };
const WORK = { importance: 1, unsure: false, size: 1000, answer: 500, needs: { tools: false, vision: false, json: false } };
const one = (address: string, more: Partial<Contender> = {}): Contender => ({
  address,
  zone: 'vendor',
  health: 'closed',
  belief: { mean: 0.8, weight: 400 },
  costNanos: 1_000_000,
  latencyMs: 1000,
  ...more,
});
const OWN = one('box/small', { zone: 'own', costNanos: 0, belief: { mean: 0.79, weight: 400 } });
const WEAK = one('box/tiny', { zone: 'own', costNanos: 0, belief: { mean: 0.5, weight: 400 } });
const BIG = one('v/big', { costNanos: 9_000_000, belief: { mean: 0.82, weight: 400 } });
const order = (more: Partial<PlanInput>) =>
  plan({ work: WORK, mode: 'cheapest-good-enough', weights: WEIGHTS, contenders: [BIG, WEAK, OWN], ...more }).steps.map(
    ({ address }) => address,
  );

describe('the order', () => {
  it.each([
    ['the cheapest that is good enough, then what is better', {}, ['box/small', 'v/big', 'box/tiny']],
    ['importance raises the bar', { work: { ...WORK, importance: 10 } }, ['v/big', 'box/small', 'box/tiny']],
    ['who is unsure goes up', { work: { ...WORK, importance: 3, unsure: true } }, ['v/big', 'box/small', 'box/tiny']],
    ['own first', { mode: 'own-first', contenders: [one('v/free', { costNanos: 0 }), OWN, BIG] }, ['box/small', 'v/free', 'v/big']],
    ['the best, whatever it costs', { mode: 'best' }, ['v/big', 'box/small', 'box/tiny']],
    [
      'balanced weighs all three',
      { mode: 'balanced', contenders: [BIG, OWN, one('v/slow', { latencyMs: 600_000 })] },
      ['box/small', 'v/big', 'v/slow'],
    ],
    [
      'a verdict counts before belief',
      { contenders: [{ ...OWN, verdict: 'not-good-enough' }, { ...WEAK, verdict: 'good-enough' }, BIG] },
      ['box/tiny', 'v/big', 'box/small'],
    ],
    ['what has no price is the dearest', { contenders: [one('v/unknown', { costNanos: undefined }), BIG] }, ['v/big', 'v/unknown']],
    [
      'a newcomer of whom little is known is not taken for good',
      { contenders: [one('v/new', { costNanos: 1, belief: { mean: 0.82, weight: 4 } }), BIG] },
      ['v/big', 'v/new'],
    ],
    ['a conversation stays', { incumbent: 'v/big' }, ['v/big', 'box/small', 'box/tiny']],
    ['and moves up for cause', { incumbent: 'box/small', moveUp: 'its tests failed' }, ['v/big', 'box/small', 'box/tiny']],
    ['the best stays, though it failed', { incumbent: 'v/big', moveUp: 'its tests failed' }, ['v/big', 'box/small', 'box/tiny']],
    ['at a border between tasks it may go down', { incumbent: 'v/big', border: true }, ['box/small', 'v/big', 'box/tiny']],
    [
      'who cannot stay goes no lower',
      { incumbent: 'v/mid', contenders: [OWN, one('v/mid', { window: 10, belief: { mean: 0.8, weight: 400 } }), BIG] },
      ['v/big', 'box/small'],
    ],
    ['a rule has its own order and no others', { fixed: { rule: 'r', order: ['box/tiny', 'v/big'] } }, ['box/tiny', 'v/big']],
    [
      'and within it a conversation moves up',
      { fixed: { rule: 'r', order: ['box/tiny', 'v/big'] }, incumbent: 'box/tiny', moveUp: 'its tests failed' },
      ['v/big', 'box/tiny'],
    ],
    ['who did not answer comes last', { contenders: [{ ...OWN, ailing: true }, BIG] }, ['v/big', 'box/small']],
    [
      'own first gives a model at home the benefit of the doubt',
      { mode: 'own-first', contenders: [one('box/new', { zone: 'own', costNanos: 0, belief: { mean: 0.5, weight: 2 } }), BIG] },
      ['box/new', 'v/big'],
    ],
    ['equals keep the order of the configuration', { contenders: [one('a', { rank: 1 }), one('b', { rank: 0 })] }, ['b', 'a']],
  ] as [string, Partial<PlanInput>, string[]][])('%s', (_, more, addresses) => {
    expect(order(more)).toEqual(addresses);
  });
});

describe('gates', () => {
  it.each([
    [{ vision: false }, { needs: { ...WORK.needs, vision: true } }, 'abilities'],
    [{ window: 1500 }, {}, 'window'],
    [{ health: 'open' }, {}, 'health'],
    [{ barred: { gate: 'budget', why: 'spent' } }, {}, 'budget'],
  ] as [Partial<Contender>, object, string][])('%j with %j is stopped by %s', (more, work, gate) => {
    const { steps, excluded } = plan({
      work: { ...WORK, ...work },
      mode: 'best',
      weights: WEIGHTS,
      contenders: [one('a', more), one('b')],
    });
    expect([steps.map(({ address }) => address), excluded.map((out) => [out.address, out.gate])]).toEqual([['b'], [['a', gate]]]);
  });

  it('what nobody knows does not bar', () => {
    expect(order({ work: { ...WORK, size: 1e6, needs: { tools: true, vision: true, json: true } } })).toHaveLength(3);
  });
});

const contender = fc.record({
  address: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
  zone: fc.constantFrom('own', 'leased', 'vendor'),
  window: fc.option(fc.integer({ min: 100, max: 100_000 }), { nil: undefined }),
  tools: fc.option(fc.boolean(), { nil: undefined }),
  vision: fc.option(fc.boolean(), { nil: undefined }),
  json: fc.option(fc.boolean(), { nil: undefined }),
  health: fc.constantFrom('closed', 'probing', 'open'),
  ailing: fc.boolean(),
  rank: fc.integer({ min: 0, max: 3 }),
  barred: fc.option(fc.constant({ gate: 'budget', why: 'spent' } as const), { nil: undefined }),
  belief: fc.record({ mean: fc.double({ min: 0, max: 1, noNaN: true }), weight: fc.integer({ min: 0, max: 1000 }) }),
  verdict: fc.constantFrom('good-enough', 'not-good-enough', undefined),
  costNanos: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
  latencyMs: fc.integer({ min: 0, max: 60_000 }),
}) as fc.Arbitrary<Contender>;
const world = fc.record({
  work: fc.record({
    importance: fc.double({ min: 1, max: 10, noNaN: true }),
    unsure: fc.boolean(),
    size: fc.integer({ min: 0, max: 100_000 }),
    answer: fc.integer({ min: 0, max: 10_000 }),
    needs: fc.record({ tools: fc.boolean(), vision: fc.boolean(), json: fc.boolean() }),
  }),
  mode: fc.constantFrom(...MODES),
  weights: fc.constant(WEIGHTS),
  contenders: fc.uniqueArray(contender, { selector: ({ address }) => address }),
  incumbent: fc.constantFrom('a', 'z', undefined),
  moveUp: fc.constantFrom('cause', undefined),
  border: fc.boolean(),
  fixed: fc.constantFrom(undefined, undefined, { rule: 'r', order: ['b', 'a', 'e'] }),
}) as fc.Arbitrary<PlanInput>;

describe('every plan', () => {
  it('holds only what passes the gates, and accounts for every contender once', () => {
    fc.assert(
      fc.property(world, (input) => {
        const { steps, excluded } = plan(input);
        expect([...steps, ...excluded].map(({ address }) => address).sort()).toEqual(input.contenders.map(({ address }) => address).sort());
        for (const { address } of steps) {
          const { window = Number.POSITIVE_INFINITY, barred, health, ...able } = input.contenders.find((c) => c.address === address)!;
          expect(barred).toBeUndefined();
          expect(health).not.toBe('open');
          expect(input.work.size + input.work.answer).toBeLessThanOrEqual(window);
          for (const need of ['tools', 'vision', 'json'] as const) if (input.work.needs[need]) expect(able[need]).not.toBe(false);
        }
      }),
    );
  });

  it('never goes down from where the conversation is, unless the task is over or a gate says so', () => {
    fc.assert(
      fc.property(world, (input) => {
        const [first] = plan({ ...input, border: false, fixed: undefined }).steps;
        const stay = input.contenders.find(({ address }) => address === input.incumbent);
        const is = input.contenders.find(({ address }) => address === first?.address);
        const passed = plan(input).excluded.every(({ address }) => address !== input.incumbent);
        if (stay && is && passed && !stay.ailing) expect(is.belief.mean).toBeGreaterThanOrEqual(stay.belief.mean);
      }),
    );
  });

  it('is the same for the same input, in whatever order the contenders come', () => {
    fc.assert(
      fc.property(world, fc.nat(), (input, turn) => {
        const at = input.contenders.length ? turn % input.contenders.length : 0;
        const turned = [...input.contenders.slice(at), ...input.contenders.slice(0, at)].reverse();
        expect(plan({ ...input, contenders: turned }).steps).toEqual(plan(input).steps);
      }),
    );
  });
});
