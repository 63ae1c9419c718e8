/** What a run may spend. The most that an answer can cost is set aside before it is asked for, so that no number of answers at once passes it. */
export class Purse {
  readonly #limit: number | undefined;
  #spent: number;
  #reserved = 0;

  /** @param limit nano-dollars; undefined is no limit @param spent before, by the same run */
  constructor(limit: number | undefined, spent = 0) {
    this.#limit = limit;
    this.#spent = spent;
  }

  /** Nano-dollars. */
  get spent(): number {
    return this.#spent;
  }

  /** Whether something is set aside that may yet come back. */
  get isHolding(): boolean {
    return this.#reserved > 0;
  }

  /** Sets aside the most that may be spent. @returns false when it does not fit */
  reserve(nanos: number): boolean {
    if (this.#limit !== undefined && this.#spent + this.#reserved + nanos > this.#limit) return false;
    this.#reserved += nanos;
    return true;
  }

  /** Replaces what was set aside by what was spent. */
  settle(reserved: number, spent: number): void {
    this.#reserved -= reserved;
    this.#spent += spent;
  }
}
