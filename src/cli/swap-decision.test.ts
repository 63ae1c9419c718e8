import { describe, expect, it } from 'vitest';
import { besides, decide, type Known } from './swap-decision.ts';

const known = (task: Known['task'], outcome: Known['outcome'], more: Partial<Known> = {}): Known => ({
  task,
  outcome,
  reason: 'Because.',
  ...more,
});

describe('which work is swapped', () => {
  const all = [
    known('documentation', 'good enough', { certificate: 'c1' }),
    known('review', 'not good enough', { certificate: 'c2' }),
    known('testing', 'undecided', { more: 120 }),
    known('agent_run', 'no cases'),
    known('bug_fix', 'not decidable with this budget'),
  ];

  it('is that which is proven; the rest stays, each with its mend', () => {
    const { swapped, stays, certificates } = decide(all, {});
    expect([swapped, certificates]).toEqual([['documentation'], ['c1']]);
    expect(Object.fromEntries(stays.map(({ task, why }) => [task, why]))).toEqual({
      review: 'Because. --force swaps all the same',
      testing: expect.stringContaining('About 120 more cases'),
      agent_run: expect.stringContaining('Add cases of it to a suite'),
      bug_fix: expect.stringContaining('More cases may decide it'),
    });
  });

  it('is also what somebody answers for; a proof against it only by force', () => {
    expect(decide(all, { acceptUndecided: true }).swapped).toEqual(['documentation', 'testing', 'agent_run', 'bug_fix']);
    const forced = decide(all, { force: true });
    expect([forced.swapped.length, forced.stays, forced.certificates]).toEqual([5, [], ['c1']]);
  });
});

describe('a certificate that stands', () => {
  const certificate = { id: 'c', outcome: 'good enough' as const, reference: 'cloud/large', margin: { keep: 0.95 }, version: 'w1', at: 1 };
  const asked = { from: 'cloud/large', margin: undefined, version: 'w1' };

  it('answers the question it was made for', () => {
    expect(besides(certificate, asked)).toBeUndefined();
    expect(besides(certificate, { ...asked, margin: { keep: 0.95 } })).toBeUndefined();
    expect(besides({ ...certificate, version: null }, asked)).toBeUndefined();
    expect(besides(certificate, { ...asked, version: undefined })).toBeUndefined();
  });

  it('and no other: another model, another margin, other weights', () => {
    expect(besides(certificate, { ...asked, from: 'cloud/other' })).toBe('it was compared with cloud/large');
    expect(besides(certificate, { ...asked, margin: { lose: 0.05 } })).toBe('another margin was asked for');
    expect(besides(certificate, { ...asked, version: 'w2' })).toBe('the weights were others');
  });
});
