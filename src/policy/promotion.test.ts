import { describe, expect, it } from 'vitest';
import { due, type Progress } from './promotion.ts';
import type { Swap } from './swap.ts';

const HOUR = 3_600_000;
const STEP = { share: 0.05, exchanges: 10, minutes: 60 };
const SWAP: Swap = {
  version: 1,
  id: 's1',
  from: 'vendor/large',
  to: 'own/small',
  tasks: ['documentation'],
  state: 'canary',
  share: 0.05,
  certificates: [],
  steps: [STEP],
  shadow: false,
  created_at: 0,
  changed_at: 0,
  history: [{ at: 0, state: 'rolled-back', share: 0.05, by: 'freehold', why: 'it was slow' }],
};

describe('what is due with a swap', () => {
  it.each([
    ['a canary goes on when enough was seen for long enough', {}, { exchanges: 10 }, HOUR, 'promote'],
    ['not sooner', {}, { exchanges: 10 }, HOUR - 1, undefined],
    ['not with less', {}, { exchanges: 9 }, HOUR, undefined],
    ['an alarm takes it back at once', {}, { alarm: 'it fails' }, 1, 'rollback'],
    ['also when it is full', { state: 'full' }, { alarm: 'it fails' }, 1, 'rollback'],
    ['and so does a certificate that no longer counts', { state: 'full' }, { withdrawn: 'it has fallen' }, 1, 'rollback'],
    ['a share that a person chose stays', { steps: [] }, { exchanges: 1e6 }, 1e3 * HOUR, undefined],
    ['what was rolled back stays so', { state: 'rolled-back' }, { exchanges: 1e6 }, 1e3 * HOUR, undefined],
    ['until it is proven anew', { state: 'rolled-back' }, { isProvenAnew: true }, 1, 'promote'],
    [
      'not what a person rolled back',
      { state: 'rolled-back', history: [{ ...SWAP.history[0], by: 'admin' }] },
      { isProvenAnew: true },
      1,
      undefined,
    ],
    ['what a person took back stays so', { state: 'undone' }, { isProvenAnew: true }, 1, undefined],
    ['what waits for a person waits', { state: 'waiting' }, { exchanges: 1e6, alarm: 'x' }, 1e3 * HOUR, undefined],
  ] as const)('%s', (_, change, progress, now, deed) => {
    const known: Progress = { exchanges: 0, isProvenAnew: false, ...progress };
    expect(due({ ...SWAP, ...change } as Swap, known, false, now)?.deed).toBe(deed);
  });

  it('waits for a person where one is to approve', () => {
    const known = { exchanges: 0, isProvenAnew: true };
    expect(due({ ...SWAP, state: 'rolled-back' }, known, true, 1)?.deed).toBe('wait');
  });
});
