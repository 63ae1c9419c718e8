import type { ErrorKind } from '../protocol/errors.ts';
import type { Zone } from '../protocol/zone.ts';
import { StoreError } from './fault.ts';

export { StoreError };

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

/** Which kind of end an exchange came to: who has to act. `interrupted`: the process died under it. */
export type OutcomeClass = 'ok' | 'client' | 'provider' | 'policy' | 'freehold' | 'cancelled' | 'interrupted';

/** One exchange without its content. Absent is null, never zero or empty text. */
export interface ExchangeRow {
  /** The exchange's id. A row is written once; a second one of the same id is ignored. */
  id: string;
  /** Arrival. */
  at: number;
  /** The gateway process that served it. */
  node: string;
  /** The caller's stable id, never the key or its hash. */
  key: string | null;
  team: string | null;
  project: string | null;
  /** The conversation it belongs to. */
  session: string | null;
  /** What it is about, e.g. `github.com/acme/app`. */
  repository: string | null;
  /** Family of the tool that asked, e.g. from its user agent. Few different ones: it is a dimension of the roll-ups. */
  client: string | null;
  /** The client's dialect. */
  dialect: string;
  /** Class of work; a dimension of the roll-ups. */
  task: string | null;
  /** 0 (a word changed) to 1 (hard for anybody). */
  complexity: number | null;
  /** Weight of the work, 1 is ordinary. */
  importance: number | null;
  /** The model as the client named it. */
  asked: string;
  stream: 0 | 1;
  /** Who answered, or was tried last. Null when nobody was. */
  provider: string | null;
  model: string | null;
  zone: Zone | null;
  /** The farthest zone that it was allowed to reach. */
  ceiling: Zone | null;
  /** Tokens by kind in the meaning of `Usage`: `input` and `output` are totals that contain the others. Null: not known. Of all attempts together. */
  input_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  cache_write_1h_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  /** 1 when the tokens were counted here because nobody reported them. */
  estimated: 0 | 1;
  /** What it cost, all attempts together. Null: it used tokens whose price is unknown. Work on own hardware that is priced elsewhere is 0. */
  cost_nanos: number | null;
  /** Where the price comes from. */
  price_source: string | null;
  /** What the model that was asked for would have cost; for savings. */
  baseline_nanos: number | null;
  /** Of the cost: attempts that gave no answer, e.g. failed, outrun or broken off ones. Null where the cost is. */
  wasted_nanos: number | null;
  /** 1 when it went to a better model because the conversation showed that the one before did not do. */
  escalated: 0 | 1;
  /** Arrival until the first byte of content. */
  first_token_ms: number | null;
  total_ms: number;
  /** Spent in Freehold itself. */
  overhead_ms: number | null;
  /** `interrupted` when the process died under it. */
  outcome: 'ok' | 'interrupted' | ErrorKind;
  outcome_class: OutcomeClass;
  /** HTTP status that the client saw. */
  status: number;
  /** 1 when the answer was cut, or its cost is an upper bound. */
  partial: 0 | 1;
  /** To and from providers, all attempts together. */
  bytes_out: number | null;
  bytes_in: number | null;
  /** JSON: the plan with its reasons, and what went into it. */
  plan: string | null;
  /** JSON: list of `AttemptRecord`. */
  attempts: string;
  /** JSON: list of `Note`, or null when there were none. */
  notes: string | null;
  /** JSON: what detectors found and what was done, without content. */
  findings: string | null;
}

/** What was asked and answered. Kept only where somebody switched that on. */
export interface Content {
  request: string;
  answer: string;
}

/** Part of an exchange's cost that counts against one budget. */
export interface Charge {
  account: string;
  window: string;
  nanos: number;
}

export interface Entry {
  row: ExchangeRow;
  /** Written in the row's transaction, once: a row that is there already charges nothing. */
  charges?: readonly Charge[];
  content?: Content;
  /** Money or egress depends on it: it is never dropped silently. Without it the row is telemetry. */
  must?: boolean;
}

export interface Exchanges {
  /**
   * Queues an exchange and never waits. When the queue is full, telemetry is dropped and counted. A `must` row still fits in a second
   * reserve; beyond that it is refused and counted, so ask `hasRoom` before the call that such a row would be about.
   * @returns false when the row was dropped or refused
   */
  put(entry: Entry): boolean;
  /** As `put`; settles when the row is durable. @throws StoreError when it is not and will not be */
  putDurably(entry: Entry): Promise<void>;
  /** Whether a `must` row would find room and the store can write. False: what depends on the record must not happen. */
  hasRoom(): boolean;
  /**
   * Inserts those whose id is not there yet, with their charges. For recovery. Durable when it settles. Rows that the store will not take are
   * counted as rejected and do not hold up the others.
   * @returns how many were missing
   */
  insertMissing(entries: readonly Entry[]): Promise<number>;
  /** Settles when all that was put before is durable. @throws StoreError when it is not, also when a `must` row was refused before */
  flush(): Promise<void>;
  get(id: string): Promise<ExchangeRow | undefined>;
  content(id: string): Promise<Content | undefined>;
  /** Newest first. */
  page(query: PageQuery): Promise<Page>;
}

/** Values that a page may be narrowed to. Each alone is an indexed read. */
export interface Filter {
  key?: string;
  team?: string;
  project?: string;
  session?: string;
  repository?: string;
  client?: string;
  task?: string;
  provider?: string;
  model?: string;
  zone?: Zone;
  outcome_class?: OutcomeClass;
}

