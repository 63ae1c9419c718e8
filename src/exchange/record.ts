import type { Caller } from '../policy/caller.ts';
import type { Plan, PlanInput } from '../policy/plan.ts';
import type { ErrorKind } from '../protocol/errors.ts';
import type { Note } from '../protocol/note.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Zone } from '../protocol/zone.ts';
import type { Task } from '../tasks/task.ts';
import type { Content } from './transcript.ts';

/** One try at one target. */
export interface AttemptRecord {
  provider: string;
  model: string;
  zone: Zone;
  /** Absent when it succeeded. */
  error?: ErrorKind;
  /** What the provider reported, also for an answer that was broken off. */
  usage?: Usage;
  /** What was set aside for it, and what it cost: nano-dollars; absent where no price is known. */
  reservedNanos?: number;
  costNanos?: number;
  /** The budgets' spans that its cost counts against. */
  budgets?: readonly { account: string; window: string }[];
  /** Where its price comes from. */
  priceSource?: string;
  /** What it cost is a guess: the provider reported no usage, or broke off. */
  estimated?: boolean;
  /** Tokens were used whose price nobody knows. */
  unpriced?: boolean;
  /** Rules whose finds were replaced in what it was sent, with how often. */
  redacted?: Readonly<Record<string, number>>;
  /** When it began, after the exchange's arrival; how long it took to its end; and from its sending to its first content. Milliseconds. */
  startMs?: number;
  ms?: number;
  firstTokenMs?: number;
  /** How long it stood in line for the server, in milliseconds. */
  waitedMs?: number;
  /** Of bodies, as the socket took and gave them. */
  bytesOut?: number;
  bytesIn?: number;
}

/** What an exchange takes from one budget. */
export interface ChargeRecord {
  account: string;
  /** The budget's span, as the store names it. */
  window: string;
  nanos: number;
}

/** What the detectors found in a request, by rule; never the text. */
export interface FoundRecord {
  rule: string;
  kind: string;
  count: number;
  /** What the policy asked for. */
  action: string;
}

/** Who was to answer and why: what went into the decision, so that it can be made again, and what came out. */
export interface DecisionRecord {
  input: PlanInput;
  plan: Plan;
  /** The rule of the configuration that spoke, by its name. */
  rule?: string;
}

/** One client call and all that befell it. Times in milliseconds. */
export interface ExchangeRecord {
  id: string;
  /** Unix time of arrival. */
  at: number;
  /** The client's dialect. */
  dialect: string;
  /** The model as the client named it; empty when the request could not be read. */
  asked: string;
  stream: boolean;
  /** Family of the tool that asked. */
  client?: string;
  /** Who asked, if a key was shown. */
  caller?: Caller;
  attempts: AttemptRecord[];
  /** The farthest zone it was allowed to reach, and the rule that said so. */
  ceiling?: Zone;
  ceilingRule?: string;
  /** The repository it is about, e.g. `github.com/acme/app`, where the request tells. */
  repository?: string;
  findings?: FoundRecord[];
  /** The conversation it belongs to, as a keyed hash. */
  session?: string;
  /** What kind of work it was taken for. */
  task?: Task;
  /** Absent where there was nothing to decide. */
  decision?: DecisionRecord;
  /** The swap that its conversation is a case of, with the old model or the new one; absent where the new one could not have answered. */
  swap?: {
    id: string;
    from: string;
    to: string;
    arm: 'old' | 'new';
    /** It was the new model's turn, which is left alone because its calls fail. */
    ill?: true;
  };
  /** How it went: the same bytes through, or translated. */
  path?: 'relay' | 'translate';
  /** HTTP status the client saw; 499 when it left before the end. */
  status: number;
  outcome: 'ok' | ErrorKind;
  /** What was thrown, when the outcome is `internal`: for the log, never for the client. */
  cause?: unknown;
  /** Of the attempt that was answered with; what earlier ones used stands with them. */
  usage?: Usage;
  notes: Note[];
  /** What was said. Only where the configuration keeps it. */
  content?: Content;
  /** Where traces are reported: the client's place in one, and that vectors were made. */
  trace?: { parent?: { traceId: string; spanId: string; sampled: boolean }; vectors: boolean };
  charges?: ChargeRecord[];
  totalMs: number;
  /** Arrival until the first byte of content. */
  firstTokenMs?: number;
  /** Time spent in Freehold itself until the head went out. */
  overheadMs?: number;
}

/** An exchange under way: its record as it grows, and the calls that are open for it. */
export interface Running {
  readonly record: ExchangeRecord;
  readonly flights: ReadonlySet<{ readonly bytesIn: number }>;
  /** Where whoever looks on keeps it; -1 while nobody does. */
  seat: number;
}
