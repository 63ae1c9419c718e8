import { describe, expect, it } from 'vitest';
import { type Swap, swapped } from './swap.ts';

const SWAP: Swap = {
  version: 1,
  id: 's1',
  from: 'vendor/large',
  to: 'own/small',
  tasks: ['documentation'],
  state: 'canary',
  share: 0.25,
  certificates: [],
  created_at: 0,
  changed_at: 0,
  history: [],
};

describe('a swap', () => {
  it.each([
    ['the share of conversations that a canary has', {}, 'documentation', 0.2, 'own/small'],
    ['not the others', {}, 'documentation', 0.3, undefined],
    ['all of them once it is full', { state: 'full' }, 'documentation', 0.99, 'own/small'],
    ['no other class of work', { state: 'full' }, 'review', 0, undefined],
    ['every class where it names none', { state: 'full', tasks: null }, 'review', 0, 'own/small'],
    ['nothing before it is approved', { state: 'waiting' }, 'documentation', 0, undefined],
    ['nothing once it was rolled back', { state: 'rolled-back' }, 'documentation', 0, undefined],
  ] as const)('takes %s', (_, change, task, chance, to) => {
    expect(swapped([{ ...SWAP, ...change } as Swap], 'vendor/large', task, chance)).toBe(to);
    expect(swapped([{ ...SWAP, ...change } as Swap], 'vendor/other', task, chance)).toBeUndefined();
  });
});
