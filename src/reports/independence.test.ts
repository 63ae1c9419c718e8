import { describe, expect, it } from 'vitest';
import { concentrationOf } from './concentration.ts';
import { type IndependenceInput, independenceOf } from './independence.ts';
import type { Proof } from './schema.ts';
import { holdOf, type Slice } from './slices.ts';

const slice = (over: Partial<Slice> & { requests?: number; tokens?: number; money?: number; importance?: number }): Slice => {
  const { requests = 10, tokens = 1000, money = 100, importance = 1, ...rest } = over;
  const base = { team: 'core', task: 'review', provider: 'far', model: 'big', zone: 'vendor', hold: 'closed', undivided: 0 } as const;
  return { ...base, cost_nanos: 0, unpriced: 0, valued: requests, ...rest, amounts: { requests, tokens, money, tasks: 1, importance } };
};
const own = (over: Parameters<typeof slice>[0] = {}) => slice({ provider: 'box', model: 'small', zone: 'own', hold: 'own', ...over });

const proof = (over: Partial<Proof> = {}): Proof => ({
  candidate: 'box/small',
  reference: 'far/big',
  outcome: 'good enough',
  candidate_score: 0.9,
  reference_score: 0.92,
  at: 1,
  more: null,
  ...over,
});

const report = (slices: Slice[], over: Partial<IndependenceInput> = {}) =>
  independenceOf({
    from: 0,
    to: 86_400_000,
    now: 86_400_000,
    target: 0.8,
    whole: { exchanges: 20, tokens: 2000, cost_nanos: 0, unpriced: 0, baseline_nanos: 0, baselined: 20 },
    failed: { exchanges: 0, tokens: 0, cost_nanos: 0 },
    trials: { exchanges: 0, tokens: 0, cost_nanos: 0 },
    slices,
    days: { tokens: [], money: [] },
    proofs: new Map(),
    candidates: ['box/small'],
    estimated: 0,
    hasTasks: true,
    ...over,
  });

describe('independence', () => {
  it('who holds what answered', () => {
    expect(holdOf('own', 'anything-of-ours')).toBe('own');
    expect(holdOf('leased', 'qwen3-coder-30b-a3b-instruct')).toBe('leased');
    expect(holdOf('vendor', 'openai/gpt-oss-120b')).toBe('open_elsewhere');
    expect(holdOf('vendor', 'claude-opus-5')).toBe('closed');
    expect(holdOf('own', 'gpt-5.5')).toBe('closed');
    expect(holdOf('vendor', 'nobody-lists-this')).toBe('closed');
  });

  it('what is served, what is proven, what was tried in vain and what nobody looked at', () => {
    const proofs = new Map([
      ['review', [proof()]],
      ['testing', [proof({ outcome: 'not good enough' })]],
    ]);
    const found = report(
      [own(), slice({}), slice({ task: 'testing' }), slice({ task: 'bug_fix' }), slice({ zone: 'leased', hold: 'leased' })],
      {
        proofs,
      },
    );
    const tokens = Object.fromEntries(Object.entries(found.standings).map(([name, amounts]) => [name, amounts.tokens]));
    expect(tokens).toEqual({ served: 1000, leased: 1000, proven: 1000, none: 1000, unexamined: 1000 });
    expect(found.shares.tokens).toBe(0.2);
  });

  it('many tiny requests are told as such', () => {
    const tiny = own({ requests: 900, tokens: 900, money: 9, importance: 0.1 });
    const { warnings, shares } = report([tiny, slice({ requests: 100, tokens: 99_100, money: 991, importance: 1.9 })]);
    expect(shares.requests).toBe(0.9);
    expect(warnings[0]).toMatch(
      /answer 90% of the requests but only 0\.9% of the \w+: many of their requests are small \(1 tokens each, the others’ 991\)/,
    );
    expect(warnings[1]).toMatch(/do 50% of the tasks, but 5% when each counts by its importance/);
    expect(report([own(), slice({})]).warnings).toEqual([]);
    const cheap = report([own({ requests: 900, tokens: 63_000, money: 9 }), slice({ requests: 100, tokens: 7000, money: 991 })]).warnings;
    expect(cheap[0]).toMatch(/only 0\.9% of the money: what they answer is worth less/);
  });

  it('what is missing from a figure is said beside it', () => {
    const whole = { exchanges: 20, tokens: 2000, cost_nanos: 0, unpriced: 3, baseline_nanos: 0, baselined: 0 };
    const { warnings, shares, forecast } = report([own({ valued: 0, money: 0 })], { whole, estimated: 10, hasTasks: false });
    expect(shares).toMatchObject({ money: null, tasks: null, importance: null, tokens: 1 });
    expect(forecast.measure).toBe('tokens');
    expect(warnings.join('\n')).toMatch(
      /savings\.baseline[\s\S]*3 requests used tokens whose price[\s\S]*10 requests were counted here[\s\S]*Tasks were not counted/,
    );
  });

  it('next comes what is proven, then what costs most', () => {
    const proofs = new Map([['review', [proof()]]]);
    const cheap = slice({ cost_nanos: 1 });
    const dear = slice({ task: 'testing', cost_nanos: 100 });
    const { next } = report([cheap, dear, slice({ task: 'bug_fix', cost_nanos: 5, provider: 'near' })], { proofs });
    expect(next.map(({ task, standing }) => [task, standing])).toEqual([
      ['review', 'proven'],
      ['testing', 'unexamined'],
      ['bug_fix', 'unexamined'],
    ]);
    expect(next[0]).toMatchObject({ to: 'box/small', why: expect.stringContaining('90% against 92% of far/big') });
    expect(next[1]!.command).toContain('box/small');
    const rented = proof({ candidate: 'rented/large' });
    expect(report([cheap], { proofs: new Map([['review', [rented, proof()]]]) }).next[0]!.to).toBe('box/small');
    expect(report([cheap], { proofs: new Map([['review', [rented]]]) }).next[0]!.to).toBe('rented/large');
    expect(report([dear], { candidates: [] }).next[0]).toMatchObject({ to: null, command: expect.stringContaining('freehold pull') });
  });

  it('what was begun is nearer than what nobody looked at, and says how much is missing', () => {
    const begun = proof({ outcome: 'undecided', more: 40, candidate_score: 0.8 });
    const proofs = new Map([['testing', [proof({ outcome: 'not good enough', candidate: 'box/tiny' }), begun]]]);
    const { next, standings } = report([slice({ cost_nanos: 9 }), slice({ task: 'testing', cost_nanos: 1 })], { proofs });
    expect(standings.unexamined.tokens).toBe(2000);
    expect(next[0]).toMatchObject({
      task: 'testing',
      to: 'box/small',
      why: expect.stringMatching(/undecided so far: 80% against 92% of far\/big; about 40 more cases/),
      command: 'freehold eval run --models box/small --reference far/big --task testing --until-decided',
    });
  });

  it('how much hangs on how few', () => {
    expect(
      concentrationOf(
        new Map([
          ['a', 5],
          ['b', 5],
          ['c', 0],
        ]),
      ),
    ).toMatchObject({ hhi: 0.5, effective: 2, suppliers: [{ name: 'a', share: 0.5 }, { name: 'b' }] });
    expect(concentrationOf(new Map([['a', 7]]))).toMatchObject({ hhi: 1, effective: 1 });
    expect(concentrationOf(new Map())).toEqual({ suppliers: [], hhi: null, effective: null });
  });
});
