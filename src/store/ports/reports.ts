/**
 * What sums can be grouped and filtered by. Absent values are the empty text. Quick: whose requests it was (key, team, project, client) or
 * what was done where (team, task, provider, model, zone), and anything about one key or one project.
 */
export type Dimension = 'key' | 'team' | 'project' | 'client' | 'task' | 'provider' | 'model' | 'zone' | 'outcome_class';
export type Grain = 'hour' | 'day';

export interface TotalsQuery {
  /** Cut to whole grains: `from` down, `to` (exclusive) up. */
  from: number;
  to: number;
  /** Grain of the roll-ups that are read. `hour` for windows of at most 72 hours; hours are kept for a limited time, days for ever. */
  grain: Grain;
  /** Also one group a grain. */
  series?: boolean;
  by?: readonly Dimension[];
  where?: Partial<Record<Dimension, string>>;
}

/** Sums over exchanges. Unpriced ones are counted in `unpriced` and add nothing to `cost_nanos`. */
export interface Totals {
  exchanges: number;
  input_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cache_write_1h_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  /** Exchanges whose tokens were counted here. */
  estimated: number;
  cost_nanos: number;
  unpriced: number;
  partial: number;
  /** Over those exchanges that have both figures: baseline and cost. */
  baseline_nanos: number;
  baselined_cost_nanos: number;
  baselined: number;
  /** Of `cost_nanos`: attempts that gave no answer. */
  wasted_nanos: number;
  /** Exchanges that went to a better model because the one before did not do, and what of `cost_nanos` is theirs. */
  escalated: number;
  escalated_nanos: number;
  /** Sum of importance; exchanges without one count 1. */
  importance: number;
  bytes_out: number;
  bytes_in: number;
}

export interface TotalsGroup extends Totals {
  /** Start of the grain, with `series`. */
  start?: number;
  /** The group's values of `by`. */
  of: Partial<Record<Dimension, string>>;
}

export type Measure = 'total' | 'first_token' | 'overhead';
export type LatencyDimension = 'task' | 'provider' | 'model';

export interface LatencyQuery {
  from: number;
  to: number;
  grain: Grain;
  measure: Measure;
  series?: boolean;
  by?: readonly LatencyDimension[];
  where?: Partial<Record<LatencyDimension, string>>;
}

/** Quantiles in milliseconds, each within 10% of the true one. Exchanges with outcome `ok` only; the overhead has no dimensions. */
export interface LatencyGroup {
  start?: number;
  of: Partial<Record<LatencyDimension, string>>;
  count: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
}

/** Arrival: from inclusive, to exclusive. */
export interface TasksQuery {
  from: number;
  to: number;
  /** Families of clients whose exchanges do not count. */
  without?: readonly string[];
}

/**
 * Parts of tasks. A conversation is one task, however many requests it took; a request outside of any is one too. Only answered requests
 * count. A task that several had a hand in is split by their tokens, so that all groups add up to the number of tasks.
 */
export interface TasksGroup {
  of: Record<'team' | 'task' | 'provider' | 'model' | 'zone', string>;
  tasks: number;
  /** Tasks times their importance, which is that of the weightiest request in each. */
  importance: number;
  /** Tasks that no other zone had a part in. */
  undivided: number;
}

/** Reads of the roll-ups, and for tasks of the rows as long as they are kept. */
export interface Reports {
  totals(query: TotalsQuery): Promise<TotalsGroup[]>;
  /** Reads every exchange of the span: some seconds for a million. */
  tasks(query: TasksQuery): Promise<TasksGroup[]>;
  latency(query: LatencyQuery): Promise<LatencyGroup[]>;
}
