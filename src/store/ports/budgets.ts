import type { Charge } from './exchanges.ts';

/** One budget in one window. */
export interface BudgetState {
  account: string;
  window: string;
  /** Charged so far, by all nodes. */
  spent_nanos: number;
  /** Held by nodes for what is under way or will be. */
  leased_nanos: number;
}

/**
 * Budgets by account and window, both named by the policy (e.g. `team:core`, `2026-11`). Before a node spends, it leases; what is charged
 * with an exchange moves from leased to spent. A node that stops renewing loses its leases. Spent plus leased never passes the limit by leasing.
 */
export interface Budgets {
  read(of: readonly { account: string; window: string }[]): Promise<BudgetState[]>;
  /**
   * Leases up to `want` for this node, on top of what it holds. Leases are renewed while the store is open.
   * @param limit the account's limit in this window
   * @returns nanos granted: 0 when nothing is left
   */
  lease(account: string, window: string, want: number, limit: number): Promise<number>;
  /** Returns what this node holds and does not need. */
  giveBack(account: string, window: string, nanos: number): Promise<void>;
  /**
   * Whether leases still hold. False: they could not be renewed for so long that others may have them, and nothing may be spent on them.
   * After such a time it is false at least once, so that the caller forgets what it held.
   */
  hold(): boolean;
  /** Charges that belong to no exchange, e.g. a correction by an administrator; negative ones refund. */
  charge(charges: readonly Charge[]): Promise<void>;
}
