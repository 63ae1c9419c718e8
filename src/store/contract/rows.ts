import { randomUUID } from 'node:crypto';
import type { ExchangeRow } from '../ports.ts';

/** 2026-10-01T00:00Z. */
export const EPOCH = 1_790_812_800_000;

/** A row as the gateway makes them, with what a test cares about replaced. */
export function exchangeRow(over: Partial<ExchangeRow> = {}): ExchangeRow {
  return {
    id: randomUUID().replaceAll('-', ''),
    at: EPOCH,
    node: 'node-1',
    key: 'key-1',
    team: 'core',
    project: null,
    session: null,
    repository: null,
    client: 'agent',
    dialect: 'chat',
    task: 'bug_fix',
    complexity: null,
    importance: null,
    asked: 'auto',
    stream: 1,
    provider: 'box',
    model: 'small',
    zone: 'own',
    ceiling: 'vendor',
    input_tokens: 1000,
    cache_read_tokens: 200,
    cache_write_tokens: null,
    cache_write_1h_tokens: null,
    output_tokens: 100,
    reasoning_tokens: null,
    estimated: 0,
    cost_nanos: 5000,
    price_source: 'catalogue',
    baseline_nanos: 9000,
    wasted_nanos: 0,
    escalated: 0,
    first_token_ms: 120,
    total_ms: 900,
    overhead_ms: 0.4,
    outcome: 'ok',
    outcome_class: 'ok',
    status: 200,
    partial: 0,
    bytes_out: 4000,
    bytes_in: 2000,
    plan: '[{"model":"small","why":"own first"}]',
    attempts: '[]',
    notes: null,
    findings: null,
    ...over,
  };
}
