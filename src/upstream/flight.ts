import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { asGatewayError, GatewayError } from '../protocol/errors.ts';
import type { Clocks, Watch, Watched } from './clocks.ts';
import { decoder } from './encoding.ts';
import type { Traffic } from './traffic.ts';

/** Bytes held for a consumer that is not reading before the socket is paused. */
const HIGH_WATER = 256 * 1024;
/** Milliseconds a released call has to end by itself. */
const RELEASE_MS = 500;

/** The head of an upstream's answer. */
export interface Head {
  status: number;
  /** Flat list `[name, value, …]` as received. */
  headers: string[];
}

interface Waiting {
  resolve(result: IteratorResult<Buffer>): void;
  reject(error: unknown): void;
}

/**
 * One upstream call, from sending to the last byte. `head` settles when the response headers are in; then the flight is iterated once
 * for its body. Reading slowly pauses the socket; leaving the loop, or `abort`, closes it at once in every phase.
 */
export class Flight implements Dispatcher.DispatchHandler, AsyncIterator<Buffer>, AsyncIterable<Buffer>, Watched {
  clocks: Clocks;
  readonly sentAt = performance.now();
  lastByteAt: number | undefined;
  /** Of the answer's head; undefined until it is in. */
  status: number | undefined;
  /** Bytes of the request's body that the socket took, and of the answer's that it gave, before decoding. Final once the call is over. */
  bytesOut = 0;
  bytesIn = 0;
  /** Rejects when the call fails before its head is in: wait for it at once. */
  readonly head: Promise<Head>;

  readonly #watch: Watch;
  readonly #where: string;
  readonly #toll: Traffic;
  #controller: Dispatcher.DispatchController | undefined;
  #settleHead!: { resolve(head: Head): void; reject(error: unknown): void };
  #queue: Buffer[] = [];
  #queued = 0;
  #waiting: Waiting | undefined;
  #sink: { take(chunk: Buffer): void; done(): void; reject(error: GatewayError): void } | undefined;
  #over = false;
  #afterwards: (() => void) | undefined;
  #released = false;
  #error: GatewayError | undefined;
  #decode: ReturnType<typeof decoder>;

  /** @param where the provider's origin, for error texts @param toll where its bytes are counted */
  constructor(clocks: Clocks, watch: Watch, where: string, toll: Traffic) {
    this.clocks = clocks;
    this.#toll = toll;
    this.#watch = watch;
    this.#where = where;
    this.head = new Promise<Head>((resolve, reject) => {
      this.#settleHead = { resolve, reject };
    });
    watch.add(this);
  }

  get paused(): boolean {
    return this.#controller?.paused ?? false;
  }

