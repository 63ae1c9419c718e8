import { collectDefaultMetrics, Registry } from 'prom-client';
import { NANOS } from '../catalog/price.ts';
import type { ExchangeRecord } from '../exchange/record.ts';
import type { Live } from '../live/live.ts';
import type { Store } from '../store/ports.ts';
import type { SpanCounts } from '../telemetry/telemetry.ts';
import type { Traffic } from '../upstream/traffic.ts';
import type { BudgetView } from './contract.ts';
import { liveFigures } from './live-metrics.ts';
import { Counter, Gauge, Histogram } from './tally.ts';

/** Buckets in seconds: from an overhead of 0.1 ms to answers of minutes. */
const OVERHEAD = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];
const ANSWER = [0.01, 0.04, 0.16, 0.64, 2.56, 10.24, 40.96, 163.84];
const NONE: readonly string[] = [];

/** What is asked at each scrape. */
export interface Gauged {
  /** Exchanges going on right now. */
  inFlight(): number;
  /** What the sockets moved so far. */
  upstream: { readonly traffic: readonly Traffic[] };
  store?: Pick<Store, 'health'>;
  /** Of telemetry, where it is on. */
  spans?: SpanCounts;
  /** Absent where nobody looks after swaps. */
  live?: Live;
  providers(): readonly { name: string; zone: string; healthy: boolean }[];
  /** Targets whose health is remembered, and whether they are left alone. */
  breakers(): readonly { target: string; isOpen: boolean }[];
  /** Why what leaves cannot be recorded; absent where nothing is recorded. */
  journal?(): readonly string[];
  /** @throws StoreError */
  budgets(): Promise<readonly Pick<BudgetView, 'account' | 'period' | 'limit_nanos' | 'spent_nanos'>[]>;
}

