import { Meter, type Short } from '../policy/meter.ts';
import type { Budgets } from '../store/ports.ts';
import { type ConfiguredAccounts, Directory } from './directory.ts';
import { accountsOf, type BudgetsSection, type TargetLimit, targetLimits } from './schema.ts';

/** Of a limit, what one node takes at a time where others share it. */
const CHUNK = 0.05;

/** What the accounts need of a store. */
export interface AccountsStore {
  budgets: Budgets;
  /** No other node uses it: a lease may take all that is left. */
  alone: boolean;
}

/**
 * Who may ask, and what is left of their limits. With a store, money is leased from it, so that what was spent before a restart counts and
 * no node spends what another holds. Rates are counted by each node alone.
 */
export class Accounts {
  readonly directory: Directory;
  readonly meter: Meter;
  /** Limits that hold whoever asks. */
  general: readonly TargetLimit[] = [];
  readonly #store: AccountsStore | undefined;

  /**
   * @param secret keys the hashes of the store's keys
   * @param patience milliseconds for which the store's keys live on while it does not answer
   */
  constructor(store?: AccountsStore, secret?: Buffer, patience = 0) {
    this.directory = new Directory(secret, patience);
    this.#store = store;
    this.meter = new Meter((limit) => store !== undefined && limit.unit === 'nanos');
  }

  /** Takes over what a (new) configuration says. What was counted stays. */
  configure(config: Pick<ConfiguredAccounts, 'keys' | 'teams' | 'projects'> & { budgets: BudgetsSection }): void {
    this.directory.configure(accountsOf(config));
    this.general = targetLimits(config.budgets);
  }

  /** Asks the store for what is missing, and somewhat more. @param now unix milliseconds @throws StoreError */
  async lease(shorts: readonly Short[], now: number): Promise<void> {
    await Promise.all(shorts.map((short) => this.#leaseOne(short, now)));
  }

  async #leaseOne({ limit, window, missing }: Short, now: number): Promise<void> {
    if (!this.#store) return;
    const { budgets, alone } = this.#store;
    const want = Math.max(missing, alone ? limit.amount : Math.floor(limit.amount * CHUNK));
    const granted = await budgets.lease(limit.account, window, want, limit.amount);
    if (granted > 0) this.meter.grant(limit, granted, now);
  }
}
