import type { ErrorKind } from '../protocol/errors.ts';
import type { Part } from '../protocol/part.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Zone } from '../protocol/zone.ts';
import type { Flight } from '../upstream/flight.ts';
import type { Asked } from './asked.ts';
import type { Candidate, Incoming } from './ports.ts';
import type { AttemptRecord, ExchangeRecord } from './record.ts';

/** A request that was read and has targets, on its way past the stages. */
export interface Admission {
  readonly incoming: Incoming;
  /** What the client asked, unchanged by any stage. */
  readonly asked: Asked;
  readonly record: ExchangeRecord;
  /** All targets that the name means, before any stage. */
  readonly resolved: readonly Candidate[];
  /** The targets in order. A stage may only take some away or reorder them. */
  plan: Candidate[];
  /** The farthest zone that this exchange may reach. A stage may only bring it nearer. */
  ceiling: Zone;
  /** Response headers that stages want the client to see, flat. */
  readonly headers: string[];
}

/** How a stage changes what goes to one candidate, and changes the answer back. */
export interface Rewriting {
  asked: Asked;
  /** Undoes the change in the answer's parts, which may be cut anywhere. */
  restore?(parts: Part[]): Part[];
}

/** The final bytes of one attempt, before any of them has gone out. */
export interface Leaving {
  readonly admission: Admission;
  readonly candidate: Candidate;
  readonly attempt: AttemptRecord;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly body: Buffer | string;
  /** What is asked of this candidate: the client's request, or a rewriting of it. */
  readonly asked: Asked;
}

/** How an attempt ended. */
export interface AttemptEnd {
  /** Absent when it succeeded. */
  error?: ErrorKind;
  /** What the provider reported so far, also for an answer that was broken off. */
  usage?: Usage;
  /** Whether the bytes were handed to the socket: false when a later stage refused them. */
  sent: boolean;
  /** Whether the provider answered with a 2xx head: from then on it may charge. */
  accepted: boolean;
  /** The call, where there was one: its status, and its byte counts, which are final once it is over. */
  flight?: Flight;
}

/** What a stage holds for one attempt. Settled exactly once, whatever happens. */
export interface Clearance {
  settle(end: AttemptEnd): void;
}

/** What a stage holds for a whole exchange. Called exactly once, when all is over and the record is complete. */
export interface Admitted {
  over(record: ExchangeRecord): void;
}

/**
 * A policy on the path of an exchange. Stages are asked in the order of their list; what needs no waiting must not return a promise, because
 * each await costs every request. A throw refuses: in `admit` the exchange, in `prepare` and `clear` the candidate, and the next is tried.
 */
export interface Stage {
  readonly name: string;
  /** What it decides depends on the text: `admit` is asked again about the beginning of an answer that another target is to continue. */
  readonly rereads?: boolean;
  /** Once, before the first attempt. @throws GatewayError */
  admit?(admission: Admission): Admitted | undefined | Promise<Admitted | undefined>;
  /** Before each attempt, while the request can still be changed. @throws GatewayError */
  prepare?(admission: Admission, candidate: Candidate): Rewriting | undefined | Promise<Rewriting | undefined>;
  /** Before each attempt, with the bytes as they would leave. @throws GatewayError */
  clear?(leaving: Leaving): Clearance | undefined | Promise<Clearance | undefined>;
}
