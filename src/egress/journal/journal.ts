import { isPlain } from './canonical.ts';
import { type Opened, SegmentFile } from './file.ts';
import type { JournalKeys } from './keys.ts';
import { type Event, encodeLine, type Head } from './line.ts';
import { type Stream, segmentNumbers } from './segments.ts';
import { findTail, JournalError } from './tail.ts';

export interface JournalOptions {
  folder: string;
  stream: Stream;
  keys: JournalKeys;
  /** Unix time in milliseconds. */
  now?: () => number;
  /** Bytes after which a new segment begins; one also begins with each UTC day. */
  segmentBytes?: number;
  /** Most lines without a signature behind them. */
  checkpointLines?: number;
  /** Milliseconds after which lines get a signature although they are few. */
  checkpointMs?: number;
  /** One line for people when writing fails or goes on. */
  log?: (line: string) => void;
}

interface Waiting {
  event: Event;
  /** Nothing waits for it: it is kept in memory until it can be written. */
  keep: boolean;
  resolve(): void;
  reject(error: JournalError): void;
}

/** Most lines kept while the journal cannot be written. Nothing leaves then, so they are outcomes of what was under way. */
const MOST_KEPT = 100_000;
/** Milliseconds that a line nobody waits for lies at most until others share its write: those that somebody waits for are the sooner written. */
const LINGER_MS = 5;
/** Milliseconds between two tries to write what is kept. */
const RETRY_MS = 1000;

/**
 * An append-only file of chained lines. Whoever appends waits until the line is on the disk; lines that come while the disk is busy share
 * the next write and the next sync. When it cannot be written, it says so to everyone until it can again.
 */
