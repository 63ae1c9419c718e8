import type { Breakers } from './ports/breakers.ts';
import type { Budgets } from './ports/budgets.ts';
import type { Documents } from './ports/documents.ts';
import type { Exchanges } from './ports/exchanges.ts';
import type { Jobs } from './ports/jobs.ts';
import type { Keys } from './ports/keys.ts';
import type { Reports } from './ports/reports.ts';

export { StoreError } from './fault.ts';
export type { BreakerRow, Breakers } from './ports/breakers.ts';
export type { BudgetState } from './ports/budgets.ts';
export type { DocumentRow, Documents } from './ports/documents.ts';
export type { Charge, Content, Entry, ExchangeRow, Filter, ListedExchange, OutcomeClass, Page, PageQuery } from './ports/exchanges.ts';
export type { JobRow, Jobs, NewJob } from './ports/jobs.ts';
export type { GroupRow, KeyChanges, KeyListener, KeyRow, Keys, Watch } from './ports/keys.ts';
export type {
  Dimension,
  Grain,
  LatencyDimension,
  LatencyGroup,
  LatencyQuery,
  Measure,
  Reports,
  TasksGroup,
  TasksQuery,
  Totals,
  TotalsGroup,
  TotalsQuery,
} from './ports/reports.ts';

/**
 * What the gateway keeps. Rows carry the names of their columns. Times are Unix milliseconds, durations milliseconds, money whole
 * nano-dollars (1e-9 US dollars), truth values 0 or 1, JSON its text: the same on every driver.
 */
export interface Store {
  readonly exchanges: Exchanges;
  readonly reports: Reports;
  readonly keys: Keys;
  readonly budgets: Budgets;
  readonly jobs: Jobs;
  readonly documents: Documents;
  readonly breakers: Breakers;
  /** No other process can write here: what nobody here holds is free. */
  readonly alone: boolean;
  /** How it is now; asks nobody. */
  health(): Health;
  /** Deletes in small batches that let writes pass between them. Gives back how many rows went. */
  retain(limits: Retention): Promise<Retained>;
  /** Writes what is queued and closes. Rows that cannot be written within the time (milliseconds) are counted as dropped. */
  close(withinMs?: number): Promise<void>;
}

/** What is older than these times goes. Absent: it stays. Roll-ups by day always stay. */
export interface Retention {
  exchanges?: number;
  content?: number;
  hours?: number;
  /** Jobs that are over. */
  jobs?: number;
}

export interface Retained {
  exchanges: number;
  contents: number;
  hours: number;
  jobs: number;
  /** Expired ones, which always go. */
  documents: number;
}

export interface Health {
  /** Whether the last write succeeded. */
  ok: boolean;
  /** What is wrong, and the mend. */
  reason?: string;
  /** Exchanges waiting to be written. */
  queued: number;
  written: number;
  /** Telemetry that found no room. */
  dropped: number;
  /** `must` rows that found no room. */
  refused: number;
  /** Rows that the store would not take for what is in them. */
  rejected: number;
  /** How long the last group of rows took until it was durable. */
  commitMs: number;
}