export interface PageQuery extends Filter {
  /** Arrival, inclusive. */
  from?: number;
  /** Arrival, exclusive. */
  to?: number;
  /** From the page before. */
  cursor?: string;
  /** 1 to 500. */
  limit: number;
}

/** A row without its JSON, as lists show it. */
export type ListedExchange = Omit<ExchangeRow, 'plan' | 'attempts' | 'notes' | 'findings'>;

export interface Page {
  rows: ListedExchange[];
  /**
   * For the next page; absent at the end. A page may hold fewer rows than asked for, even none, and still have a next one: where filters
   * are rare together, a page looks at a bounded number of rows only.
   */
  next?: string;
}

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

/** A virtual key. What it may do stands in `rules`, as JSON that the policy reads. */
export interface KeyRow {
  /** Stable, stands in records. */
  id: string;
  /** Keyed hash of the key; the key itself is nowhere. */
  hash: string;
  /** Its first letters, for people. */
  prefix: string;
  name: string;
  team: string | null;
  project: string | null;
  rules: string;
  created_at: number;
  expires_at: number | null;
  /** From then on it is refused. The row stays: records name it. */
  revoked_at: number | null;
}

/** A team or a project. */
export interface GroupRow {
  kind: 'team' | 'project';
  id: string;
  name: string;
  /** The team of a project. */
  team: string | null;
  rules: string;
  created_at: number;
  /** The row stays: records name it. */
  removed_at: number | null;
}

export interface KeyChanges {
  keys: KeyRow[];
  groups: GroupRow[];
}

export interface Keys {
  /** Inserts or replaces, durably. Every node hears of it within a second. @throws StoreError `conflict` when another key has the hash */
  putKey(row: KeyRow): Promise<void>;
  putGroup(row: GroupRow): Promise<void>;
  byHash(hash: string): Promise<KeyRow | undefined>;
  byId(id: string): Promise<KeyRow | undefined>;
  /** By id, ascending. */
  page(query: { after?: string; limit: number; team?: string; project?: string }): Promise<KeyRow[]>;
  groups(): Promise<GroupRow[]>;
  /** Tells the listener everything once, then what changed, by any node, within a second. A change may be told twice. */
  watch(listener: KeyListener): Watch;
}

export interface KeyListener {
  /** Also, with nothing in it, when the store answers again after a doubt. */
  changed(changes: KeyChanges): void;
  /** The store does not answer. What is known may be out of date since then (Unix milliseconds; 0: nothing is known yet). */
  doubt(since: number, error: StoreError): void;
}

export interface Watch {
  end(): void;
}

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

export interface JobRow {
  id: string;
  kind: string;
  /** JSON. */
  payload: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  /** Not before. */
  run_at: number;
  /** How often it was claimed. */
  attempts: number;
  max_attempts: number;
  /** While it runs: until when the lease holds. */
  lease_until: number | null;
  node: string | null;
  /** JSON. */
  result: string | null;
  error: string | null;
  created_at: number;
  finished_at: number | null;
}

export interface NewJob {
  /** Unique. A job of this id that waits or runs is left as it is; one that is over is made anew. */
  id: string;
  kind: string;
  payload?: string;
  runAt?: number;
  /** 3 unless told. */
  maxAttempts?: number;
}

/** Work in the background. Each job has one worker at a time; a worker that stops renewing loses it to another. */
export interface Jobs {
  enqueue(job: NewJob): Promise<void>;
  /** The next due job of these kinds, held for `leaseMs`. */
  claim(kinds: readonly string[], leaseMs: number): Promise<JobRow | undefined>;
  /** Extends the lease. False: it was lost, and the work must stop. */
  renew(job: JobRow, leaseMs: number): Promise<boolean>;
  /** False: the lease was lost and another worker's end counts. */
  finish(job: JobRow, result?: string): Promise<boolean>;
  /** Tries again at `retryAt` as long as attempts are left. */
  fail(job: JobRow, error: string, retryAt: number): Promise<boolean>;
  get(id: string): Promise<JobRow | undefined>;
}

/** A value that lives for a time: a stored answer, a session's state. */
export interface DocumentRow {
  /** What it is, e.g. `answer`. */
  collection: string;
  /** Whose it is; the empty text is nobody's. */
  owner: string;
  id: string;
  value: string;
  expires_at: number | null;
}

export interface Documents {
  /** Inserts or replaces all of them, or none. */
  put(rows: readonly DocumentRow[]): Promise<void>;
  /** Undefined when unknown, expired or another owner's. */
  get(collection: string, owner: string, id: string): Promise<DocumentRow | undefined>;
  /** False when there was none. */
  remove(collection: string, owner: string, id: string): Promise<boolean>;
  /** By id, ascending, those that have not expired. */
  page(query: { collection: string; owner: string; after?: string; limit: number }): Promise<DocumentRow[]>;
}

/** What a node learned of a target's health, for the others. */
export interface BreakerRow {
  target: string;
  state: 'closed' | 'open' | 'probing';
  /** While open: until when. */
  until: number | null;
  failures: number;
  changed_at: number;
}

export interface Breakers {
  /** The newer `changed_at` wins. */
  put(row: BreakerRow): Promise<void>;
  /** Those that changed at or after a time. */
  since(changedAt: number): Promise<BreakerRow[]>;
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
