import type { IExporterTransport } from '@opentelemetry/otlp-exporter-base';
import type { ExchangeRecord } from '../exchange/record.ts';
import type { Export } from './otlp.ts';
import type { TelemetrySettings } from './settings.ts';
import { type AddressOf, type SpanDraft, spansOf } from './spans.ts';
import { isKept, traceIdOf } from './trace-context.ts';

/** What became of spans since the start. */
export interface SpanCounts {
  sent: number;
  /** The queue was full. */
  dropped: number;
  /** The collector did not take them. */
  failed: number;
}

/** Sends bytes to a collector. @returns status, `retry-after` in seconds where it was told, and the answer's body */
export type Send = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  timeoutMs: number,
) => Promise<{ status: number; retryAfter?: number; body: Buffer }>;

interface TelemetryParts {
  settings: TelemetrySettings;
  version: string;
  send: Send;
  addressOf: AddressOf;
  /** More attributes for the span of an exchange whose content may be told. */
  contentOf?(exchange: ExchangeRecord): SpanDraft['attributes'] | undefined;
  log(line: string): void;
}

/** How long an end may wait for what is queued. Milliseconds. */
const FLUSH = 5000;

/** After how long without a word a collector that does not answer is spoken of again. Milliseconds. */
const QUIET = 60_000;

/**
 * Reports exchanges that are over to an OpenTelemetry collector. Nothing of it stands in the way of an exchange: spans are made from its
 * record afterwards, the queue is bounded, and what finds no room is counted and dropped.
 */
export class Telemetry {
  readonly counts: SpanCounts = { sent: 0, dropped: 0, failed: 0 };
  readonly #parts: TelemetryParts;
  /** Begins with the first exchange: most commands have none. */
  #loading: Promise<void> | undefined;
  #export: Export | undefined;
  /** Exchanges that came before the library was loaded. */
  #early: ExchangeRecord[] = [];
  #waiting = 0;
  #complainedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(parts: TelemetryParts) {
    this.#parts = parts;
    for (const warning of parts.settings.warnings) parts.log(warning);
  }

  /** Takes an exchange that is over. Never waits, never throws. */
  observe(exchange: ExchangeRecord): void {
    if (this.#closed) return;
    if (!this.#export) {
      if (this.#early.length < this.#parts.settings.queue) this.#early.push(exchange);
      else this.counts.dropped += 1 + exchange.attempts.length;
      this.#loading ??= this.#load();
      return;
    }
    try {
      this.#tell(exchange, this.#export);
    } catch (error) {
      this.#complain(error instanceof Error ? error.message : String(error));
    }
  }

  /** Sends what is queued, within some seconds, and ends. */
  async close(): Promise<void> {
    await this.#loading;
    this.#closed = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH);
    });
    await Promise.race([this.#export?.close(), late]);
    clearTimeout(timer);
  }

  async #load(): Promise<void> {
    const { settings, version } = this.#parts;
    try {
      const { openExport } = await import('./otlp.ts');
      this.#export = openExport(
        settings,
        version,
        (url, headers) => this.#transport(url, headers),
        (spans, isSent) => {
          this.#waiting -= spans;
          this.counts[isSent ? 'sent' : 'failed'] += spans;
        },
      );
    } catch (error) {
      this.#complain(`OpenTelemetry could not be loaded: ${error instanceof Error ? error.message : String(error)}`);
      this.#closed = true;
    }
    for (const exchange of this.#early.splice(0)) this.observe(exchange);
  }

  #tell(exchange: ExchangeRecord, { spans, instruments }: Export): void {
    const { settings, addressOf, contentOf } = this.#parts;
    instruments?.observe(exchange, addressOf);
    const { parent } = exchange.trace ?? {};
    if (!settings.traces || !(parent?.sampled ?? isKept(parent?.traceId ?? traceIdOf(exchange.id), settings.sample))) return;
    const count = 1 + exchange.attempts.length;
    if (this.#waiting + count > settings.queue) {
      this.counts.dropped += count;
      return;
    }
    const drafts = spansOf(exchange, addressOf);
    const content = settings.content ? contentOf?.(exchange) : undefined;
    if (content) Object.assign(drafts.at(-1)!.attributes, content);
    this.#waiting += count;
    spans(drafts);
  }

  /** The library's way out: what a collector may have in a moment is tried again within the time. */
  #transport(url: string, headers: Readonly<Record<string, string>>): IExporterTransport {
    return {
      shutdown: () => undefined,
      send: async (data, timeoutMillis) => {
        const deadline = performance.now() + timeoutMillis;
        for (let pause = 500; ; pause *= 2) {
          const left = deadline - performance.now();
          const { status, wait, data: body, why } = await this.#try(url, headers, data, left);
          if (status === 'success') return { status, data: body };
          const ms = wait ?? pause;
          if (status === 'failure' || this.#closed || performance.now() + ms > deadline) {
            this.#complain(why);
            return { status: 'failure', error: new Error(why) };
          }
          await new Promise((resolve) => setTimeout(resolve, ms).unref());
        }
      },
    };
  }

  async #try(url: string, headers: Readonly<Record<string, string>>, data: Uint8Array, timeoutMs: number): Promise<Tried> {
    const { host } = new URL(url);
    try {
      const { status, retryAfter, body } = await this.#parts.send(url, headers, data, timeoutMs);
      if (status >= 200 && status < 300) return { status: 'success', data: body, why: '' };
      const isBusy = RETRYABLE.has(status);
      const wait = retryAfter === undefined ? undefined : retryAfter * 1000;
      return { status: isBusy ? 'retry' : 'failure', wait, why: `the collector at ${host} answered ${status}` };
    } catch (error) {
      return {
        status: 'retry',
        why: `the collector at ${host} cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }

  #complain(why: string): void {
    const now = performance.now();
    if (now - this.#complainedAt < QUIET) return;
    this.#complainedAt = now;
    this.#parts.log(`telemetry: ${why}; requests go on, what cannot be sent is counted in freehold_telemetry_spans_total`);
  }
}

interface Tried {
  status: 'success' | 'retry' | 'failure';
  /** Milliseconds. */
  wait?: number;
  data?: Uint8Array;
  why: string;
}

/** Answers after which a client is to try again. https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
