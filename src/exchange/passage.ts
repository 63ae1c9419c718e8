import type { Made } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { Note } from '../protocol/note.ts';
import type { FinishReason, Part } from '../protocol/part.ts';
import { mergeUsage, type Usage } from '../protocol/usage.ts';
import type { Flight } from '../upstream/flight.ts';
import type { Asked } from './asked.ts';
import type { Outlet } from './outlet.ts';
import type { Parting } from './parting.ts';
import type { Candidate, Client, Incoming } from './ports.ts';
import type { Keeping } from './recall.ts';
import type { AttemptRecord, ExchangeRecord } from './record.ts';
import type { Admission, Clearance } from './stage.ts';
import type { Surroundings } from './surroundings.ts';
import type { Telling } from './telling.ts';

/** What all attempts of an exchange share. */
export interface Course {
  readonly incoming: Incoming;
  readonly admission: Admission;
  readonly client: Client;
  readonly outlet: Outlet;
  readonly around: Surroundings;
  readonly record: ExchangeRecord;
  /** Where the answer is to be kept. */
  readonly keeping: Keeping | undefined;
  /** Calls under way, so that a client that leaves can end them. */
  readonly flights: Set<Flight>;
  /** Where whoever looks on keeps it; -1 while nobody does. */
  seat: number;
  /** That the client leaves, for whoever waits. */
  readonly parting: Parting;
  /** What was noted before the first attempt. */
  noted: readonly Note[];
  /** The attempt that was begun last. */
  latest?: Passage;
  /** The attempt whose answer the client gets. */
  speaker?: Passage;
  /** Something of the answer has gone to the client: from then on it can only be continued. */
  told: boolean;
  /** What was told so far, where it is known. */
  telling?: Telling;
}

/** One attempt on its way: what all its steps share. */
export interface Passage extends Omit<Course, 'flights' | 'seat' | 'parting' | 'noted' | 'latest' | 'speaker' | 'told' | 'telling'> {
  readonly course: Course;
  readonly candidate: Candidate;
  /** What is asked of the candidate: the client's request, or a stage's rewriting of it. */
  asked: Asked;
  /** Undoes in the answer what a stage rewrote in the request. */
  restore?: (parts: Part[]) => Part[];
  readonly attempt: AttemptRecord;
  /** What stages hold for it. */
  readonly clearances: Clearance[];
  readonly notes: Note[];
  path?: ExchangeRecord['path'];
  usage?: Usage;
  flight?: Flight;
  /** `performance.now()` when the request went out and when its head came back; 0 until then. */
  sentAt: number;
  headAt: number;
  /** `performance.now()` when its first content was heard. */
  begunAt?: number;
  /** Its head was a 2xx. */
  accepted: boolean;
  /** It broke off, and the client was told so by the provider's own words. */
  broken?: GatewayError;
}

/** A fresh attempt at a candidate. @param admission what is asked */
export function passageTo(course: Course, candidate: Candidate, admission: Admission): Passage {
  const { incoming, client, outlet, around, record, keeping } = course;
  const { provider, zone, target } = candidate;
  const attempt: AttemptRecord = {
    provider,
    model: target.model,
    zone,
    startMs: performance.now() - incoming.startedAt,
    error: undefined,
    usage: undefined,
    costNanos: undefined,
    bytesOut: undefined,
    bytesIn: undefined,
  };
  record.attempts.push(attempt);
  // What an attempt noted that came to nothing is of no interest to who reads the answer of the next.
  if (!course.told && course.flights.size === 0 && (record.notes.length || course.noted.length)) record.notes = [...course.noted];
  const passage: Passage = {
    course,
    incoming,
    admission,
    client,
    outlet,
    around,
    record,
    keeping,
    candidate,
    asked: admission.asked,
    restore: undefined,
    attempt,
    clearances: [],
    notes: [],
    path: undefined,
    usage: undefined,
    flight: undefined,
    sentAt: 0,
    headAt: 0,
    begunAt: undefined,
    accepted: false,
    broken: undefined,
  };
  course.latest = passage;
  return passage;
}

/** Another attempt was faster: this one has no say any more. */
export class Outrun extends GatewayError {
  constructor() {
    super('cancelled', 'another target began to answer first');
  }
}

/** Takes the word: from here on the client hears this attempt alone. @throws Outrun when another has it */
export function claim(passage: Passage): void {
  const { course, record } = passage;
  if (course.speaker === passage) return;
  if (course.speaker) throw new Outrun();
  course.speaker = course.latest = passage;
  record.path = passage.path;
  if (passage.begunAt !== undefined) record.firstTokenMs ??= passage.begunAt - passage.incoming.startedAt;
  for (const flight of course.flights) if (flight !== passage.flight) flight.abort();
  adoptNotes(passage);
}

/** What the stages noted stays in front of what this attempt notes. */
export function adoptNotes({ record, notes }: Passage): void {
  if (record.notes === notes) return;
  if (record.notes.length) notes.unshift(...record.notes);
  record.notes = notes;
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
  if (part.type === 'usage') passage.usage = mergeUsage(passage.usage, part.usage);
  else if (part.type === 'block-start') markBegun(passage);
  else if (part.type === 'finish' && passage.begunAt === undefined && isSilent(part.reason, passage.path) && !passage.usage?.output)
    throw new GatewayError('malformed', 'the provider ended its answer without saying anything');
}

/** Content was heard. */
export function markBegun(passage: Passage): void {
  passage.begunAt ??= performance.now();
}

/** Begins the stream to the client; from here on no other target may begin anew. @param headers flat list beside our own @throws Outrun */
export function openStream(passage: Passage, headers: string[], contentType?: string): void {
  const { course, admission, asked, outlet } = passage;
  if (course.told && course.speaker === passage) return;
  claim(passage);
  course.told = true;
  const isKept = mayResume(course) && (passage.path === 'translate' || passage.incoming.dialect.continues !== undefined);
  asked.release(isKept);
  admission.asked.release(isKept);
  outlet.open(headers, contentType);
}

/** Most bytes of a request that are kept so that its answer can be continued. */
const KEPT_BODY = 8 * 1024 * 1024;

/** Whether an answer that breaks off may be continued by another attempt. */
export function mayResume({ around, incoming, record }: Course): boolean {
  const isWanted = around.resilience.settings.resume && incoming.caller?.resume !== false;
  return isWanted && record.stream && !incoming.embeddings && incoming.body.length <= KEPT_BODY;
}

/** What an answer to this exchange needs that is not in its parts. */
export function madeFor({ incoming, around, keeping }: Pick<Course, 'incoming' | 'around' | 'keeping'>): Made {
  return { id: incoming.id, at: Math.floor(around.now() / 1000), kept: keeping?.as };
}

/** Time spent here, not waiting for the provider, in milliseconds. */
export function overhead({ incoming, sentAt, headAt }: Passage): number {
  const now = performance.now();
  if (!sentAt) return now - incoming.startedAt;
  return sentAt - incoming.startedAt + (headAt > sentAt ? now - headAt : 0);
}