  /** Calls back when no more bytes can come or go, at once when that is so already. One listener. */
  whenOver(listener: () => void): void {
    if (this.#over) listener();
    else this.#afterwards = listener;
  }

  /** Closes the call in whatever phase it is. Idempotent. */
  abort(error = new GatewayError('cancelled', 'the client left')): void {
    if (this.#over) return;
    this.#finish(error);
    this.#controller?.abort(error);
  }

  /**
   * The answer is over as far as the reader is concerned: what still comes is dropped, and the provider has half a second to end it, so
   * that the connection can be used again. Servers have been seen to hold streams open after their terminal event.
   */
  release(): void {
    this.#released = true;
    this.#queue = [];
    this.#queued = 0;
    this.lastByteAt = performance.now();
    this.clocks = { ...this.clocks, idle: RELEASE_MS, total: this.lastByteAt - this.sentAt + 2 * RELEASE_MS };
    if (this.#controller?.paused) this.#controller.resume();
  }

  expire(error: GatewayError): void {
    this.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Aborted while still waiting for a connection: nothing has been sent yet.
    if (this.#over) controller.abort(this.#error ?? new Error('aborted'));
    else this.#toll.requests++;
  }

  onBodySent(chunk: Buffer): void {
    this.bytesOut += chunk.length;
    this.#toll.bytesOut += chunk.length;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, received: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.status = status;
    const headers = flatten(received);
    const encoding = encodingOf(headers);
    if (encoding) {
      this.#decode = decoder(
        encoding,
        (bytes) => this.#take(bytes),
        (error) => this.#fail(error),
        () => this.#finish(),
      );
      if (!this.#decode) this.#fail(new GatewayError('malformed', `the provider answered in an unknown content-encoding "${encoding}"`));
    }
    this.#settleHead.resolve({ status, headers });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.lastByteAt = performance.now();
    this.bytesIn += chunk.length;
    this.#toll.bytesIn += chunk.length;
    if (this.#decode) this.#decode.write(chunk);
    else this.#take(chunk);
  }

  onResponseEnd(): void {
    if (this.#decode) this.#decode.end();
    else this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finish(this.#networkError(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The whole body, for answers that are no streams. In place of iterating.
   * @param limit bytes @throws GatewayError `malformed` beyond the limit, or what the call failed with
   */
  collect(limit: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks = this.#queue;
      let size = this.#queued;
      this.#queue = [];
      const done = () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      if (this.#error) reject(this.#error);
      else if (this.#over) done();
      else if (this.#controller?.paused) this.#controller.resume();
      this.#sink = {
        take: (chunk) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > limit) this.abort(new GatewayError('malformed', `the provider's answer exceeds ${limit / 1024 / 1024} MiB`));
        },
        done,
        reject,
      };
    });
  }

  next(): Promise<IteratorResult<Buffer>> {
    const chunk = this.#queue.shift();
    if (chunk) {
      this.#queued -= chunk.length;
      if (this.#queued === 0 && this.#controller?.paused) {
        // Time spent paused is ours, not the provider's.
        this.lastByteAt = performance.now();
        this.#controller.resume();
      }
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.#error) return Promise.reject(this.#error);
    if (this.#over) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Buffer>> {
    if (!this.#released) this.abort();
    return Promise.resolve({ value: undefined, done: true });
  }

  #take(chunk: Buffer): void {
    if (this.#over || this.#released) return;
    if (this.#sink) {
      this.#sink.take(chunk);
      return;
    }
    const waiting = this.#waiting;
    if (waiting) {
      this.#waiting = undefined;
      waiting.resolve({ value: chunk, done: false });
      return;
    }
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued > HIGH_WATER) this.#controller?.pause();
  }

  #fail(error: unknown): void {
    this.abort(asGatewayError(error));
  }

  #finish(error?: GatewayError): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#watch.remove(this);
    this.#afterwards?.();
    if (error) this.#settleHead.reject(error);
    if (error) this.#sink?.reject(error);
    else this.#sink?.done();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    if (error) waiting.reject(error);
    else waiting.resolve({ value: undefined, done: true });
  }

  /** A socket's failure in words. Provider URLs are configuration, not secrets; keys travel in headers and never appear here. */
  #networkError(error: Error): GatewayError {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    if (code === 'UND_ERR_CONNECT_TIMEOUT')
      return new GatewayError(
        'timeout',
        `no connection to ${this.#where} within ${this.clocks.connect / 1000} s (timeouts.connect_seconds)`,
        { code, cause: error },
      );
    const begun = this.lastByteAt !== undefined;
    const what = begun ? `${this.#where} broke off in mid-answer` : `cannot reach ${this.#where}`;
    return new GatewayError(begun ? 'truncated' : 'network', `${what} (${code})`, { code, cause: error });
  }
}

/** undici's parsed headers (names in lower case) as a flat list. */
function flatten(headers: IncomingHttpHeaders): string[] {
  const flat: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') flat.push(name, value);
    else if (value) for (const one of value) flat.push(name, one);
  }
  return flat;
}

function encodingOf(headers: readonly string[]): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i]!.length === 16 && headers[i]!.toLowerCase() === 'content-encoding') {
      const value = headers[i + 1]!.trim().toLowerCase();
      return value === 'identity' || value === '' ? undefined : value;
    }
  }
  return undefined;
}
