import { describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import { type Contender, type PlanInput, plan, type Replacement } from './plan.ts';

const contender = (address: string, more: Partial<Contender> = {}): Contender => ({
  address,
  zone: 'vendor',
  health: 'closed',
  belief: { mean: 0.8, weight: 400 },
  costNanos: 1_000_000,
  latencyMs: 1000,
  ...more,
});
const OLD = contender('v/old');
const NEW = contender('box/new', { standsIn: true, belief: { mean: 0.3, weight: 4 } });
const NEWER = contender('box/newer', { standsIn: true });
const SWAP: Replacement = { swap: 's1', from: 'v/old', to: 'box/new' };
const NEXT: Replacement = { swap: 's2', from: 'box/new', to: 'box/newer' };
const input = (more: Partial<PlanInput>): PlanInput => ({
  work: { importance: 1, unsure: false, size: 1000, answer: 500, needs: { tools: true, vision: false, json: false } },
  mode: 'best',
  weights: { worth: 1, second: 1 },
  contenders: [OLD, NEW, NEWER],
  ...more,
});
const order = (more: Partial<PlanInput>) => plan(input(more)).steps.map(({ address }) => address);

describe('a plan with swaps', () => {
  it.each([
    ['a model that stands in competes with nobody', {}, ['v/old']],
    ['it takes the place of the first, which stays behind it', { swaps: [SWAP] }, ['box/new', 'v/old']],
    ['swaps are followed one after the other', { swaps: [NEXT, SWAP] }, ['box/newer', 'v/old']],
    [
      'not for whoever is not first',
      { swaps: [SWAP], contenders: [OLD, NEW, contender('v/top', { belief: { mean: 0.9, weight: 400 } })] },
      ['v/top', 'v/old'],
    ],
    ['not where it cannot do what is asked', { swaps: [SWAP], contenders: [OLD, { ...NEW, tools: false }] }, ['v/old']],
    ['not where it may not go', { swaps: [SWAP], contenders: [OLD, { ...NEW, barred: { gate: 'zone', why: 'too far' } }] }, ['v/old']],
    ['not while it is ill', { swaps: [SWAP], contenders: [OLD, { ...NEW, health: 'open' }] }, ['v/old']],
    ['not while nobody serves it', { swaps: [SWAP], contenders: [OLD] }, ['v/old']],
    ['as far as the chain goes', { swaps: [SWAP, NEXT], contenders: [OLD, NEW, { ...NEWER, health: 'open' }] }, ['box/new', 'v/old']],
    [
      'for a name whose only model may not answer',
      { swaps: [SWAP], named: 'v/old', contenders: [{ ...OLD, barred: { gate: 'zone', why: 'too far' } }, NEW] },
      ['box/new'],
    ],
    ['a rule that names the old model is followed', { swaps: [SWAP], fixed: { rule: 'r', order: ['v/old'] } }, ['box/new', 'v/old']],
    ['a circle ends', { swaps: [SWAP, { swap: 's3', from: 'box/new', to: 'v/old' }] }, ['v/old']],
  ] as const)('%s', (_, more, expected) => {
    expect(order(more as Partial<PlanInput>)).toEqual(expected);
  });

  it('says by which swap, and why one does not hold', () => {
    expect(plan(input({ swaps: [SWAP, NEXT] })).swap).toEqual({ swap: 's2', from: 'v/old', to: 'box/newer' });
    const barred = plan(input({ swaps: [SWAP], contenders: [OLD, { ...NEW, tools: false }] }));
    expect(barred.swap).toBeUndefined();
    expect(barred.steps[0]?.reason).toMatch(/^swap s1 does not hold here: box\/new: it cannot do tools; /);
    expect(barred.excluded).toEqual([{ address: 'box/new', gate: 'abilities', why: 'it cannot do tools' }]);
  });

  it('is explained from what was recorded', () => {
    const { chosen, verdicts } = explain(JSON.parse(JSON.stringify(input({ swaps: [SWAP] }))));
    expect([chosen, verdicts.map(({ address }) => address)]).toEqual(['box/new', ['box/new', 'v/old']]);
  });
});
