import { NANOS } from '../catalog/price.ts';
import type { AttemptRecord, ExchangeRecord } from '../exchange/record.ts';
import { ERRORS } from '../protocol/errors.ts';
import { attemptSpanOf, exchangeSpanOf, type Place, traceIdOf } from './trace-context.ts';

type Value = string | number | boolean | string[];

/** A span as it will be sent. Times in Unix milliseconds, with fractions. */
export interface SpanDraft {
  name: string;
  kind: 'server' | 'client';
  traceId: string;
  spanId: string;
  /** Absent: the root. */
  parent?: Place;
  start: number;
  end: number;
  attributes: Record<string, Value>;
  /** What failed, where that is to be looked at. */
  error?: string;
}

/** Where a provider is: for the attribute `server.address`. */
export type AddressOf = (provider: string) => { host: string; port: number } | undefined;

/** `chat`, or `embeddings` where vectors were made: names of the GenAI conventions. */
export function operationOf({ trace }: ExchangeRecord): string {
  return trace?.vectors ? 'embeddings' : 'chat';
}

/**
 * One exchange as spans: itself as a server's, each attempt as a client's below it. Pure. Names and `gen_ai.*` attributes by
 * https://github.com/open-telemetry/semantic-conventions-genai (docs/gen-ai/gen-ai-spans.md, status Development); what they have no word for
 * stands under `freehold.*`. Tokens stand on the attempts alone, so that a sum over all spans counts them once.
 */
export function spansOf(exchange: ExchangeRecord, addressOf: AddressOf): SpanDraft[] {
  const { id, at, asked, totalMs, trace } = exchange;
  const traceId = trace?.parent?.traceId ?? traceIdOf(id);
  const own: Place = { traceId, spanId: exchangeSpanOf(id), sampled: true };
  const root: SpanDraft = {
    name: `${operationOf(exchange)} ${asked}`.trim(),
    kind: 'server',
    traceId,
    spanId: own.spanId,
    parent: trace?.parent,
    start: at,
    end: at + totalMs,
    attributes: exchangeAttributes(exchange),
    ...(isFailure(exchange.outcome) && { error: exchange.outcome }),
  };
  const children = exchange.attempts.map(
    (attempt, number): SpanDraft => ({
      name: `${operationOf(exchange)} ${attempt.model}`,
      kind: 'client',
      traceId,
      spanId: attemptSpanOf(id, number + 1),
      parent: own,
      start: at + (attempt.startMs ?? 0),
      end: at + (attempt.startMs ?? 0) + (attempt.ms ?? 0),
      attributes: attemptAttributes(attempt, exchange, addressOf),
      ...(attempt.error && attempt.error !== 'cancelled' && { error: attempt.error }),
    }),
  );
  return [root, ...children];
}

/** By the HTTP conventions a server's span is an error where the server failed, not where the client may not have what it asked for. */
function isFailure(outcome: ExchangeRecord['outcome']): boolean {
  return outcome !== 'ok' && (ERRORS[outcome].by === 'provider' || ERRORS[outcome].by === 'freehold');
}

function exchangeAttributes(exchange: ExchangeRecord): Record<string, Value> {
  const { caller, task, attempts, notes, findings = [], decision, outcome } = exchange;
  const last = attempts.at(-1);
  const nanos = attempts.reduce((sum, { costNanos = 0 }) => sum + costNanos, 0);
  return defined({
    'gen_ai.operation.name': operationOf(exchange),
    'gen_ai.request.model': exchange.asked || undefined,
    'gen_ai.response.model': outcome === 'ok' ? last?.model : undefined,
    'gen_ai.conversation.id': exchange.session,
    'http.response.status_code': exchange.status,
    'error.type': outcome === 'ok' ? undefined : outcome,
    'freehold.exchange.id': exchange.id,
    'freehold.dialect': exchange.dialect,
    'freehold.client': exchange.client,
    'freehold.stream': exchange.stream,
    'freehold.key': caller?.id,
    'freehold.team': caller?.team,
    'freehold.project': caller?.project,
    'freehold.repository': exchange.repository,
    'freehold.task': task?.class,
    'freehold.complexity': task?.complexity,
    'freehold.importance': task?.importance,
    'freehold.zone': last?.zone,
    'freehold.ceiling': exchange.ceiling,
    'freehold.path': exchange.path,
    'freehold.rule': decision?.rule,
    'freehold.attempts': attempts.length,
    'freehold.cost_usd': nanos / NANOS,
    'freehold.unpriced': attempts.some(({ unpriced }) => unpriced) || undefined,
    'freehold.notes': notes.length || undefined,
    'freehold.findings': findings.length ? findings.map(({ rule }) => rule) : undefined,
    'freehold.overhead_ms': exchange.overheadMs,
    'freehold.first_token_ms': exchange.firstTokenMs,
  });
}

function attemptAttributes(attempt: AttemptRecord, exchange: ExchangeRecord, addressOf: AddressOf): Record<string, Value> {
  const { usage = {}, redacted } = attempt;
  const at = addressOf(attempt.provider);
  return defined({
    'gen_ai.operation.name': operationOf(exchange),
    'gen_ai.provider.name': attempt.provider,
    'gen_ai.request.model': attempt.model,
    'gen_ai.request.stream': exchange.stream || undefined,
    'gen_ai.response.model': attempt.error ? undefined : attempt.model,
    'gen_ai.response.time_to_first_chunk': exchange.stream && attempt.firstTokenMs !== undefined ? attempt.firstTokenMs / 1000 : undefined,
    'gen_ai.conversation.id': exchange.session,
    'gen_ai.usage.input_tokens': usage.input,
    'gen_ai.usage.output_tokens': usage.output,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWrite,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoning,
    'server.address': at?.host,
    'server.port': at?.port,
    'error.type': attempt.error,
    'freehold.zone': attempt.zone,
    'freehold.cost_usd': attempt.costNanos === undefined ? undefined : attempt.costNanos / NANOS,
    'freehold.estimated': attempt.estimated,
    'freehold.waited_ms': attempt.waitedMs,
    'freehold.redacted': redacted && Object.keys(redacted),
  });
}

function defined(values: Record<string, Value | undefined>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== undefined));
}
