import { GatewayError } from '../protocol/errors.ts';
import type { Flight, Head } from '../upstream/flight.ts';
import { retryAfter, toClient } from '../wire/http.ts';
import { errorBody } from './listen.ts';
import { Outrun, type Passage } from './passage.ts';
import type { Candidate, Outgoing } from './ports.ts';
import type { Leaving } from './stage.ts';

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

/** Sends to a candidate and waits for its head. @throws GatewayError for anything but a 2xx */
export async function dispatch(
  passage: Passage,
  path: string,
  search: string,
  headers: string[],
  body: Buffer | string,
): Promise<{ flight: Flight; head: Head }> {
  const { around, candidate, course } = passage;
  const to = candidate.at(path);
  const query = search && (to.path.includes('?') ? '&' : '?') + search;
  const named = around.trace?.(headers, passage.record, passage.attempt) ?? headers;
  const request: Outgoing = { method: 'POST', origin: to.origin, path: to.path + query, headers: named, body };
  const made = candidate.finish?.(request) ?? request;
  const finished = made instanceof Promise ? await made : made;
  const { admission, asked, attempt } = passage;
  const cleared = clear(passage, { admission, candidate, attempt, origin: finished.origin, body: finished.body, asked }, 0);
  if (cleared) await cleared;
  if (course.speaker && course.speaker !== passage) throw new Outrun();
  const flight = around.upstream.send({ ...finished, clocks: candidate.clocks, ceiling: passage.admission.ceiling });
  passage.flight = flight;
  course.flights.add(flight);
  passage.sentAt = flight.sentAt;
  if (passage.client.gone) flight.abort();
  const head = await flight.head;
  passage.headAt = performance.now();
  passage.accepted = head.status >= 200 && head.status < 300;
  if (passage.accepted) return { flight, head };
  throw await refusal(flight, head, candidate, around.now());
}

/** Asks every stage from one on whether these bytes may leave. A promise only when one of them must wait. @throws GatewayError */
function clear(passage: Passage, leaving: Leaving, from: number): Promise<void> | undefined {
  const { stages } = passage.around;
  for (let at = from; at < stages.length; at++) {
    const clearance = stages[at]!.clear?.(leaving);
    if (clearance instanceof Promise)
      return clearance.then((held) => {
        if (held) passage.clearances.push(held);
        return clear(passage, leaving, at + 1);
      });
    if (clearance) passage.clearances.push(clearance);
  }
  return undefined;
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
