import { describe, expect, test } from 'vitest';
import type { Task } from '../tasks/task.ts';
import type { AttemptRecord, ExchangeRecord } from './record.ts';
import { toRow } from './row.ts';
import { Families } from './user-agent.ts';

const attempt = (over: Partial<AttemptRecord> = {}): AttemptRecord => ({ provider: 'box', model: 'small', zone: 'own', ...over });

const exchange = (over: Partial<ExchangeRecord> = {}): ExchangeRecord => ({
  id: 'a1',
  at: 1000,
  dialect: 'chat',
  asked: 'auto',
  stream: true,
  attempts: [attempt()],
  status: 200,
  outcome: 'ok',
  notes: [],
  totalMs: 12.5,
  ...over,
});

describe('an exchange as a row', () => {
  test('who, where and how long', () => {
    const caller = { id: 'key-1', name: 'CI', team: 'core' };
    const task = { class: 'review', complexity: 0.5, importance: 3 } as Task;
    const row = toRow(
      exchange({ caller, task, session: 's1', client: 'tool', repository: 'r', ceiling: 'leased', firstTokenMs: 3, overheadMs: 0.2 }),
      'node-1',
    );
    expect(row).toMatchObject({
      id: 'a1',
      at: 1000,
      node: 'node-1',
      key: 'key-1',
      team: 'core',
      project: null,
      client: 'tool',
      session: 's1',
      task: 'review',
      complexity: 0.5,
      importance: 3,
      plan: null,
      repository: 'r',
      ceiling: 'leased',
      provider: 'box',
      model: 'small',
      zone: 'own',
      stream: 1,
      outcome: 'ok',
      outcome_class: 'ok',
      first_token_ms: 3,
      total_ms: 12.5,
      overhead_ms: 0.2,
      partial: 0,
      notes: null,
      findings: null,
    });
  });

  test('tokens, bytes and money of all attempts together; the last one tells where it went', () => {
    const first = attempt({
      provider: 'far',
      zone: 'vendor',
      error: 'truncated',
      usage: { input: 10, output: 2 },
      costNanos: 70,
      bytesOut: 100,
      estimated: true,
    });
    const second = attempt({ usage: { input: 11, output: 5, cacheRead: 4 }, costNanos: 0, bytesOut: 90, bytesIn: 7 });
    expect(toRow(exchange({ attempts: [first, second] }), 'n')).toMatchObject({
      provider: 'box',
      zone: 'own',
      input_tokens: 21,
      output_tokens: 7,
      cache_read_tokens: 4,
      reasoning_tokens: null,
      cost_nanos: 70,
      bytes_out: 190,
      bytes_in: 7,
      estimated: 1,
    });
  });

  test('one unknown price makes the cost unknown, never smaller; no attempt costs nothing', () => {
    const priced = attempt({ costNanos: 70 });
    expect(toRow(exchange({ attempts: [priced, attempt({ unpriced: true, usage: { input: 1 } })] }), 'n').cost_nanos).toBeNull();
    expect(toRow(exchange({ attempts: [], outcome: 'auth', status: 401 }), 'n')).toMatchObject({
      cost_nanos: 0,
      provider: null,
      outcome_class: 'client',
    });
  });

  test('what was paid for nothing: all but the attempt that answered', () => {
    const failed = attempt({ error: 'truncated', costNanos: 30 });
    const waste = (over: Partial<ExchangeRecord>) => toRow(exchange(over), 'n').wasted_nanos;
    expect(waste({ attempts: [failed, attempt({ costNanos: 70 })] })).toBe(30);
    expect(waste({ attempts: [failed, attempt({ costNanos: 70 }), attempt({ error: 'cancelled', costNanos: 5 })] })).toBe(35);
    expect(waste({ attempts: [failed], outcome: 'truncated' })).toBe(30);
    expect(waste({ attempts: [attempt({ costNanos: 70 })] })).toBe(0);
    expect(waste({ attempts: [attempt({ unpriced: true })], outcome: 'truncated' })).toBeNull();
    expect(toRow(exchange(), 'n', 9)).toMatchObject({ baseline_nanos: 9 });
    const decision = { input: { moveUp: 'tests failed' }, plan: {} } as unknown as ExchangeRecord['decision'];
    expect([toRow(exchange({ decision }), 'n').escalated, toRow(exchange(), 'n').escalated]).toEqual([1, 0]);
    expect(toRow(exchange(), 'n').baseline_nanos).toBeNull();
  });

  test('an answer that broke off after content is partial', () => {
    const cut = toRow(exchange({ outcome: 'truncated', firstTokenMs: 5 }), 'n');
    expect(cut).toMatchObject({ partial: 1, outcome_class: 'provider' });
    expect(toRow(exchange({ outcome: 'timeout' }), 'n').partial).toBe(0);
    expect(toRow(exchange({ outcome: 'cancelled', firstTokenMs: 5 }), 'n')).toMatchObject({ partial: 1, outcome_class: 'cancelled' });
  });

  test('what clients choose is kept short and storable', () => {
    const note = { path: 'x', action: 'dropped', why: 'y' } as const;
    const row = toRow(exchange({ asked: `a\0${'b'.repeat(9999)}`, notes: Array.from({ length: 5000 }, () => note) }), 'n');
    expect(row.asked).toHaveLength(199);
    expect(JSON.parse(row.notes!)).toHaveLength(100);
  });
});

describe('families of tools', () => {
  test('by the first product, without version; their number is bounded', () => {
    const families = new Families();
    expect(families.of('claude-cli/2.0.1 (external, cli)')).toBe('claude-cli');
    expect(families.of('Mozilla/5.0 (X11; Linux) Gecko')).toBe('mozilla');
    expect(families.of('python-httpx/0.27')).toBe('python-httpx');
    expect(families.of('<script>/1')).toBe('-script-');
    expect(families.of(undefined)).toBeUndefined();
    expect(families.of('  (odd)')).toBeUndefined();
    for (let index = 0; index < 1000; index++) families.of(`invented-${index}/1`);
    expect(families.of('one-more/1')).toBe('other');
    expect(families.of('claude-cli/3')).toBe('claude-cli');
  });
});
