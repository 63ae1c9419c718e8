import { type Sent, tupleOf } from './backend/exchanges.ts';
import { StoreError } from './fault.ts';
import type { Entry, Health } from './ports.ts';

/**
 * Rows gather for this many milliseconds before they are written. Where many came by then and nobody waits for them, they gather on: each
 * transaction writes every index and every sum once more, whether for eight rows or for eighty.
 */
const GATHER_MS = 10;
const GATHER_ON_MS = 40;
const MANY = 8;
/** So many are written at once. */
const ENOUGH = 400;

/** Rows of one transaction at most: while one is synced, the next gathers. */
const MOST = 1000;

/** How long writes may fail before what depends on them is refused, in milliseconds. */
const TOLERATED_MS = 2000;

const RETRY_MS = [100, 300, 1000, 3000, 5000];

export interface QueueLimits {
  /** For telemetry; `must` rows have as much again. */
  rows: number;
  bytes: number;
}

const LIMITS: QueueLimits = { rows: 20_000, bytes: 64 * 1024 * 1024 };

interface Queued {
  sent: Sent;
  bytes: number;
  resolve?(): void;
  reject?(error: StoreError): void;
}

/** Faults that lie in the rows: writing them again would fail again. */
export function isRowsFault({ fault }: StoreError): boolean {
  return fault === 'refused' || fault === 'conflict';
}

/** Exchanges on their way to the store: bounded, written in groups, each group durable before its rows are acknowledged. */
export class WriteQueue {
  readonly #write: (sent: readonly Sent[]) => Promise<unknown>;
  readonly #limits: QueueLimits;
  #queued: Queued[] = [];
  #bytes = 0;
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failures = 0;
  #failingSince: number | undefined;
  #reason: string | undefined;
  #isClosing = false;
  /** Somebody waits for a row that is queued. */
  #isAwaited = false;
  /** Rows that found room so far, and those of them whose end is known. They are written in their order. */
  #accepted = 0;
  #settled = 0;
  #flushes: { until: number; resolve(): void; reject(error: StoreError): void }[] = [];
  readonly #counts = { written: 0, dropped: 0, refused: 0, rejected: 0, commitMs: 0 };

  /** @param write settles when the rows are durable. @throws StoreError */
  constructor(write: (sent: readonly Sent[]) => Promise<unknown>, limits: QueueLimits = LIMITS) {
    this.#write = write;
    this.#limits = limits;
  }

  put(entry: Entry): boolean {
    return this.#add(entry) !== undefined;
  }

  putDurably(entry: Entry): Promise<void> {
    return new Promise((resolve, reject) => {
      const queued = this.#add(entry);
      if (!queued) reject(new StoreError('refused', 'the store’s queue is full; the store is slower than the traffic, or does not write'));
      else {
        Object.assign(queued, { resolve, reject });
        this.#isAwaited = true;
      }
    });
  }

  hasRoom(): boolean {
    return this.#fits(1) && !(this.#failingSince !== undefined && performance.now() - this.#failingSince > TOLERATED_MS);
  }

