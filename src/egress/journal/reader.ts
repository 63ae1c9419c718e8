import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { fingerprint, JournalKeys } from './keys.ts';
import type { Reading, Telling } from './reading.ts';
import { type Report, type SegmentSums, type Span, Tally } from './report.ts';
import { type Stream, segmentFiles } from './segments.ts';
import type { Verified } from './verify.ts';

/** How a check of the journals stands. Times in Unix milliseconds. */
export interface Check {
  startedAt: number;
  endedAt?: number;
  /** Segments, and how many of them are checked. */
  files: number;
  checked: number;
  /** Whether all is as it was written; absent while it runs or when it failed. */
  sound?: boolean;
  journals?: Verified[];
  /** Why there is no result. */
  failure?: string;
}

/** Heap of the thread in MiB: a journal that does not fit into it is for the command line. */
const HEAP = 1024;
/** Problems that are kept of a check: a broken journal may have one a line. */
const MOST_PROBLEMS = 200;
/** For how long a report is good, in milliseconds. */
const FRESH = 5000;

const STREAMS: readonly Stream[] = ['egress', 'audit'];

const NOTHING: SegmentSums = new Tally();

/** Reads journals in a thread of its own, one at a time for each purpose, so that no request waits for it. */
export class JournalReader {
  readonly #folder: string;
  readonly #secret: Uint8Array;
  readonly #now: () => number;
  readonly #keys: JournalKeys;
  #check: Check | undefined;
  #report: { span: string; at: number; made: Promise<Report> } | undefined;
  /** What whole segments come to, with their size in bytes when they were read. */
  readonly #summed = new Map<string, { size: number; sums: SegmentSums }>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param folder of the segments @param secret the data folder's 32 bytes @param now Unix milliseconds */
  constructor(folder: string, secret: Uint8Array, now: () => number) {
    this.#folder = folder;
    this.#secret = secret;
    this.#now = now;
    this.#keys = new JournalKeys(secret);
  }

  /** Who signs, and how much there is. */
  get facts(): { publicKey: string; fingerprint: string; segments: number; bytes: number } {
    const files = this.#files();
    const bytes = files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
    const { publicKey } = this.#keys;
    return { publicKey, fingerprint: fingerprint(publicKey), segments: files.length, bytes };
  }

  /** What left in a span. Whoever asks for the same span a moment later gets the same answer. @throws Error when the thread fails */
  report(span: Span): Promise<Report> {
    const name = JSON.stringify(span);
    const now = this.#now();
    if (this.#report?.span === name && now - this.#report.at < FRESH) return this.#report.made;
    const made = this.#next(() => this.#sum(span));
    this.#report = { span: name, at: now, made };
    // One that failed is not the answer to the next question.
    made.catch(() => {
      if (this.#report?.made === made) this.#report = undefined;
    });
    return made;
  }

  /** Segments that are full are read once. */
  async #sum({ since = 0, until = Number.POSITIVE_INFINITY }: Span): Promise<Report> {
    const files = segmentFiles(this.#folder, 'egress');
    const sizes = new Map(files.map((file) => [file, statSync(file, { throwIfNoEntry: false })?.size ?? 0]));
    for (const [file, { size }] of this.#summed) if (sizes.get(file) !== size) this.#summed.delete(file);
    await this.#read(files.filter((file) => !this.#summed.has(file)).map((file) => ({ file })));
    const isCut = ({ from, to }: SegmentSums) => (from < since && to >= since) || (from < until && to >= until);
    const whole = new Map(files.flatMap((file) => [[file, this.#summed.get(file)?.sums] as const]));
    const cut = files.filter((file) => isCut(whole.get(file) ?? NOTHING));
    const parts = cut.length ? await this.#read(cut.map((file) => ({ file, span: { since, until } }))) : whole;
    const tally = new Tally();
    for (const file of files) {
      const sums = (cut.includes(file) ? parts : whole).get(file);
      if (sums) tally.take(sums, sums.to < since || sums.from >= until);
    }
    // The one that is being written is read again next time.
    if (files.length) this.#summed.delete(files.at(-1)!);
    return tally.report();
  }

  /** @returns what segments come to; those that were read whole are remembered */
  async #read(segments: readonly { file: string; span?: Span }[]): Promise<Map<string, SegmentSums>> {
    const found = new Map<string, SegmentSums>();
    if (segments.length === 0) return found;
    await run({ task: 'sum', segments }, (told) => {
      if (!('sums' in told)) return;
      const { file, sums } = told;
      found.set(file, sums);
      if (!segments.find((one) => one.file === file)?.span)
        this.#summed.set(file, { size: statSync(file, { throwIfNoEntry: false })?.size ?? 0, sums });
    });
    return found;
  }

  /** The last check, or the one that runs. */
  get check(): Check | undefined {
    return this.#check;
  }

  /** Begins a check of all journals, or tells of the one that runs. */
  verify(): Check {
    if (this.#check && this.#check.endedAt === undefined) return this.#check;
    const check: Check = { startedAt: this.#now(), files: this.#files().length, checked: 0 };
    this.#check = check;
    void this.#next(() =>
      run({ task: 'verify', folder: this.#folder, secret: this.#secret }, (told) => {
        if ('checked' in told) check.checked = told.checked;
        if ('verified' in told) {
          check.sound = told.verified.every(({ problems }) => problems.length === 0);
          check.journals = told.verified.map((one) => ({ ...one, problems: one.problems.slice(0, MOST_PROBLEMS) }));
        }
      }),
    )
      .catch((error: Error) => {
        check.failure = `the journals could not be read: ${error.message}; "freehold egress verify" checks them without this limit`;
      })
      .finally(() => {
        check.endedAt = this.#now();
      });
    return check;
  }

  #files(): string[] {
    return STREAMS.flatMap((stream) => segmentFiles(this.#folder, stream));
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** @throws Error when the thread ends before it is done */
function run(reading: Reading, told: (telling: Telling) => void): Promise<void> {
  const file = new URL(`./reading${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: reading, resourceLimits: { maxOldGenerationSizeMb: HEAP } });
    worker.unref();
    worker.on('message', told);
    worker.once('error', reject);
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`its thread ended with code ${code}`))));
  });
}
