import type {
  BreakerRow,
  Dimension,
  DocumentRow,
  ExchangeRow,
  GroupRow,
  JobRow,
  KeyRow,
  LatencyDimension,
  Measure,
  Totals,
} from './ports.ts';

/** A content row. */
interface ContentRow {
  exchange: string;
  at: number;
  request: string;
  answer: string;
}

/**
 * Sums of one grain and one combination of dimensions; absent values are the empty text, so that they can stand in the primary key. A table
 * has the columns of its own dimensions only.
 */
export interface TotalsRow extends Totals {
  start: number;
  key: string;
  team: string;
  project: string;
  client: string;
  task: string;
  provider: string;
  model: string;
  zone: string;
  outcome_class: string;
}

/** How many durations of one grain fell into one bucket of the sketch. A table has the columns of its own dimensions only. */
interface LatencyRow {
  measure: Measure;
  start: number;
  task: string;
  provider: string;
  model: string;
  bucket: number;
  count: number;
}

interface BudgetRow {
  account: string;
  window: string;
  spent_nanos: number;
}

interface LeaseRow {
  node: string;
  account: string;
  window: string;
  /** Can fall below zero where more was charged than was held; that counts as zero. */
  held_nanos: number;
  expires_at: number;
}

/** A count of changes, by which nodes notice them. */
interface CounterRow {
  name: string;
  value: number;
}

interface MigrationRow {
  number: number;
  name: string;
  checksum: string;
  at: number;
}

/** The tables, the same on every driver. */
export interface Schema {
  exchanges: ExchangeRow;
  contents: ContentRow;
  work_hour: TotalsRow;
  work_day: TotalsRow;
  team_hour: TotalsRow;
  team_day: TotalsRow;
  people_hour: TotalsRow;
  people_day: TotalsRow;
  all_hour: TotalsRow;
  all_day: TotalsRow;
  latency_model_hour: LatencyRow;
  latency_model_day: LatencyRow;
  latency_work_hour: LatencyRow;
  latency_work_day: LatencyRow;
  keys: KeyRow & { version: number };
  groups: GroupRow & { version: number };
  budgets: BudgetRow;
  leases: LeaseRow;
  jobs: JobRow;
  documents: DocumentRow;
  breakers: BreakerRow;
  counters: CounterRow;
  migrations: MigrationRow;
}

export type ColumnType = 'text' | 'int' | 'real';

/** Columns in the order in which tuples are written. */
export type Columns<Row> = readonly (readonly [keyof Row & string, ColumnType])[];

/** What was used and what it cost: of one exchange, and in sums. */
const USED = [
  ['input_tokens', 'int'],
  ['cache_read_tokens', 'int'],
  ['cache_write_tokens', 'int'],
  ['cache_write_1h_tokens', 'int'],
  ['output_tokens', 'int'],
  ['reasoning_tokens', 'int'],
  ['estimated', 'int'],
  ['cost_nanos', 'int'],
] as const;

/** The id is first: by it the drivers tell which rows were new. */
export const EXCHANGE: Columns<ExchangeRow> = [
  ['id', 'text'],
  ['at', 'int'],
  ['node', 'text'],
  ['key', 'text'],
  ['team', 'text'],
  ['project', 'text'],
  ['session', 'text'],
  ['repository', 'text'],
  ['client', 'text'],
  ['dialect', 'text'],
  ['task', 'text'],
  ['complexity', 'real'],
  ['importance', 'real'],
  ['asked', 'text'],
  ['stream', 'int'],
  ['provider', 'text'],
  ['model', 'text'],
  ['zone', 'text'],
  ['ceiling', 'text'],
  ...USED,
  ['price_source', 'text'],
  ['baseline_nanos', 'int'],
  ['wasted_nanos', 'int'],
  ['escalated', 'int'],
  ['first_token_ms', 'real'],
  ['total_ms', 'real'],
  ['overhead_ms', 'real'],
  ['outcome', 'text'],
  ['outcome_class', 'text'],
  ['status', 'int'],
  ['partial', 'int'],
  ['bytes_out', 'int'],
  ['bytes_in', 'int'],
  ['plan', 'text'],
  ['attempts', 'text'],
  ['notes', 'text'],
  ['findings', 'text'],
];

export const CONTENT: Columns<ContentRow> = [
  ['exchange', 'text'],
  ['at', 'int'],
  ['request', 'text'],
  ['answer', 'text'],
];

export const DIMENSIONS = ['key', 'team', 'project', 'client', 'task', 'provider', 'model', 'zone', 'outcome_class'] as const;

/**
 * The same sums by fewer and by more dimensions. Over all of them together there are nearly as many groups as exchanges, so a report reads
 * the first table that has the dimensions it needs. Smallest first.
 */
export const ROLL_UPS = {
  people: ['key', 'team', 'project', 'client', 'outcome_class'],
  work: ['task', 'provider', 'model', 'zone', 'outcome_class'],
  team: ['team', 'task', 'provider', 'model', 'zone', 'outcome_class'],
  all: DIMENSIONS,
} as const satisfies Readonly<Record<string, readonly Dimension[]>>;

export type RollUp = keyof typeof ROLL_UPS;

/** What totals add up. */
export const SUMS: Columns<Totals> = [
  ['exchanges', 'int'],
  ...USED,
  ['unpriced', 'int'],
  ['partial', 'int'],
  ['baseline_nanos', 'int'],
  ['baselined_cost_nanos', 'int'],
  ['baselined', 'int'],
  ['wasted_nanos', 'int'],
  ['escalated', 'int'],
  ['escalated_nanos', 'int'],
  ['importance', 'real'],
  ['bytes_out', 'int'],
  ['bytes_in', 'int'],
];

/** Columns of a roll-up's table. */
export function totalsColumns(rollUp: RollUp): Columns<TotalsRow> {
  return [['start', 'int'], ...ROLL_UPS[rollUp].map((name) => [name, 'text'] as const), ...SUMS];
}

/** As with the sums, smallest first. */
export const SKETCHES = {
  model: ['provider', 'model'],
  work: ['task', 'provider', 'model'],
} as const satisfies Readonly<Record<string, readonly LatencyDimension[]>>;

export type Sketch = keyof typeof SKETCHES;

/** Columns of the primary key of a sketch's table. */
export function sketchKey(sketch: Sketch): Columns<LatencyRow> {
  return [['measure', 'text'], ['start', 'int'], ...SKETCHES[sketch].map((name) => [name, 'text'] as const), ['bucket', 'int']];
}

export const BUDGET: Columns<BudgetRow> = [
  ['account', 'text'],
  ['window', 'text'],
  ['spent_nanos', 'int'],
];

export const LEASE: Columns<LeaseRow> = [
  ['node', 'text'],
  ['account', 'text'],
  ['window', 'text'],
  ['held_nanos', 'int'],
  ['expires_at', 'int'],
];

/** Values of a row in the order of its columns. */
export type Tuple = readonly (string | number | null)[];
