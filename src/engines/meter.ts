/** How far a download is. */
export interface Progress {
  file: string;
  bytes: number;
  /** 0 while it is unknown. */
  total: number;
  bytesPerSecond: number;
  /** Undefined while it cannot be told. */
  etaSeconds: number | undefined;
}

const REPORT_EVERY_MS = 200;

/** Counts bytes over one or more files and reports at most five times a second, and once at the end. */
export class Meter {
  readonly #file: string;
  readonly #report: (progress: Progress) => void;
  readonly #now: () => number;
  readonly #from: number;
  #fresh = 0;
  #last = Number.NEGATIVE_INFINITY;
  bytes = 0;
  total = 0;

  constructor(file: string, report: (progress: Progress) => void, now: () => number = Date.now) {
    this.#file = file;
    this.#report = report;
    this.#now = now;
    this.#from = now();
  }

  /** @param isFresh false for bytes that were already on disk, which say nothing of the speed */
  add(bytes: number, isFresh = true): void {
    this.bytes += bytes;
    if (isFresh) this.#fresh += bytes;
    if (this.#now() - this.#last >= REPORT_EVERY_MS) this.flush();
  }

  flush(): void {
    this.#last = this.#now();
    const seconds = (this.#last - this.#from) / 1000;
    const bytesPerSecond = seconds > 0 ? Math.round(this.#fresh / seconds) : 0;
    const left = this.total - this.bytes;
    this.#report({
      file: this.#file,
      bytes: this.bytes,
      total: this.total,
      bytesPerSecond,
      etaSeconds: bytesPerSecond > 0 && this.total > 0 ? Math.max(0, Math.ceil(left / bytesPerSecond)) : undefined,
    });
  }
}