/** What Prometheus scrapes. Labels are bounded: models as served, never as clients spell them; outcomes from the closed list of errors. */
export class Metrics {
  readonly #process = new Registry();
  readonly #gauged: Gauged;
  readonly #requests = new Counter('freehold_requests_total', 'Exchanges by outcome: ok or a class of error', [
    'dialect',
    'provider',
    'model',
    'zone',
    'outcome',
  ]);
  readonly #tokens = new Counter('freehold_tokens_total', 'Tokens by type; cached and reasoning tokens are contained in input and output', [
    'provider',
    'model',
    'type',
  ]);
  readonly #failed = new Counter('freehold_attempts_failed_total', 'Attempts at a provider that failed, by class of error', [
    'provider',
    'error',
  ]);
  readonly #cost = new Counter('freehold_cost_dollars_total', 'What answers cost, where a price is known', ['provider', 'model']);
  readonly #baseline = new Counter('freehold_baseline_dollars_total', 'What the asked models would have cost, where both are known', []);
  readonly #compared = new Counter('freehold_compared_dollars_total', 'What those exchanges cost that have a baseline', []);
  readonly #unpriced = new Counter('freehold_unpriced_total', 'Attempts that used tokens whose price nobody knows', ['provider', 'model']);
  readonly #alerts = new Counter('freehold_budget_alerts_total', 'Exchanges that went on although a budget did not suffice', []);
  readonly #overhead = new Histogram('freehold_overhead_seconds', 'Time spent in Freehold itself until the head of the answer', OVERHEAD);
  readonly #firstToken = new Histogram('freehold_first_token_seconds', 'Arrival until the first content', ANSWER, ['provider', 'model']);
  readonly #duration = new Histogram('freehold_request_seconds', 'Arrival until the end of the answer', ANSWER, ['provider', 'model']);

  constructor(gauged: Gauged) {
    this.#gauged = gauged;
    collectDefaultMetrics({ register: this.#process });
  }

  observe(exchange: ExchangeRecord): void {
    const last = exchange.attempts.at(-1);
    const provider = last?.provider ?? '';
    const model = last?.model ?? '';
    const target = [provider, model];
    this.#requests.add([exchange.dialect, provider, model, last?.zone ?? '', exchange.outcome]);
    for (const attempt of exchange.attempts) {
      if (attempt.error) this.#failed.add([attempt.provider, attempt.error]);
      if (attempt.costNanos) this.#cost.add([attempt.provider, attempt.model], attempt.costNanos / NANOS);
      if (attempt.unpriced) this.#unpriced.add([attempt.provider, attempt.model]);
    }
    if (exchange.notes.some(({ path }) => path === 'budget')) this.#alerts.add(NONE);
    if (exchange.overheadMs !== undefined) this.#overhead.observe(NONE, exchange.overheadMs / 1000);
    if (exchange.firstTokenMs !== undefined) this.#firstToken.observe(target, exchange.firstTokenMs / 1000);
    this.#duration.observe(target, exchange.totalMs / 1000);
    const { usage } = exchange;
    if (!usage) return;
    if (usage.input) this.#tokens.add([provider, model, 'input'], usage.input);
    if (usage.output) this.#tokens.add([provider, model, 'output'], usage.output);
    if (usage.cacheRead) this.#tokens.add([provider, model, 'cache_read'], usage.cacheRead);
    if (usage.cacheWrite) this.#tokens.add([provider, model, 'cache_write'], usage.cacheWrite);
    if (usage.reasoning) this.#tokens.add([provider, model, 'reasoning'], usage.reasoning);
  }

  /** What an exchange cost beside what the model that was asked for would have. @param baseline nano-dollars; undefined where that is not known */
  compare({ attempts }: ExchangeRecord, baseline: number | undefined): void {
    if (baseline === undefined || attempts.some(({ unpriced }) => unpriced)) return;
    const cost = attempts.reduce((sum, { costNanos = 0 }) => sum + costNanos, 0);
    this.#baseline.add(NONE, baseline / NANOS);
    this.#compared.add(NONE, cost / NANOS);
  }

  /** The sockets' own counters, as they stand. */
  #socketCounters(): string {
    const labels = ['origin', 'zone', 'kind'];
    const what = 'exchanges carry what clients said, errands do not';
    const requests = new Counter('freehold_upstream_requests_total', `Calls that got as far as a socket; ${what}`, labels);
    const bytes = new Counter('freehold_upstream_bytes_total', `Bytes of bodies through the sockets; ${what}`, [...labels, 'direction']);
    for (const { origin, zone = '', kind, ...moved } of this.#gauged.upstream.traffic) {
      requests.add([origin, zone, kind], moved.requests);
      bytes.add([origin, zone, kind, 'out'], moved.bytesOut);
      bytes.add([origin, zone, kind, 'in'], moved.bytesIn);
    }
    return requests.print() + bytes.print();
  }

  /** How the store keeps up. */
  #storeFigures(): string {
    if (!this.#gauged.store) return '';
    const { ok, queued, commitMs, ...rows } = this.#gauged.store.health();
    const ends = new Counter('freehold_store_rows_total', 'Exchanges by what became of their rows', ['end']);
    for (const end of ['written', 'dropped', 'refused', 'rejected'] as const) ends.add([end], rows[end]);
    return [
      ends.print(),
      gauge('freehold_store_up', 'Whether the last write to the store succeeded', ok ? 1 : 0),
      gauge('freehold_store_queued', 'Exchanges waiting to be written', queued),
      gauge('freehold_store_commit_seconds', 'How long the last group of rows took until it was durable', commitMs / 1000),
    ].join('');
  }

  /** How a collector keeps up. */
  #spanFigures(): string {
    const { spans } = this.#gauged;
    if (!spans) return '';
    const ends = new Counter('freehold_telemetry_spans_total', 'Spans for the collector by what became of them', ['end']);
    for (const end of ['sent', 'dropped', 'failed'] as const) ends.add([end], spans[end]);
    return ends.print();
  }

  /** Who can answer, and whether what leaves is on record. */
  #healthFigures(): string {
    const providers = new Gauge('freehold_provider_up', 'Whether the provider answered when it was last asked', ['provider', 'zone']);
    for (const { name, zone, healthy } of this.#gauged.providers()) providers.set([name, zone], healthy ? 1 : 0);
    const breakers = new Gauge('freehold_breaker_open', 'Whether the target is left alone because its last calls failed', ['target']);
    for (const { target, isOpen } of this.#gauged.breakers()) breakers.set([target], isOpen ? 1 : 0);
    const reasons = this.#gauged.journal?.();
    const journal = reasons
      ? gauge('freehold_journal_up', 'Whether what leaves can be recorded; else nothing leaves', reasons.length ? 0 : 1)
      : '';
    return providers.print() + breakers.print() + journal;
  }

  /** Money by budget. Nothing while the store does not answer: a budget at zero would look like one that was never used. */
  async #budgetFigures(): Promise<string> {
    const limit = new Gauge('freehold_budget_limit_dollars', 'The budget', ['account', 'period']);
    const spent = new Gauge('freehold_budget_spent_dollars', 'Spent of the budget in its present span', ['account', 'period']);
    try {
      for (const { account, period, limit_nanos, spent_nanos } of await this.#gauged.budgets()) {
        limit.set([account, period], limit_nanos / NANOS);
        spent.set([account, period], spent_nanos / NANOS);
      }
    } catch {
      return '';
    }
    return limit.print() + spent.print();
  }

  /** The exposition text and its content type. */
  async print(): Promise<{ type: string; text: string }> {
    const gauges = [this.#socketCounters(), this.#storeFigures(), this.#spanFigures(), this.#healthFigures(), await this.#budgetFigures()];
    if (this.#gauged.live) gauges.push(liveFigures(this.#gauged.live));
    const inFlight = gauge('freehold_requests_in_flight', 'Exchanges going on', this.#gauged.inFlight());
    const money = [this.#cost, this.#baseline, this.#compared, this.#unpriced];
    const families = [this.#requests, this.#tokens, this.#failed, ...money, this.#alerts];
    const own = [...families, this.#overhead, this.#firstToken, this.#duration].map((family) => family.print());
    return {
      type: this.#process.contentType,
      text: [...own, ...gauges, inFlight, await this.#process.metrics()].join(''),
    };
  }
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
}
