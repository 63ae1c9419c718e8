import type { Made } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { Note } from '../protocol/note.ts';
import type { FinishReason, Part } from '../protocol/part.ts';
import { mergeUsage } from '../protocol/usage.ts';
import type { Flight, Head } from '../upstream/flight.ts';
import { retryAfter, toClient } from '../wire/http.ts';
import type { Asked } from './asked.ts';
import { errorBody } from './listen.ts';
import type { Outlet } from './outlet.ts';
import type { Candidate, Client, Incoming, Outgoing } from './ports.ts';
import type { Keeping } from './recall.ts';
import type { AttemptRecord, ExchangeRecord } from './record.ts';
import type { Admission, Clearance } from './stage.ts';
import type { Surroundings } from './surroundings.ts';

/** What a provider said when it refused, kept so that a client of the same dialect gets its very words. */
interface Refusal {
  status: number;
  headers: string[];
  body: Buffer;
}

/** A provider's refusal: the error in our terms, beside the raw answer. */
export class Refused extends GatewayError {
  readonly refusal: Refusal;
  readonly dialect: string;

  constructor(error: GatewayError, dialect: string, refusal: Refusal) {
    super(error.kind, error.message, { status: error.status, field: error.field, retryAfter: error.retryAfter, code: error.code });
    this.dialect = dialect;
    this.refusal = refusal;
  }
}

/** One exchange on its way: what all steps share. */
export interface Passage {
  incoming: Incoming;
  admission: Admission;
  /** What is asked of the candidate at hand: the client's request, or a stage's rewriting of it. */
  asked: Asked;
  /** Undoes in the answer what a stage rewrote in the request. */
  restore?: (parts: Part[]) => Part[];
  /** Where the answer is to be kept. */
  keeping?: Keeping;
  attempt?: AttemptRecord;
  /** What stages hold for the attempt under way. */
  clearances: Clearance[];
  client: Client;
  outlet: Outlet;
  around: Surroundings;
  record: ExchangeRecord;
  /** The call in flight, so that a client that leaves can end it. */
  flight?: Flight;
  candidate?: Candidate;
  notes: Note[];
  /** `performance.now()` when the last request went out and when its head came back. */
  sentAt: number;
  headAt: number;
  /** The last head was a 2xx. */
  accepted: boolean;
}

/** Sends to a candidate and waits for its head. @throws GatewayError for anything but a 2xx */
export async function dispatch(
  passage: Passage,
  path: string,
  search: string,
  headers: string[],
  body: Buffer | string,
): Promise<{ flight: Flight; head: Head }> {
  const { around, candidate } = passage;
  if (!candidate) throw new Error('dispatch before a candidate was chosen');
  const to = candidate.at(path);
  const query = search && (to.path.includes('?') ? '&' : '?') + search;
  const request: Outgoing = { method: 'POST', origin: to.origin, path: to.path + query, headers, body };
  const made = candidate.finish?.(request) ?? request;
  const finished = made instanceof Promise ? await made : made;
  const cleared = clear(passage, finished.origin, finished.body);
  if (cleared) await cleared;
  const flight = around.upstream.send({ ...finished, clocks: candidate.clocks, ceiling: passage.admission.ceiling });
  passage.flight = flight;
  passage.sentAt = flight.sentAt;
  if (passage.client.gone) flight.abort();
  const head = await flight.head;
  passage.headAt = performance.now();
  passage.accepted = head.status >= 200 && head.status < 300;
  if (passage.accepted) return { flight, head };
  throw await refusal(flight, head, candidate, around.now());
}

/** Asks every stage whether these bytes may leave. A promise only when one of them must wait. @throws GatewayError */
function clear(passage: Passage, origin: string, body: Buffer | string): Promise<void> | undefined {
  const { around, admission, asked, candidate, attempt, clearances } = passage;
  const leaving = { admission, candidate: candidate!, attempt: attempt!, origin, body, asked };
  const next = (at: number): Promise<void> | undefined => {
    for (let i = at; i < around.stages.length; i++) {
      const clearance = around.stages[i]!.clear?.(leaving);
      if (clearance instanceof Promise)
        return clearance.then((held) => {
          if (held) clearances.push(held);
          return next(i + 1);
        });
      if (clearance) clearances.push(clearance);
    }
    return undefined;
  };
  return next(0);
}

/** A non-2xx answer as an error that keeps its class and its words. */
async function refusal(flight: Flight, head: Head, candidate: Candidate, now: number): Promise<GatewayError> {
  if (head.status < 400) {
    flight.abort();
    return new GatewayError(
      'upstream',
      `the provider "${candidate.provider}" answered with a redirect (${head.status}); put its final address in providers.${candidate.provider}.url`,
    );
  }
  const body = await errorBody(flight);
  const error = candidate.dialect.fault.hear(head.status, body?.value, retryAfter(head.headers, now));
  // A proxy's page and an empty body are no words of the provider: the client gets ours, in its own dialect.
  if (!body || body.value === null || typeof body.value !== 'object') return error;
  return new Refused(error, candidate.dialect.name, { status: head.status, headers: toClient(head.headers), body: body.bytes });
}

/** Whether an end explains nothing. A filter or a limit may leave no word; of any other reason only its own dialect has the word. */
function isSilent(reason: FinishReason, path: ExchangeRecord['path']): boolean {
  return reason === 'stop' || (reason === 'other' && path === 'translate');
}

/**
 * Takes from passing parts what the record wants. An answer that stops without a single block and without a token spent is no answer:
 * engines in trouble do that, and agents then end their run silently.
 * @throws GatewayError `malformed` for such an empty success
 */
export function tap(passage: Passage, part: Part): void {
  const { record } = passage;
  if (part.type === 'usage') record.usage = mergeUsage(record.usage, part.usage);
  else if (part.type === 'block-start') markBegun(passage);
  else if (part.type === 'finish' && record.firstTokenMs === undefined && isSilent(part.reason, record.path) && !record.usage?.output)
    throw new GatewayError('malformed', 'the provider ended its answer without saying anything');
}

/** Content was heard. */
export function markBegun({ record, incoming }: Passage): void {
  record.firstTokenMs ??= performance.now() - incoming.startedAt;
}

/** Begins the stream to the client; from here on no other target may answer. @param headers flat list beside our own */
export function openStream({ admission, asked, outlet }: Passage, headers: string[], contentType?: string): void {
  asked.release();
  admission.asked.release();
  outlet.open(headers, contentType);
}

/** What an answer to this exchange needs that is not in its parts. */
export function madeFor({ incoming, around, keeping }: Passage): Made {
  return { id: incoming.id, at: Math.floor(around.now() / 1000), kept: keeping?.as };
}

/** Time spent here, not waiting for the provider, in milliseconds. */
export function overhead(passage: Passage): number {
  const now = performance.now();
  if (!passage.sentAt) return now - passage.incoming.startedAt;
  return passage.sentAt - passage.incoming.startedAt + (passage.headAt > passage.sentAt ? now - passage.headAt : 0);
}
