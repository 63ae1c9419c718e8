import { expect, it } from 'vitest';
import { explain } from './explain.ts';
import { type PlanInput, plan } from './plan.ts';

const INPUT: PlanInput = {
  work: { importance: 1, unsure: false, size: 1000, answer: 500, needs: { tools: false, vision: false, json: false } },
  mode: 'cheapest-good-enough',
  weights: { worth: 1e8, second: 1e5 },
  contenders: [
    { address: 'box/small', zone: 'own', health: 'closed', belief: { mean: 0.79, weight: 400 }, costNanos: 0, latencyMs: 1000 },
    { address: 'v/big', zone: 'vendor', health: 'closed', belief: { mean: 0.82, weight: 400 }, costNanos: 9e6, latencyMs: 1000 },
    { address: 'v/ill', zone: 'vendor', health: 'open', belief: { mean: 0.9, weight: 400 }, costNanos: 9e6, latencyMs: 1000 },
  ],
};

it('tells of every target what became of it', () => {
  const { chosen, verdicts } = explain(INPUT);
  expect(chosen).toBe('box/small');
  expect(verdicts.map(({ address, place, gate }) => [address, place, gate])).toEqual([
    ['box/small', 1, undefined],
    ['v/big', 2, undefined],
    ['v/ill', undefined, 'health'],
  ]);
});

it('and the smallest change of each figure that has another answer, which is true', () => {
  const { flips } = explain(INPUT);
  expect(flips.map(({ what, of, winner }) => [what, of, winner])).toEqual(
    expect.arrayContaining([
      ['importance', undefined, 'v/big'],
      ['success', 'box/small', 'v/big'],
      ['success', 'v/big', 'v/big'],
      ['price', 'box/small', 'v/big'],
    ]),
  );
  const { to } = flips.find(({ what }) => what === 'importance')!;
  const at = (importance: number) => plan({ ...INPUT, work: { ...INPUT.work, importance } }).steps[0]?.address;
  expect([at(to * 0.999), at(to * 1.001)]).toEqual(['box/small', 'v/big']);
});

it('a conversation that stays says where a new one would go', () => {
  const { chosen, otherwise, flips } = explain({ ...INPUT, incumbent: 'v/big' });
  expect([chosen, otherwise, flips]).toEqual(['v/big', 'box/small', []]);
});

it('where nobody may answer, that is all there is to say', () => {
  const { chosen, verdicts } = explain({ ...INPUT, contenders: [INPUT.contenders[2]!] });
  expect([chosen, verdicts.length]).toEqual([undefined, 1]);
});