export class Journal {
  readonly #options: Required<JournalOptions>;
  readonly #file: SegmentFile;
  #queue: Waiting[] = [];
  /** Lines in the queue that somebody waits for. */
  #awaited = 0;
  #writing: Promise<void> | undefined;
  #head: Head | undefined;
  #unsigned = 0;
  #signing: NodeJS.Timeout | undefined;
  #retrying: NodeJS.Timeout | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #failure: JournalError | undefined;
  #failedAt = 0;
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = {
      now: Date.now,
      segmentBytes: 16 * 1024 * 1024,
      checkpointLines: 256,
      checkpointMs: 5000,
      log: () => undefined,
      ...options,
    };
    this.#file = new SegmentFile(this.#options.folder, this.#options.stream);
  }

  /** Why it cannot be written; undefined while it can. */
  get failure(): JournalError | undefined {
    return this.#failure;
  }

  /** Something was written to it, now or by an earlier process. */
  get isBegun(): boolean {
    return this.#head !== undefined || segmentNumbers(this.#options.folder, this.#options.stream).length > 0;
  }

  /** Number of the last durable line. */
  get last(): number {
    return this.#head?.n ?? 0;
  }

  /** Settles when the line is on the disk. @throws JournalError when it is not; it will not be there later either */
  append(event: Event): Promise<void> {
    return new Promise((resolve, reject) => this.#push({ event, keep: false, resolve, reject }));
  }

  /** Writes the line with the next that somebody waits for, or a moment later. `then` is called when it is on the disk. */
  keep(event: Event, then: () => void = () => undefined): void {
    if (this.#queue.length < MOST_KEPT) this.#push({ event, keep: true, resolve: then, reject: () => undefined });
    else this.#options.log(`the ${this.#options.stream} journal could not be written for too long: a line of type ${event.type} is lost`);
  }

  /** Writes what waits, signs and closes. */
  async close(): Promise<void> {
    if (this.#closed) return;
    while (this.#writing) await this.#writing;
    if (this.#head) this.keep({ type: 'stop', stream: this.#options.stream });
    this.#closed = true;
    clearTimeout(this.#signing);
    clearTimeout(this.#retrying);
    this.#failedAt = 0;
    this.#start();
    while (this.#writing) await this.#writing;
    await this.#file.close();
  }

  #push(waiting: Waiting): void {
    if (this.#closed) {
      waiting.reject(new JournalError(`the ${this.#options.stream} journal is closed`));
      return;
    }
    // One line that cannot be written must not keep all others from being written.
    if (!isPlain(waiting.event)) {
      const what = `a line of type ${waiting.event.type} holds what no journal does`;
      this.#options.log(what);
      waiting.reject(new JournalError(what));
      return;
    }
    this.#queue.push(waiting);
    if (!waiting.keep) this.#awaited++;
    this.#next();
  }

  /** What somebody waits for is written now, the rest in a moment. */
  #next(): void {
    if (this.#awaited > 0) this.#start();
    else if (this.#queue.length && !this.#writing) this.#lingering ??= setTimeout(() => this.#start(), LINGER_MS).unref();
  }

  #start(): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    if (this.#writing || this.#queue.length === 0) return;
    // One turn later, so that all who ask in this one share the first write.
    this.#writing = Promise.resolve()
      .then(() => this.#write())
      .finally(() => {
        this.#writing = undefined;
        if (this.#failure === undefined) this.#next();
      });
  }

  async #write(): Promise<void> {
    do {
      const batch = this.#queue;
      this.#queue = [];
      this.#awaited = 0;
      if (this.#failure && performance.now() - this.#failedAt < RETRY_MS) {
        this.#refuse(batch, this.#failure);
        return;
      }
      try {
        await this.#commit(batch);
        if (this.#failure) this.#options.log(`the ${this.#options.stream} journal is written again`);
        this.#failure = undefined;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#fail(batch, error);
        return;
      }
    } while (this.#awaited > 0);
    this.#signSoon();
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const { now, keys, checkpointLines, stream } = this.#options;
    let head = await this.#ready();
    const texts: string[] = [];
    const add = (event: Event) => {
      const line = encodeLine(event, head, now(), keys);
      texts.push(line.text);
      head = line.head;
    };
    for (const { event } of batch) add(event);
    let signed = batch.findLastIndex(({ event }) => event.type === 'stop' || event.type === 'checkpoint');
    if (this.#unsigned + texts.length - 1 - signed >= checkpointLines) {
      add({ type: 'checkpoint', stream });
      signed = texts.length - 1;
    }
    await this.#file.append(`${texts.join('\n')}\n`);
    this.#head = head;
    this.#unsigned = signed < 0 ? this.#unsigned + texts.length : texts.length - 1 - signed;
    if (signed >= 0) await this.#file.gather(texts[signed]!);
  }

  /** The chain's head with a file behind it that can be appended to: opened, or a new one where size or day ask for it. */
  async #ready(): Promise<Head> {
    const { now, segmentBytes } = this.#options;
    if (!this.#head) return this.#open();
    // A segment whose first line could not be written is begun anew.
    if (this.#file.size === 0) return this.#begin(this.#head, this.#file.segment);
    await this.#file.check();
    const { size, begun } = this.#file;
    if (size < segmentBytes && day(begun) === day(now())) return this.#head;
    await this.#closeSegment(this.#head);
    return this.#begin(this.#head!);
  }

  async #open(): Promise<Head> {
    const { folder, stream, keys, now } = this.#options;
    const tail = findTail(folder, stream, keys);
    const opened: Opened = { ...tail };
    await this.#file.open(opened);
    if (tail.size === 0) return this.#begin(tail.head, Math.max(tail.segment, 1), tail.torn);
    const line = encodeLine({ type: 'start', torn: tail.torn || undefined }, tail.head, now(), keys);
    await this.#file.append(`${line.text}\n`);
    this.#unsigned = tail.unsigned + 1;
    this.#head = line.head;
    return line.head;
  }

  /** A segment ends with a signature, so that no line of it can be changed later by whoever has the secret but not the copy. */
  async #closeSegment(after: Head): Promise<void> {
    const { keys, now, stream } = this.#options;
    const line = encodeLine({ type: 'checkpoint', stream }, after, now(), keys);
    await this.#file.append(`${line.text}\n`);
    this.#head = line.head;
    this.#unsigned = 0;
    await this.#file.gather(line.text);
  }

  async #begin(after: Head, segment = this.#file.segment + 1, torn = 0): Promise<Head> {
    const { keys, now, stream } = this.#options;
    const at = now();
    const event: Event = { type: 'segment', segment, stream, key: keys.publicKey, format: 1, torn: torn || undefined };
    const line = encodeLine(event, after, at, keys);
    await this.#file.begin(segment, `${line.text}\n`, at);
    this.#head = line.head;
    this.#unsigned = 1;
    return line.head;
  }

  #fail(batch: readonly Waiting[], thrown: unknown): void {
    const { stream, folder, log } = this.#options;
    const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
    const failure =
      thrown instanceof JournalError
        ? thrown
        : new JournalError(
            `the ${stream} journal in ${folder} cannot be written (${code ?? String(thrown)}); free the disk or mend its rights`,
            thrown,
          );
    if (this.#failure?.message !== failure.message) log(failure.message);
    this.#failure = failure;
    this.#failedAt = performance.now();
    this.#refuse(batch, failure);
  }

  /** Nobody waits in vain; what may be written later stays. */
  #refuse(batch: readonly Waiting[], failure: JournalError): void {
    const waiting = [...batch, ...this.#queue];
    this.#queue = waiting.filter(({ keep }) => keep);
    this.#awaited = 0;
    for (const { keep, reject } of waiting) if (!keep) reject(failure);
    clearTimeout(this.#retrying);
    if (this.#queue.length && !this.#closed) this.#retrying = setTimeout(() => this.#start(), RETRY_MS).unref();
  }

  #signSoon(): void {
    if (this.#unsigned === 0 || this.#closed || this.#signing) return;
    this.#signing = setTimeout(() => {
      this.#signing = undefined;
      if (this.#unsigned) this.keep({ type: 'checkpoint', stream: this.#options.stream });
    }, this.#options.checkpointMs).unref();
  }
}

function day(at: number): number {
  return Math.floor(at / 86_400_000);
}
