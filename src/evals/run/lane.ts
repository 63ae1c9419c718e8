/** So many at the same time, the others in the order in which they came. */
export class Lane {
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #closedUntil = 0;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Does something when there is room. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Settles when there is room; whoever entered must leave. */
  async enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }

  /** Nobody goes on for so many milliseconds: whoever serves this lane asked for it. */
  pause(ms: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, performance.now() + ms);
  }

  /** Settles when no pause is on. */
  async open(wait: (ms: number, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let left = this.#closedUntil - performance.now(); left > 0; left = this.#closedUntil - performance.now()) await wait(left, signal);
  }
}
