import type { ErrorKind } from '../../protocol/errors.ts';
import type { Zone } from '../../protocol/zone.ts';

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