  health(): Health {
    return { ok: this.#failures === 0, reason: this.#reason, queued: this.#queued.length + this.#inFlight, ...this.#counts };
  }

  /**
   * Settles when all that is queued now is durable. @throws StoreError when it cannot be written now, or when a `must` row found no room
   * before: what the caller takes for written is not.
   */
  flush(): Promise<void> {
    if (this.#counts.refused > 0)
      return Promise.reject(new StoreError('refused', `${this.#counts.refused} rows found no room in the queue`));
    if (this.#queued.length + this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#flushes.push({ until: this.#accepted, resolve, reject });
      this.#begin();
    });
  }

  /** Writes what is queued, within a time in milliseconds; the rest counts as dropped. */
  async close(withinMs: number): Promise<void> {
    this.#isClosing = true;
    const end = performance.now() + withinMs;
    const late = new Promise<void>((resolve) => setTimeout(resolve, withinMs).unref());
    while ((this.#queued.length || this.#writing) && performance.now() < end) {
      this.#begin();
      await Promise.race([this.#writing, late]);
      if (this.#failures && this.#queued.length) await Promise.race([new Promise((resolve) => setTimeout(resolve, 100)), late]);
    }
    clearTimeout(this.#timer);
    const closed = new StoreError('closed', 'the store was closed before this row was written');
    for (const { reject } of [...this.#queued, ...this.#flushes.splice(0)]) reject?.(closed);
    this.#counts.dropped += this.#queued.length + this.#inFlight;
    this.#queued = [];
    this.#bytes = 0;
  }

  #fits(times: 1 | 2): boolean {
    return this.#queued.length + this.#inFlight < this.#limits.rows * times && this.#bytes < this.#limits.bytes * times;
  }

  #add(entry: Entry): Queued | undefined {
    if (this.#isClosing || !this.#fits(entry.must ? 2 : 1)) {
      this.#counts[entry.must ? 'refused' : 'dropped']++;
      return undefined;
    }
    const { row, charges, content } = entry;
    const sent: Sent = { tuple: tupleOf(row), ...(charges && { charges }), ...(content && { content }) };
    const queued: Queued = { sent, bytes: weight(sent) };
    this.#bytes += queued.bytes;
    this.#queued.push(queued);
    this.#accepted++;
    this.#arm();
    return queued;
  }

  #arm(): void {
    if (this.#writing || this.#failures) return;
    if (this.#queued.length >= ENOUGH) this.#begin();
    else this.#timer ??= setTimeout(() => this.#due(), GATHER_MS);
  }

  #due(): void {
    if (this.#queued.length < MANY || this.#isAwaited) this.#begin();
    else this.#timer = setTimeout(() => this.#begin(), GATHER_ON_MS);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing || this.#queued.length === 0) return;
    this.#isAwaited = false;
    this.#writing = this.#run().finally(() => {
      this.#writing = undefined;
      if (this.#failures && this.#queued.length) this.#retryLater();
      else if (this.#queued.length) this.#arm();
    });
  }

  #retryLater(): void {
    if (this.#isClosing) return;
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length) - 1];
    this.#timer ??= setTimeout(() => this.#begin(), wait).unref();
  }

  async #run(): Promise<void> {
    const group = this.#queued.slice(0, MOST);
    this.#queued = this.#queued.slice(MOST);
    this.#inFlight = group.length;
    try {
      await this.#try(group);
    } catch (error) {
      const fault = error as StoreError;
      if (isRowsFault(fault)) await this.#oneByOne(group);
      else this.#putBack(group, fault);
    }
  }

  async #try(group: readonly Queued[]): Promise<void> {
    const began = performance.now();
    await this.#write(group.map(({ sent }) => sent));
    this.#counts.commitMs = performance.now() - began;
    this.#counts.written += group.length;
    this.#inFlight -= group.length;
    this.#failures = 0;
    this.#failingSince = undefined;
    this.#reason = undefined;
    for (const { bytes, resolve } of group) {
      this.#bytes -= bytes;
      resolve?.();
    }
    this.#settle(group.length);
  }

  /** One row that the store does not take must not keep the others out. */
  async #oneByOne(group: readonly Queued[]): Promise<void> {
    for (const [index, queued] of group.entries()) {
      try {
        await this.#try([queued]);
      } catch (error) {
        const fault = error as StoreError;
        if (!isRowsFault(fault)) return this.#putBack(group.slice(index), fault);
        this.#counts.rejected++;
        this.#inFlight--;
        this.#reason = fault.message;
        this.#bytes -= queued.bytes;
        queued.reject?.(fault);
        this.#settle(1);
      }
    }
  }

  #settle(rows: number): void {
    this.#settled += rows;
    while (this.#flushes[0] && this.#flushes[0].until <= this.#settled) this.#flushes.shift()!.resolve();
  }

  /** The rows stay, and are written when the store can again; who waits for them is told now. */
  #putBack(group: readonly Queued[], fault: StoreError): void {
    this.#queued = [...group, ...this.#queued];
    this.#inFlight -= group.length;
    this.#failures++;
    this.#failingSince ??= performance.now();
    this.#reason = fault.message;
    for (const { reject } of this.#flushes.splice(0)) reject(fault);
    for (const queued of group) {
      queued.reject?.(fault);
      queued.reject = undefined;
      queued.resolve = undefined;
    }
  }
}

/** About how much memory a row holds. */
function weight({ tuple, content }: Sent): number {
  let bytes = 500;
  for (const value of tuple) if (typeof value === 'string') bytes += value.length;
  if (content) bytes += content.request.length + content.answer.length;
  return bytes;
}
