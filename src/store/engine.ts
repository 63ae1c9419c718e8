import type { Kysely, Transaction } from 'kysely';
import type { StoreError } from './fault.ts';
import type { ColumnType, Schema, Tuple } from './schema.ts';

/** The words in which databases differ when tables are defined. */
export interface Words {
  int: string;
  real: string;
  /** After a table's columns. */
  end: string;
  /** After the columns of a table that is read along its primary key. */
  endClustered: string;
  /** What makes an exchange's id unique. */
  uniqueExchange: string;
  endExchanges: string;
}

/** Tuples that are written at once. */
export interface Batch {
  table: keyof Schema;
  columns: readonly (readonly [string, ColumnType])[];
  tuples: readonly Tuple[];
  /** Columns of the primary key. */
  key: readonly string[];
  /** Columns that are added up where the key is there already. None: such tuples are left out. */
  add: readonly string[];
}

/** What a database brings. Everything that differs between databases is behind this; queries are the same on all. */
export interface Engine {
  readonly db: Kysely<Schema>;
  /** What the definitions of tables are written with. */
  readonly words: Words;
  /** True where no other process can write: what another one held is nobody's now. */
  readonly isAlone: boolean;
  /** True where rows of one table can be locked by several at once. */
  readonly locksRows: boolean;
  /** @returns the first column of those tuples that were not there yet */
  write(trx: Transaction<Schema>, batch: Batch): Promise<Set<unknown>>;
  /** Makes room for exchanges of these times where the table is divided by time. */
  prepare(times: readonly number[]): Promise<void>;
  /** Removes exchanges older than `before` in the way that is cheapest here. @returns rows removed by now, at most about `limit` unless whole parts go */
  expire(before: number, limit: number): Promise<number>;
  /** Milliseconds since 1970, the same clock for all nodes. */
  now(trx?: Transaction<Schema>): Promise<number>;
  /** Runs a step of the migrations while no other node does. */
  alone<T>(step: (trx: Transaction<Schema>) => Promise<T>): Promise<T>;
  /** Why the database refused, with the mend. */
  explain(error: unknown): StoreError;
  close(): Promise<void>;
}
