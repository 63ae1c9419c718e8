import { EngineFault } from './fault.ts';

/** What a seat must tell of itself: the tokens it still holds from earlier work. */
export interface Held {
  contextTokens: readonly unknown[];
}

interface Waiter<S> {
  tokens: readonly unknown[];
  give: (seat: S) => void;
}

// A beginning shorter than this (a start token, a role name) is not worth robbing another conversation for.
const WORTH_KEEPING_TOKENS = 16;

/**
 * A fixed number of seats (sequences) and a bounded queue in front. A free seat is chosen by the longest
 * beginning it shares with the prompt, so that an agent's next turn finds its conversation already read.
 */
export class Seats<S extends Held> {
  readonly #free: S[];
  readonly #waiters: Waiter<S>[] = [];
  readonly #queueLength: number;
  readonly #total: number;
  readonly #now: () => number;
  #meanSeconds = 5;

  constructor(seats: readonly S[], queueLength: number, now: () => number = Date.now) {
    this.#free = [...seats];
    this.#total = seats.length;
    this.#queueLength = queueLength;
    this.#now = now;
  }

  get busy(): number {
    return this.#total - this.#free.length;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /**
   * Does `work` on a seat, at once or when it is this caller's turn; the seat is free again whatever happens.
   * @throws EngineFault 429 with Retry-After when the queue is full
   * @throws the signal's reason when it aborts while waiting
   */
  async *use<T, R>(tokens: readonly unknown[], signal: AbortSignal, work: (seat: S) => AsyncGenerator<T, R>): AsyncGenerator<T, R> {
    const seat = await this.#take(tokens, signal);
    const from = this.#now();
    try {
      return yield* work(seat);
    } finally {
      this.#meanSeconds = 0.8 * this.#meanSeconds + 0.2 * ((this.#now() - from) / 1000);
      this.#give(seat);
    }
  }

  #take(tokens: readonly unknown[], signal: AbortSignal): Promise<S> {
    signal.throwIfAborted();
    if (this.#free.length > 0) return Promise.resolve(this.#best(tokens));
    if (this.#waiters.length >= this.#queueLength) {
      throw new EngineFault(429, `The engine is busy: ${this.#total} at work and ${this.#waiters.length} waiting.`, {
        code: 'engine_busy',
        retryAfterSeconds: this.#wait(),
      });
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const waiter = {
        tokens,
        give: (seat: S) => {
          signal.removeEventListener('abort', leave);
          resolve(seat);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.push(waiter);
    });
  }

  #give(seat: S): void {
    this.#free.push(seat); // last in the list: the least recently used stay in front
    const next = this.#waiters.shift();
    if (next !== undefined) next.give(this.#best(next.tokens));
  }

  #best(tokens: readonly unknown[]): S {
    let best = 0;
    let longest = WORTH_KEEPING_TOKENS - 1;
    this.#free.forEach((seat, i) => {
      const shared = commonLength(seat.contextTokens, tokens);
      if (shared > longest) {
        longest = shared;
        best = i;
      }
    });
    return this.#free.splice(best, 1)[0] as S;
  }

  #wait(): number {
    return Math.min(60, Math.max(1, Math.ceil((this.#meanSeconds * (this.#waiters.length + 1)) / this.#total)));
  }
}

function commonLength(a: readonly unknown[], b: readonly unknown[]): number {
  const most = Math.min(a.length, b.length);
  let i = 0;
  while (i < most && a[i] === b[i]) i++;
  return i;
}
