import type { GatewayError } from '../protocol/errors.ts';
import type { AnswerStore } from '../responses/ports.ts';
import type { Upstream } from '../upstream/client.ts';
import type { Candidate, Incoming } from './ports.ts';
import type { AttemptRecord, ExchangeRecord, Running } from './record.ts';
import type { Resilience } from './resilience.ts';
import type { Stage } from './stage.ts';
import type { Content } from './transcript.ts';

/** What the exchange is given: it has no clock, no randomness and no world of its own. */
export interface Surroundings {
  upstream: Upstream;
  /** Targets for a model name, best first; never empty. @throws GatewayError `not-found` or `unavailable` */
  plan(model: string, forVectors: boolean): Candidate[] | Promise<Candidate[]>;
  /** Policies on the way, in order. */
  stages: readonly Stage[];
  /** Where answers are kept for clients that continue them by id. */
  answers: AnswerStore;
  /** Told of each attempt's end, for health. */
  observe(provider: string, error: GatewayError | undefined): void;
  /** What is remembered of targets: health, speed, retries. */
  resilience: Resilience;
  /** Whether what is asked and answered is to be kept with the record. */
  keepsContent(): boolean;
  /** An attempt's headers, flat, with its place in a trace or without one; absent where nothing is traced. */
  trace?(headers: string[], record: ExchangeRecord, attempt: AttemptRecord): string[];
  /** Told when an exchange has been read, with its record as it grows. */
  begun?(running: Running): void;
  /** Told when it is over, before its record is. */
  over?(running: Running): void;
  /** Whether an exchange is to be looked at when it is over, with what was said. @returns whom to tell then */
  sample?(incoming: Incoming): ((record: ExchangeRecord, content: Content) => void) | undefined;
  /** Told once, when all is over. */
  record(exchange: ExchangeRecord): void;
  /** Unix time in milliseconds. */
  now(): number;
  /** Random letters and digits. */
  newId(): string;
  /** Milliseconds of silence after which a stream gets a keepalive; 0 switches it off. */
  keepalive(): number;
}
