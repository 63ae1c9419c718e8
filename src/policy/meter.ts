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
  /** Of money: whether targets whose price nobody knows may be used all the same. */
  allowsUnpriced?: boolean;
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

/** A grant that does not suffice, though the limit may. */
export interface Short {
  limit: Limit;
  /** The span, as the store names it. */
  window: string;
  /** In the limit's unit. */
  missing: number;
}

/** Why nothing was set aside. With `shorts` alone, grants may help and asking again makes sense. */
export interface Refusal {
  /** The longest wait first. */
  breaches: Breach[];
  shorts: Short[];
}

/** What a node was granted and does not need. */
export interface Spare {
  account: string;
  window: string;
  amount: number;
}

/** What is counted in one span of one account. */
interface Tally {
  account: string;
  window: string;
  start: number;
  used: number;
  held: number;
  /** What this node may use; the rest of the limit may be used by others. */
  granted: number;
  end: number;
  /** When something was last set aside. */
  at: number;
}

/** What one request holds of a tally. */
interface Taken {
  tally: Tally;
  unit: Unit;
  amount: number;
}

const NO_ALERTS: readonly Breach[] = [];

class Held implements Hold {
  readonly alerts: readonly Breach[];
  #taken: readonly Taken[] | undefined;

  constructor(alerts: readonly Breach[], taken: readonly Taken[]) {
    this.alerts = alerts;
    this.#taken = taken;
  }

  settle(used: Amounts): void {
    if (!this.#taken) return;
    for (const { tally, unit, amount } of this.#taken) {
      tally.held -= amount;
      if (unit !== 'concurrent') tally.used += used[unit] ?? 0;
    }
    this.#taken = undefined;
  }
}

/** A list that is made with its first item: nearly every request gets by without. */
function and<T>(list: T[] | undefined, item: T): T[] {
  if (!list) return [item];
  list.push(item);
  return list;
}

function isTaken(taken: readonly Taken[], tally: Tally): boolean {
  for (const one of taken) if (one.tally === tally) return true;
  return false;
}

/**
 * Counts against limits: reserve the most that a request can use, settle what it did use. Between the two, what is held counts as used, so
 * that no number of requests at the same time gets past a limit. Where limits are shared with other nodes, a node uses what it was granted
 * before. Knows no clock: it is told the time.
 */
export class Meter {
  readonly #tallies = new Map<string, Tally>();
  /** Where each limit counts now: its key is long, and the path of every request asks for it several times. */
  readonly #recent = new WeakMap<Limit, Tally>();
  readonly #isShared: (limit: Limit) => boolean;

  /** @param isShared whether a limit must be granted first; what is not shared is this node's alone */
  constructor(isShared: (limit: Limit) => boolean = () => false) {
    this.#isShared = isShared;
  }

  /**
   * Sets amounts aside against every limit, or against none.
   * @param now unix milliseconds
   * @param isLast no more can be granted: a limit of the kind `alert` is told and not short
   */
  reserve(limits: readonly Limit[], most: Amounts, now: number, isLast = false): Hold | Refusal {
    let breaches: Breach[] | undefined;
    let shorts: Short[] | undefined;
    let alerts: Breach[] | undefined;
    const taken: Taken[] = [];
    for (const limit of limits) {
      const amount = most[limit.unit] ?? 0;
      if (amount === 0) continue;
      const tally = this.#tally(limit, now);
      const total = tally.used + tally.held + amount;
      if (total > limit.amount) {
        const breach = this.breach(limit, amount, now);
        if (limit.breach === 'alert') alerts = and(alerts, breach);
        else breaches = and(breaches, breach);
      } else if (total > tally.granted) {
        if (isLast && limit.breach === 'alert') alerts = and(alerts, this.breach(limit, amount, now));
        else shorts = and(shorts, { limit, window: tally.window, missing: total - tally.granted });
      }
      // Two budgets of one account in one span count the same money.
      if (!isTaken(taken, tally)) taken.push({ tally, unit: limit.unit, amount });
    }
    if (breaches || shorts) return { breaches: breaches?.sort((a, b) => (b.until ?? 0) - (a.until ?? 0)) ?? [], shorts: shorts ?? [] };
    for (const { tally, amount } of taken) {
      tally.held += amount;
      tally.at = now;
    }
    return new Held(alerts ?? NO_ALERTS, taken);
  }

  /** Adds to what this node may use of a shared limit. @param now unix milliseconds */
  grant(limit: Limit, amount: number, now: number): void {
    this.#tally(limit, now).granted += amount;
  }

  /**
   * Takes back of what was granted what is not needed: everything of spans that are over, and of the others what nobody has set anything
   * aside of for a while. @param idle milliseconds @param now unix milliseconds
   */
  spare(idle: number, now: number): Spare[] {
    const spares: Spare[] = [];
    for (const tally of this.#tallies.values()) {
      const amount = tally.granted - tally.used - tally.held;
      if (!Number.isFinite(amount) || amount <= 0 || (tally.end > now && tally.at + idle > now)) continue;
      tally.granted -= amount;
      spares.push({ account: tally.account, window: tally.window, amount });
    }
    return spares;
  }

  /** What was granted may be others' by now: only what is used or held counts on. */
  forfeit(): void {
    for (const tally of this.#tallies.values()) if (Number.isFinite(tally.granted)) tally.granted = tally.used + tally.held;
  }

  /** A limit as a breach by one more request. @param now unix milliseconds */
  breach(limit: Limit, wanted: number, now: number): Breach {
    const { used, held, end } = this.#tally(limit, now);
    return { limit, used: used + held, wanted, ...(Number.isFinite(end) && { until: end }) };
  }

  /** What this node used of a limit in its span. @param now unix milliseconds */
  used(limit: Limit, now: number): number {
    return this.#tally(limit, now).used;
  }

  /** What this node used, holds and may use in a limit's span. @param now unix milliseconds */
  state(limit: Limit, now: number): Readonly<Tally> {
    return { ...this.#tally(limit, now) };
  }

  /** Forgets spans that are over and hold nothing. @param now unix milliseconds */
  sweep(now: number): void {
    for (const [key, tally] of this.#tallies) if (tally.end <= now && tally.held === 0) this.#tallies.delete(key);
  }

  #tally(limit: Limit, now: number): Tally {
    const recent = this.#recent.get(limit);
    if (recent && recent.start <= now && now < recent.end) return recent;
    const { account, unit, period } = limit;
    const window = windowOf(limit, now);
    const key = `${account} ${unit} ${window}`;
    let tally = this.#tallies.get(key);
    if (!tally) {
      const { start, end } = unit === 'concurrent' ? ALWAYS : spanOf(period, now);
      const granted = this.#isShared(limit) ? 0 : Number.POSITIVE_INFINITY;
      tally = { account, window, start, end, used: 0, held: 0, granted, at: now };
      this.#tallies.set(key, tally);
    }
    this.#recent.set(limit, tally);
    return tally;
  }

  /** Name of a limit's span. @param now unix milliseconds */
  windowOf(limit: Limit, now: number): string {
    return this.#tally(limit, now).window;
  }
}

const ALWAYS = { start: 0, end: Number.POSITIVE_INFINITY };

/** The name of a limit's span, the same on every node: the period and its first moment. @param now unix milliseconds */
export function windowOf({ unit, period }: Limit, now: number): string {
  if (unit === 'concurrent') return 'now';
  if (period === 'lifetime') return period;
  return `${period} ${new Date(spanOf(period, now).start).toISOString().slice(0, 16)}`;
}
