import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ExchangeRecord } from '../exchange/record.ts';

/** Buckets in seconds: from an overhead of 0.1 ms to answers of minutes. */
const OVERHEAD = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];
const ANSWER = [0.01, 0.04, 0.16, 0.64, 2.56, 10.24, 40.96, 163.84];

/** What Prometheus scrapes. Labels are bounded: models as served, never as clients spell them; outcomes from the closed list of errors. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter;
  readonly #tokens: Counter;
  readonly #fallbacks: Counter;
  readonly #overhead: Histogram;
  readonly #firstToken: Histogram;
  readonly #duration: Histogram;

  /** @param inFlight exchanges going on right now */
  constructor(inFlight: () => number) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Counter({
      name: 'freehold_requests_total',
      help: 'Exchanges by outcome; outcome is ok or a class of error',
      labelNames: ['dialect', 'provider', 'model', 'zone', 'outcome'],
      registers,
    });
    this.#tokens = new Counter({
      name: 'freehold_tokens_total',
      help: 'Tokens by type; cached and reasoning tokens are contained in input and output',
      labelNames: ['provider', 'model', 'type'],
      registers,
    });
    this.#fallbacks = new Counter({
      name: 'freehold_attempts_failed_total',
      help: 'Attempts at a provider that failed, by class of error',
      labelNames: ['provider', 'error'],
      registers,
    });
    this.#overhead = new Histogram({
      name: 'freehold_overhead_seconds',
      help: 'Time spent in Freehold itself until the head of the answer',
      buckets: OVERHEAD,
      registers,
    });
    this.#firstToken = new Histogram({
      name: 'freehold_first_token_seconds',
      help: 'Arrival until the first content',
      labelNames: ['provider', 'model'],
      buckets: ANSWER,
      registers,
    });
    this.#duration = new Histogram({
      name: 'freehold_request_seconds',
      help: 'Arrival until the end of the answer',
      labelNames: ['provider', 'model'],
      buckets: ANSWER,
      registers,
    });
    new Gauge({
      name: 'freehold_requests_in_flight',
      help: 'Exchanges going on',
      registers,
      collect() {
        this.set(inFlight());
      },
    });
  }

  observe(exchange: ExchangeRecord): void {
    const last = exchange.attempts.at(-1);
    const provider = last?.provider ?? '';
    const model = last?.model ?? '';
    this.#requests.inc({ dialect: exchange.dialect, provider, model, zone: last?.zone ?? '', outcome: exchange.outcome });
    for (const attempt of exchange.attempts) if (attempt.error) this.#fallbacks.inc({ provider: attempt.provider, error: attempt.error });
    if (exchange.overheadMs !== undefined) this.#overhead.observe(exchange.overheadMs / 1000);
    if (exchange.firstTokenMs !== undefined) this.#firstToken.observe({ provider, model }, exchange.firstTokenMs / 1000);
    this.#duration.observe({ provider, model }, exchange.totalMs / 1000);
    const { usage } = exchange;
    if (!usage) return;
    const types = {
      input: usage.input,
      output: usage.output,
      cache_read: usage.cacheRead,
      cache_write: usage.cacheWrite,
      reasoning: usage.reasoning,
    };
    for (const [type, tokens] of Object.entries(types)) if (tokens) this.#tokens.inc({ provider, model, type }, tokens);
  }

  /** The exposition text and its content type. */
  async print(): Promise<{ type: string; text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
