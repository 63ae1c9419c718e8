import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api';
import { NANOS } from '../catalog/price.ts';
import type { AttemptRecord, ExchangeRecord } from '../exchange/record.ts';
import { type AddressOf, operationOf } from './spans.ts';

/** Bounds that the conventions ask for: tokens; seconds of a whole answer, until its first token, and of one token. */
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const FIRST = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PER_TOKEN = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

/**
 * Measurements by the GenAI conventions (docs/gen-ai/gen-ai-metrics.md, status Development): `gen_ai.client.*` of each attempt, where the
 * gateway is a provider's client, `gen_ai.server.*` of each exchange, where it is a tool's server. Models are named as served, never as
 * clients spell them, so that nobody can make series without end.
 */
export class Instruments {
  readonly #tokens: Histogram;
  readonly #duration: Histogram;
  readonly #firstChunk: Histogram;
  readonly #served: Histogram;
  readonly #firstToken: Histogram;
  readonly #perToken: Histogram;
  readonly #cost: Counter;
  readonly #exchanges: Counter;

  constructor(meter: Meter) {
    const histogram = (name: string, unit: string, description: string, explicitBucketBoundaries: number[]) =>
      meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries } });
    this.#tokens = histogram('gen_ai.client.token.usage', '{token}', 'Number of input and output tokens used.', TOKENS);
    this.#duration = histogram('gen_ai.client.operation.duration', 's', 'GenAI operation duration.', SECONDS);
    this.#firstChunk = histogram('gen_ai.client.operation.time_to_first_chunk', 's', 'Time to receive the first chunk.', FIRST);
    this.#served = histogram('gen_ai.server.request.duration', 's', 'Time until the last byte of the answer.', SECONDS);
    this.#firstToken = histogram(
      'gen_ai.server.time_to_first_token',
      's',
      'Time until the first token of an answer that succeeded.',
      FIRST,
    );
    this.#perToken = histogram('gen_ai.server.time_per_output_token', 's', 'Time per token behind the first one.', PER_TOKEN);
    this.#cost = meter.createCounter('freehold.cost', { unit: 'USD', description: 'What attempts cost, where a price is known.' });
    this.#exchanges = meter.createCounter('freehold.exchanges', {
      unit: '{exchange}',
      description: 'Exchanges by work, zone and outcome.',
    });
  }

  /** Takes an exchange in. */
  observe(exchange: ExchangeRecord, addressOf: AddressOf): void {
    const { attempts, outcome, task, caller, client, dialect, totalMs, firstTokenMs, usage } = exchange;
    const operation = { 'gen_ai.operation.name': operationOf(exchange) };
    for (const attempt of attempts) this.#attempt(attempt, exchange.stream, { ...operation, ...targetOf(attempt, addressOf) });
    const last = attempts.at(-1);
    const target = last ? { 'gen_ai.provider.name': last.provider, 'gen_ai.request.model': last.model } : {};
    const failed = outcome === 'ok' ? {} : { 'error.type': outcome };
    this.#served.record(totalMs / 1000, { ...operation, ...target, ...failed });
    this.#exchanges.add(1, {
      'freehold.dialect': dialect,
      'freehold.zone': last?.zone ?? '',
      'freehold.task': task?.class ?? '',
      'freehold.team': caller?.team ?? '',
      'freehold.client': client ?? '',
      'freehold.outcome': outcome,
    });
    if (outcome !== 'ok' || firstTokenMs === undefined) return;
    this.#firstToken.record(firstTokenMs / 1000, { ...operation, ...target });
    const more = (usage?.output ?? 0) - 1;
    if (exchange.stream && more > 0) this.#perToken.record((totalMs - firstTokenMs) / 1000 / more, { ...operation, ...target });
  }

  #attempt(attempt: AttemptRecord, stream: boolean, attributes: Attributes): void {
    const { usage, error, ms = 0, firstTokenMs, costNanos } = attempt;
    if (usage?.input !== undefined) this.#tokens.record(usage.input, { ...attributes, 'gen_ai.token.type': 'input' });
    if (usage?.output !== undefined) this.#tokens.record(usage.output, { ...attributes, 'gen_ai.token.type': 'output' });
    this.#duration.record(ms / 1000, error ? { ...attributes, 'error.type': error } : attributes);
    if (stream && firstTokenMs !== undefined) this.#firstChunk.record(firstTokenMs / 1000, attributes);
    if (costNanos) this.#cost.add(costNanos / NANOS, { ...attributes, 'freehold.zone': attempt.zone });
  }
}

function targetOf({ provider, model }: AttemptRecord, addressOf: AddressOf): Attributes {
  const at = addressOf(provider);
  return {
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model,
    'gen_ai.response.model': model,
    ...(at && { 'server.address': at.host, 'server.port': at.port }),
  };
}
