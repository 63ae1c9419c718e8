import { asGatewayError, GatewayError } from '../protocol/errors.ts';
import type { Note } from '../protocol/note.ts';
import { Asked } from './asked.ts';
import { costHeaders } from './cost-headers.ts';
import { Refused } from './dispatch.ts';
import { Outlet, ownHeaders } from './outlet.ts';
import { Parting } from './parting.ts';
import { type Course, madeFor, overhead } from './passage.ts';
import type { Candidate, Client, Incoming } from './ports.ts';
import { pursue } from './pursue.ts';
import { recall } from './recall.ts';
import type { ExchangeRecord } from './record.ts';
import { brokenOff } from './relay.ts';
import type { Admission, Admitted } from './stage.ts';
import type { Surroundings } from './surroundings.ts';
import { Transcript } from './transcript.ts';

/**
 * One exchange, from the client's bytes to the client's answer. Never throws: whatever happens is answered in the client's dialect and
 * recorded once. A 2xx that ends cleanly is complete.
 */
export async function run(incoming: Incoming, socket: Client, around: Surroundings): Promise<void> {
  const sampled = around.sample?.(incoming);
  const keeps = around.keepsContent();
  const transcript = keeps || sampled ? new Transcript(socket, incoming.body) : undefined;
  const client = transcript ?? socket;
  const record: ExchangeRecord = {
    id: incoming.id,
    at: around.now(),
    dialect: incoming.dialect.name,
    asked: '',
    stream: false,
    client: incoming.client,
    caller: incoming.caller,
    attempts: [],
    // Fields that nearly every exchange gets stand here from the start: objects that grow are slow.
    ceiling: undefined,
    ceilingRule: undefined,
    repository: undefined,
    path: undefined,
    status: 200,
    outcome: 'ok',
    usage: undefined,
    notes: [],
    totalMs: 0,
    firstTokenMs: undefined,
    overheadMs: undefined,
  };
  let course: Course | undefined;
  const admitted: Admitted[] = [];
  const headers = (): string[] => {
    const passage = course?.speaker ?? course?.latest;
    record.overheadMs ??= passage ? overhead(passage) : 0;
    const spent = record.overheadMs;
    const own = ownHeaders(incoming.id, passage?.candidate, record.notes, spent);
    return own.concat(costHeaders(passage, record), course?.admission.headers ?? []);
  };
  const outlet = new Outlet(client, incoming.dialect, headers);
  try {
    const recalling = recall(incoming, around.answers, around.now, record);
    const keeping = recalling && (await recalling);
    const asked = new Asked(incoming);
    record.asked = asked.model;
    record.stream = asked.stream;
    const planned = around.plan(asked.model, incoming.embeddings !== undefined);
    const plan = planned instanceof Promise ? await planned : planned;
    const admission: Admission = { incoming, asked, record, resolved: plan, plan, ceiling: incoming.ceiling ?? 'vendor', headers: [] };
    const current: Course = {
      incoming,
      admission,
      client,
      outlet,
      around,
      record,
      keeping,
      flights: new Set(),
      seat: -1,
      parting: new Parting(),
      noted: NONE,
      latest: undefined,
      speaker: undefined,
      told: false,
      telling: undefined,
    };
    course = current;
    around.begun?.(current);
    client.onGone(() => {
      current.parting.tell();
      for (const flight of current.flights) flight.abort();
    });
    if (asked.stream) outlet.keepAlive(around.keepalive(), () => incoming.dialect.answer(asked.prompt(), madeFor(current)).contentType);
    for (const stage of around.stages) {
      const answer = stage.admit?.(admission);
      const holds = answer instanceof Promise ? await answer : answer;
      if (holds) admitted.push(holds);
    }
    if (record.notes.length) current.noted = record.notes;
    await pursue(current);
  } catch (thrown) {
    fail(asGatewayError(thrown), thrown, { incoming, client, outlet, record, course });
  } finally {
    outlet.close();
    record.totalMs = performance.now() - incoming.startedAt;
    for (const holds of admitted) holds.over(record);
    if (transcript && keeps) record.content = transcript.content;
    if (course) around.over?.(course);
    around.record(record);
    if (transcript) sampled?.(record, transcript.content);
  }
}

/** Before any stage noted something. */
const NONE: readonly Note[] = [];

interface Failing {
  incoming: Incoming;
  client: Client;
  outlet: Outlet;
  record: ExchangeRecord;
  course: Course | undefined;
}

/**
 * What a provider does not have is no mistake of the client, whom we told that it is here: some tools stop for good on one 404, and all of
 * them survive a 502.
 */
function ofProvider(error: GatewayError, candidate: Candidate | undefined): GatewayError {
  if (error.kind !== 'not-found' || !candidate) return error;
  const { provider, target } = candidate;
  const message = `the provider "${provider}" does not know the model "${target.model}": ${error.message}`;
  return new GatewayError('upstream', message, { code: error.code, cause: error });
}

/** Answers a failure: with its status while nothing was sent, inside the stream after that. */
function fail(failed: GatewayError, thrown: unknown, { incoming, client, outlet, record, course }: Failing): void {
  let error = ofProvider(failed, course?.latest?.candidate);
  record.outcome = client.gone ? 'cancelled' : error.kind;
  record.status = client.gone ? 499 : error.status;
  if (error.kind === 'internal') record.cause = thrown;
  if (client.gone) {
    client.cut();
    return;
  }
  if (client.headSent) {
    const isTold = record.stream && course && !(incoming.dialect.cutsBrokenStreams && error.retryable);
    if (isTold) outlet.end(farewell(course!, error));
    else outlet.cut();
    return;
  }
  if (error instanceof Refused && error.dialect === incoming.dialect.name && error.kind !== 'upstream-auth') {
    const better = error.kind === 'invalid' ? course?.admission.asked.complaint() : undefined;
    if (!better) {
      record.status = error.refusal.status;
      outlet.whole(error.refusal.status, withRetryAfter(error.refusal.headers, error, error.refusal.status), error.refusal.body);
      return;
    }
    error = better;
  }
  const answer = incoming.dialect.fault.answer(error, incoming.id);
  record.status = answer.status;
  outlet.whole(
    answer.status,
    withRetryAfter(['content-type', 'application/json'], error, answer.status),
    Buffer.from(JSON.stringify(answer.body)),
  );
}

/** What ends a stream in the client's dialect, behind what was told of the answer so far. */
function farewell(course: Course, error: GatewayError): string {
  const fault = { type: 'fault', error } as const;
  const { telling } = course;
  return telling ? telling.part(fault) + telling.end() : brokenOff(course, fault);
}

/** A rate limit always says when to come back, in whole seconds: one client gives up at once without it. */
function withRetryAfter(headers: string[], { retryAfter }: GatewayError, status: number): string[] {
  const seconds = retryAfter ?? (status === 429 ? 1 : undefined);
  if (seconds === undefined) return headers;
  const kept = headers.filter((_, i) => headers[i - (i % 2)]!.toLowerCase() !== 'retry-after');
  return [...kept, 'retry-after', String(seconds)];
}
