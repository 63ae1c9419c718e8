/** How much a server of ours may be asked at once. */
export interface LoadSettings {
  /** Requests at the same time. */
  concurrency: number;
  /** Requests that may wait. */
  queue: number;
  /** How long one may wait, in milliseconds. */
  waitMs: number;
  /** Models that fit into its memory together. */
  models: number;
}

interface Waiter {
  caller: string;
  model: string;
  since: number;
  go: () => void;
}

/** Why a request may not wait: how many do, and when it makes sense to come back, in whole seconds. */
export interface Full {
  waiting: number;
  retryAfter: number;
}

/** How long one who needs another model may be passed over, in milliseconds: changing models costs more than a few answers. */
const PASSED_OVER = 15_000;
/** Answers that must have been timed before a wait is foretold. */
const ENOUGH = 3;

/**
 * The line in front of one server. Whose turn it is goes round by caller, so that a crowd of one key's requests does not stop another's; who
 * asks for a model that is loaded goes first, until somebody has been passed over for too long. Clock is an argument.
 */
export class Queue {
  readonly #waiters: Waiter[] = [];
  /** Requests at work, by model. */
  readonly #running = new Map<string, number>();
  /** Models in the order of their last use, the latest last: so many as fit are loaded. */
  readonly #used: string[] = [];
  /** When each caller last got a turn, as a count. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  #timed = 0;
  #meanMs = 0;

  get waiting(): number {
    return this.#waiters.length;
  }

  get running(): number {
    let sum = 0;
    for (const count of this.#running.values()) sum += count;
    return sum;
  }

  /**
   * @param go called when it is this request's turn, perhaps at once
   * @returns how to leave the line, or why it may not wait
   */
  enter(caller: string, model: string, now: number, settings: LoadSettings, go: () => void): { leave: () => void } | Full {
    const { concurrency, queue, waitMs } = settings;
    const isFree = this.#waiters.length === 0 && this.running < concurrency && this.#mayStart(model, settings);
    const wait = this.foretold(this.#waiters.length, concurrency);
    if (!isFree && (this.#waiters.length >= queue || wait > waitMs))
      return { waiting: this.#waiters.length, retryAfter: Math.max(1, Math.ceil(Math.max(wait, this.#meanMs) / 1000)) };
    const waiter: Waiter = { caller, model, since: now, go };
    this.#waiters.push(waiter);
    this.#serve(now, settings);
    const leave = () => {
      const at = this.#waiters.indexOf(waiter);
      if (at >= 0) this.#waiters.splice(at, 1);
    };
    return { leave };
  }

  /** A request is over. @param tookMs how long it was at work */
  done(model: string, tookMs: number, now: number, settings: LoadSettings): void {
    const count = (this.#running.get(model) ?? 1) - 1;
    if (count > 0) this.#running.set(model, count);
    else this.#running.delete(model);
    this.#timed++;
    this.#meanMs += (tookMs - this.#meanMs) / Math.min(this.#timed, 20);
    this.#serve(now, settings);
  }

  /** How long somebody behind so many others will wait, in milliseconds; 0 while nobody can know. */
  foretold(ahead: number, concurrency: number): number {
    return this.#timed < ENOUGH ? 0 : ((ahead + 1) * this.#meanMs) / concurrency;
  }

  #serve(now: number, settings: LoadSettings): void {
    while (this.#waiters.length && this.running < settings.concurrency) {
      const waiter = this.#next(now, settings);
      if (!waiter) return;
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      this.#running.set(waiter.model, (this.#running.get(waiter.model) ?? 0) + 1);
      const at = this.#used.indexOf(waiter.model);
      if (at >= 0) this.#used.splice(at, 1);
      this.#used.push(waiter.model);
      if (this.#used.length > settings.models) this.#used.shift();
      this.#turns.delete(waiter.caller);
      this.#turns.set(waiter.caller, ++this.#turn);
      // Callers of long ago are as good as new ones.
      for (const [caller, turn] of this.#turns) {
        if (turn > this.#turn - 1000) break;
        this.#turns.delete(caller);
      }
      waiter.go();
    }
  }

  /** Whose turn it is; undefined when a model must first have no more work, so that another can take its place. */
  #next(now: number, settings: LoadSettings): Waiter | undefined {
    const isLoaded = ({ model }: Waiter) => this.#used.includes(model);
    const starving = this.#waiters.find((waiter) => !isLoaded(waiter) && now - waiter.since >= PASSED_OVER);
    if (starving) return this.#mayStart(starving.model, settings) ? starving : undefined;
    const loaded = this.#waiters.filter(isLoaded);
    if (loaded.length) return this.#fairest(loaded);
    return this.#fairest(this.#waiters.filter(({ model }) => this.#mayStart(model, settings)));
  }

  /** A model may start when it is at work already, or when there is room for one more. */
  #mayStart(model: string, { models }: LoadSettings): boolean {
    return this.#running.has(model) || this.#running.size < models;
  }

  /** The one whose caller has waited longest for a turn; of one caller's the first that came. */
  #fairest(waiters: readonly Waiter[]): Waiter | undefined {
    let best: Waiter | undefined;
    for (const waiter of waiters) if (!best || (this.#turns.get(waiter.caller) ?? 0) < (this.#turns.get(best.caller) ?? 0)) best = waiter;
    return best;
  }
}
