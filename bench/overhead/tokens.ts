/** A fake token's text: its number, the moment it was written and a check over both, so that a lost, doubled or changed one shows. */
const MARK = 64;
const DOT = 46;
const ZERO = 48;

/** Microseconds of the machine's monotonic clock: the same in every process, so that one-way delays can be told. */
export function micros(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanos / 1e3);
}

/** @param at its number in the answer, from 0 @param written `micros()`, or 0 where the moment means nothing */
export function token(at: number, written: number): string {
  return `@${at}.${written}.${check(at, written)}@ tok `;
}

function check(at: number, written: number): number {
  return (at * 31 + written) % 9973;
}

/** Reads tokens out of the bytes of an answer in any dialect, wherever packets cut them. */
export class TokenReader {
  readonly #seen: (written: number) => void;
  #inside = false;
  readonly #numbers = [0, 0, 0];
  #field = 0;
  /** Tokens read so far. */
  count = 0;
  /** False once a token was missing, out of order, or not as it was written. */
  intact = true;

  /** @param seen told of each token's moment of writing */
  constructor(seen: (written: number) => void) {
    this.#seen = seen;
  }

  reset(): void {
    this.#inside = false;
    this.count = 0;
    this.intact = true;
  }

  push(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      if (!this.#inside) {
        const mark = bytes.indexOf(MARK, at);
        if (mark < 0 || mark >= to) return;
        this.#inside = true;
        this.#field = 0;
        this.#numbers.fill(0);
        at = mark + 1;
        continue;
      }
      const byte = bytes[at++]!;
      if (byte === MARK) this.#take();
      else if (byte === DOT) this.#field++;
      else this.#numbers[this.#field] = this.#numbers[this.#field]! * 10 + byte - ZERO;
    }
  }

  #take(): void {
    const [at, written, sum] = this.#numbers;
    this.#inside = false;
    if (at !== this.count || this.#field !== 2 || sum !== check(at, written!)) this.intact = false;
    this.count++;
    this.#seen(written!);
  }
}
