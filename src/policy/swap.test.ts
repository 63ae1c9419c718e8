import { describe, expect, it } from 'vitest';
import { type Affected, after, holds, type Swap } from './swap.ts';

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
  shadow: false,
  created_at: 0,
  changed_at: 0,
  history: [],
};

describe('a swap', () => {
  it.each([
    ['the share of conversations that a canary has', {}, { chance: 0.2 }, true],
    ['not the others', {}, { chance: 0.3 }, false],
    ['all of them once it is full', { state: 'full' }, { chance: 0.99 }, true],
    ['no other class of work', { state: 'full' }, { task: 'review' }, false],
    ['every class where it names none', { state: 'full', tasks: null }, { task: 'review' }, true],
    ['nothing before it is approved', { state: 'waiting' }, {}, false],
    ['nothing once it was rolled back', { state: 'rolled-back' }, { swap: 's1' }, false],
    ['no conversation that is with the old model', { state: 'full' }, { model: 'vendor/large' }, false],
    ['none that had begun before', { state: 'full' }, { isOlder: true }, false],
    ['every turn of one that it has', { share: 0.1 }, { chance: 0.9, swap: 's1', model: 'own/small' }, true],
  ] as const)('takes %s', (_, change, conversation, expected) => {
    const affected: Affected = { task: 'documentation', chance: 0, isOlder: false, ...conversation };
    expect(holds({ ...SWAP, ...change } as Swap, affected)).toBe(expected);
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
