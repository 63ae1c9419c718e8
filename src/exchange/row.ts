import { ERRORS } from '../protocol/errors.ts';
import type { Usage } from '../protocol/usage.ts';
import type { ExchangeRow, OutcomeClass } from '../store/ports.ts';
import type { AttemptRecord, ExchangeRecord } from './record.ts';
import { answerer } from './stages/answered.ts';

/** Letters of a text that a client chose. */
const LONGEST = 200;

/** Notes kept of one exchange: an agent's history can repeat the same loss thousands of times. */
const MOST_NOTES = 100;

/**
 * An exchange as the store keeps it. Pure.
 * @param baseline what the model that was asked for would have cost, in nano-dollars, where that is known
 */
export function toRow(exchange: ExchangeRecord, node: string, baseline?: number): ExchangeRow {
  const { attempts, caller, notes, findings, outcome, task, decision } = exchange;
  const last = attempts.at(-1);
  const isEstimated = attempts.some(({ usage, estimated }) => estimated || usage?.estimated);
  return {
    id: exchange.id,
    at: exchange.at,
    node,
    key: caller?.id ?? null,
    team: caller?.team ?? null,
    project: caller?.project ?? null,
    session: exchange.session ?? null,
    repository: text(exchange.repository),
    client: exchange.client ?? null,
    dialect: exchange.dialect,
    task: task?.class ?? null,
    complexity: task?.complexity ?? null,
    importance: task?.importance ?? null,
    asked: text(exchange.asked) ?? '',
    stream: exchange.stream ? 1 : 0,
    provider: last?.provider ?? null,
    model: text(last?.model),
    zone: last?.zone ?? null,
    ceiling: exchange.ceiling ?? null,
    input_tokens: tokensIn(attempts, 'input'),
    cache_read_tokens: tokensIn(attempts, 'cacheRead'),
    cache_write_tokens: tokensIn(attempts, 'cacheWrite'),
    cache_write_1h_tokens: tokensIn(attempts, 'cacheWrite1h'),
    output_tokens: tokensIn(attempts, 'output'),
    reasoning_tokens: tokensIn(attempts, 'reasoning'),
    estimated: isEstimated ? 1 : 0,
    cost_nanos: costOf(attempts),
    price_source: last?.priceSource ?? null,
    baseline_nanos: baseline ?? null,
    wasted_nanos: wasteIn(exchange),
    escalated: decision?.input.moveUp === undefined ? 0 : 1,
    first_token_ms: exchange.firstTokenMs ?? null,
    total_ms: exchange.totalMs,
    overhead_ms: exchange.overheadMs ?? null,
    outcome,
    outcome_class: classOf(outcome),
    status: exchange.status,
    partial: outcome !== 'ok' && (exchange.firstTokenMs !== undefined || attempts.some(wasCut)) ? 1 : 0,
    bytes_out: bytesIn(attempts, 'bytesOut'),
    bytes_in: bytesIn(attempts, 'bytesIn'),
    plan: decision ? JSON.stringify({ task, ...decision }) : null,
    attempts: JSON.stringify(attempts),
    notes: notes.length ? JSON.stringify(notes.slice(0, MOST_NOTES)) : null,
    findings: findings?.length ? JSON.stringify(findings) : null,
  };
}

/** Who has to act. @param outcome as in the row */
export function classOf(outcome: ExchangeRow['outcome']): OutcomeClass {
  if (outcome === 'ok' || outcome === 'cancelled' || outcome === 'interrupted') return outcome;
  return ERRORS[outcome].by;
}

/** It failed after the provider had begun to charge. */
function wasCut({ error, costNanos = 0, unpriced = false }: AttemptRecord): boolean {
  return error !== undefined && (costNanos > 0 || unpriced);
}

/** Null when one attempt used tokens whose price nobody knows: a sum without them would look like the whole. */
function costOf(attempts: readonly AttemptRecord[]): number | null {
  if (attempts.some(({ unpriced }) => unpriced)) return null;
  return attempts.reduce((sum, { costNanos = 0 }) => sum + costNanos, 0);
}

/** What was paid for attempts that gave no answer: of an answered exchange all but the one that did. */
function wasteIn(exchange: ExchangeRecord): number | null {
  const cost = costOf(exchange.attempts);
  if (cost === null || cost === 0) return cost;
  const isAnswered = exchange.outcome === 'ok' || exchange.outcome === 'cancelled';
  return isAnswered ? cost - (answerer(exchange)?.costNanos ?? 0) : cost;
}

/** Null when nothing is known of any. */
function tokensIn(attempts: readonly AttemptRecord[], kind: keyof Omit<Usage, 'estimated'>): number | null {
  let sum: number | null = null;
  for (const { usage } of attempts) sum = plus(sum, usage?.[kind]);
  return sum;
}

function bytesIn(attempts: readonly AttemptRecord[], way: 'bytesOut' | 'bytesIn'): number | null {
  let sum: number | null = null;
  for (const attempt of attempts) sum = plus(sum, attempt[way]);
  return sum;
}

function plus(sum: number | null, value: number | undefined): number | null {
  return value === undefined ? sum : (sum ?? 0) + value;
}

/** What came from outside, short, and without the character that databases refuse. */
function text(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value.slice(0, LONGEST).replaceAll('\0', '');
}
