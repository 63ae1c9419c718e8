import { type Period, spanOf } from './period.ts';

/** What is limited: nano-dollars, tokens or requests within a period; `concurrent` counts what is under way, and its period is unused. */
export type Unit = 'nanos' | 'tokens' | 'requests' | 'concurrent';

/** One limit of one account. */
export interface Limit {
  /** Whose: `key:ID`, `team:NAME`, `project:NAME`, `model:ADDRESS`, `zone:NAME` or `total`. */
  account: string;
  unit: Unit;
  period: Period;
  /** In the unit. */
  amount: number;
  /** What happens when it does not suffice: refuse, go on and tell, or go on with own models only. */
  breach: 'block' | 'alert' | 'own';
}

/** What a request will use at most, and in the end did use. */
export type Amounts = Partial<Record<Unit, number>>;

/** A limit that does not suffice. */
export interface Breach {
  limit: Limit;
  /** Used and held in this span so far. */
  used: number;
  /** What was asked for on top. */
  wanted: number;
  /** Unix milliseconds at which the span ends; undefined for what is only freed by others ending. */
  until?: number;
}

/** What was set aside for one request. Give it back exactly once. */
export interface Hold {
  /** Limits of the kind `alert` that did not suffice. */
  readonly alerts: readonly Breach[];
  /** Replaces what was set aside by what was used. Zero for what failed. A second call does nothing. */
  settle(used: Amounts): void;
}

/** What is counted in one span of one account. */
interface Tally {
  used: number;
  held: number;
  end: number;
}

/**
 * Counts against limits: reserve the most that a request can use, settle what it did use. Between the two, what is held counts as used, so
 * that no number of requests at the same time gets past a limit. Knows no clock: it is told the time.
 */
export class Meter {
  readonly #tallies = new Map<string, Tally>();
  readonly #seed: (limit: Limit, start: number) => number;

  /** @param seed what was used in a span before this process began, in the limit's unit; asked once a span */
  constructor(seed: (limit: Limit, start: number) => number = () => 0) {
    this.#seed = seed;
  }

  /**
   * Sets amounts aside against every limit, or against none.
   * @param now unix milliseconds
   * @returns the hold, or the limits that do not suffice, the longest wait first
   */
  reserve(limits: readonly Limit[], most: Amounts, now: number): Hold | { breaches: Breach[] } {
    const breaches: Breach[] = [];
    const alerts: Breach[] = [];
    const taken: { tally: Tally; unit: Unit; amount: number }[] = [];
    for (const limit of limits) {
      const amount = most[limit.unit] ?? 0;
      if (amount === 0) continue;
      const tally = this.#tally(limit, now);
      if (tally.used + tally.held + amount > limit.amount) {
        const breach = { limit, used: tally.used + tally.held, wanted: amount, ...(limit.unit !== 'concurrent' && { until: tally.end }) };
        if (limit.breach === 'alert') alerts.push(breach);
        else breaches.push(breach);
      }
      taken.push({ tally, unit: limit.unit, amount });
    }
    if (breaches.length) return { breaches: breaches.sort((a, b) => (b.until ?? 0) - (a.until ?? 0)) };
    for (const { tally, amount } of taken) tally.held += amount;
    let open = true;
    return {
      alerts,
      settle: (used) => {
        if (!open) return;
        open = false;
        for (const { tally, unit, amount } of taken) {
          tally.held -= amount;
          if (unit !== 'concurrent') tally.used += used[unit] ?? 0;
        }
      },
    };
  }

  /** What is used and what is held of a limit's span. @param now unix milliseconds */
  state(limit: Limit, now: number): { used: number; held: number; end: number } {
    const { used, held, end } = this.#tally(limit, now);
    return { used, held, end };
  }

  /** Forgets spans that are over and hold nothing. @param now unix milliseconds */
  sweep(now: number): void {
    for (const [key, tally] of this.#tallies) if (tally.end <= now && tally.held === 0) this.#tallies.delete(key);
  }

  #tally(limit: Limit, now: number): Tally {
    const { start, end } = limit.unit === 'concurrent' ? { start: 0, end: Number.POSITIVE_INFINITY } : spanOf(limit.period, now);
    const key = `${limit.account} ${limit.unit} ${limit.unit === 'concurrent' ? '' : limit.period} ${start}`;
    let tally = this.#tallies.get(key);
    if (!tally) {
      tally = { used: limit.unit === 'concurrent' ? 0 : this.#seed(limit, start), held: 0, end };
      this.#tallies.set(key, tally);
    }
    return tally;
  }
}
