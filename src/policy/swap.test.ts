import { describe, expect, it } from 'vitest';
import { after, type Swap, swapped } from './swap.ts';

const SWAP: Swap = {
  version: 1,
  id: 's1',
  from: 'vendor/large',
  to: 'own/small',
  tasks: ['documentation'],
  state: 'canary',
  share: 0.25,
  certificates: [],
  steps: [],
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
    expect(swapped([{ ...SWAP, ...change } as Swap], 'vendor/large', task, chance)?.to).toBe(to);
    expect(swapped([{ ...SWAP, ...change } as Swap], 'vendor/other', task, chance)).toBeUndefined();
  });
});

describe('what may be done with a swap', () => {
  const WORD = { at: 7, by: 'admin', why: 'said so' };
  const STEPS = [0.05, 0.25].map((share) => ({ share, exchanges: 10, minutes: 0 }));

  it.each([
    ['approved, it begins', { state: 'waiting' }, 'approve', 'canary', 0.25],
    ['approved, it begins with its first step', { state: 'waiting', steps: STEPS }, 'approve', 'canary', 0.05],
    ['asked for as a whole, it begins as a whole', { state: 'waiting', share: 1 }, 'approve', 'full', 1],
    ['promoted, it takes the next step', { share: 0.05, steps: STEPS }, 'promote', 'canary', 0.25],
    ['promoted behind its last step, it is full', { share: 0.25, steps: STEPS }, 'promote', 'full', 1],
    ['promoted without steps, it is full', {}, 'promote', 'full', 1],
    ['rolled back, it begins anew', { state: 'rolled-back', share: 0.25, steps: STEPS }, 'promote', 'canary', 0.05],
    ['undone', { state: 'full', share: 1 }, 'undo', 'undone', 1],
    ['rolled back', { state: 'full', share: 1 }, 'rollback', 'rolled-back', 1],
  ] as const)('%s', (_, change, deed, state, share) => {
    const changed = after({ ...SWAP, ...change } as Swap, deed, WORD);
    expect(changed).toMatchObject({ state, share, changed_at: 7 });
    expect(changed?.history.at(-1)).toEqual({ ...WORD, state, share });
  });

  it.each([
    ['approve', 'canary'],
    ['promote', 'full'],
    ['promote', 'undone'],
    ['rollback', 'waiting'],
    ['undo', 'undone'],
  ] as const)('not to %s what is %s', (deed, state) => {
    expect(after({ ...SWAP, state }, deed, WORD)).toBeUndefined();
  });
});
