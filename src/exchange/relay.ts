import type { Part } from '../protocol/part.ts';
import { wireText } from '../protocol/well-formed.ts';
import type { Flight, Head } from '../upstream/flight.ts';
import type { FrameReader } from '../wire/frames.ts';
import { toClient, toUpstream } from '../wire/http.ts';
import { dispatch, markBegun, overhead, type Passage, tap } from './attempt.ts';
import { heard, hearWhole, readerFor, WHOLE_LIMIT } from './listen.ts';
import type { Candidate } from './ports.ts';
import { deliver } from './translate.ts';

/** Most bytes held back while a stream has not begun with content. */
const HELD_LIMIT = 1024 * 1024;

/**
 * Same dialect on both sides: the client's own bytes go out with the model's name replaced, the provider's own bytes come back.
 * The answer is only tapped, to know that it is complete. @throws GatewayError before anything was sent
 */
export async function relay(passage: Passage, candidate: Candidate): Promise<void> {
  const { incoming, asked } = passage;
  const body = mended(passage, candidate) ?? asked.bytesFor(candidate.target.model);
  const headers = toUpstream(
    incoming.rawHeaders,
    { 'accept-encoding': 'identity' },
    { 'content-type': 'application/json', ...candidate.headers },
  );
  const path = incoming.dialect.readdress?.(incoming.path, candidate.target.model) ?? incoming.path;
  const { flight, head } = await dispatch(passage, path, search(incoming.query), headers, body);
  const reader = readerFor(head);
  if (reader && asked.stream) return relayStream(passage, candidate, flight, head, reader);
  if (!reader && !asked.stream) return relayWhole(passage, candidate, head, await flight.collect(WHOLE_LIMIT));
  // The provider answered in the other form than asked: heard, and answered as the client wants it.
  const made = { id: incoming.id, at: Math.floor(passage.around.now() / 1000) };
  const parts = await heard(flight, head, candidate.dialect.hear(candidate.target));
  await deliver(passage, parts, incoming.dialect.answer(asked.prompt(), made), []);
}

/** The client's request as this provider takes it, where its quirks ask for another than the client wrote. */
function mended({ asked, notes, incoming: { dialect } }: Passage, { target }: Candidate): string | undefined {
  if (!dialect.needsMending?.(asked.body, target)) return undefined;
  const asking = dialect.ask(asked.prompt(), target);
  notes.push(...asking.notes);
  return wireText(asking.request.body);
}

/** The client's query without the credential that some clients put there. */
function search(query: URLSearchParams): string {
  if (query.size === 0) return '';
  const kept = new URLSearchParams(query);
  kept.delete('key');
  return kept.toString();
}

function relayWhole(passage: Passage, candidate: Candidate, head: Head, bytes: Buffer): void {
  for (const part of hearWhole(bytes, candidate.dialect.hear(candidate.target))) {
    if (part.type === 'fault') throw part.error;
    tap(passage, part);
  }
  passage.record.overheadMs = overhead(passage);
  passage.outlet.whole(head.status, toClient(head.headers), bytes);
}

async function relayStream(passage: Passage, candidate: Candidate, flight: Flight, head: Head, reader: FrameReader): Promise<void> {
  const { outlet } = passage;
  const { dialect } = passage.incoming;
  const hearing = dialect.hear(candidate.target);
  let held: Buffer[] | undefined = [];
  let size = 0;
  let begun = false;
  let over = false;

  /** Looks at parts; true once the stream may begin. A fault before that is raised, so that it keeps its status. */
  const look = (parts: Part[]): void => {
    for (const part of parts) {
      tap(passage, part);
      if (part.type === 'fault') {
        // A provider's own error event goes through as it is; what only we noticed is told by us.
        if (!begun || part.error.kind === 'malformed') throw part.error;
        passage.record.outcome = part.error.kind;
        passage.around.observe(candidate.provider, part.error);
      }
      if (part.type === 'block-start' || part.type === 'block-delta') begun = true;
      if (part.type === 'finish' || part.type === 'fault') over = begun = true;
    }
  };

  for await (const chunk of flight) {
    for (const frame of reader.push(chunk)) if (!begun || !dialect.glance(frame.data)) look(hearing.frame(frame));
    outlet.between = reader.between;
    let bytes: Buffer = chunk;
    if (held) {
      held.push(chunk);
      size += chunk.length;
      if (!begun && size < HELD_LIMIT) continue;
      begun = true;
      markBegun(passage);
      outlet.open(toClient(head.headers));
      bytes = held.length === 1 ? chunk : Buffer.concat(held);
      held = undefined;
    }
    const waiting = outlet.send(bytes);
    if (waiting) await waiting;
    if (over) {
      flight.release();
      outlet.end();
      return;
    }
  }
  const closing: Part[] = [];
  for (const frame of reader.end()) closing.push(...hearing.frame(frame));
  closing.push(...hearing.end());
  look(closing);
  if (held?.length) {
    outlet.open(toClient(head.headers));
    void outlet.send(Buffer.concat(held));
  }
  // The provider broke off: the client is told in its own dialect, because a clean end would pass for a complete answer.
  const fault = closing.find((part) => part.type === 'fault');
  outlet.end(fault ? brokenOff(passage, fault) : undefined);
}

/** A fault as the bytes that end a stream of the client's dialect. */
export function brokenOff(passage: Passage, fault: Extract<Part, { type: 'fault' }>): string {
  const { incoming, asked, around } = passage;
  const to = { dialect: incoming.dialect.name, model: asked.model, stream: true, turns: [], tools: [], sampling: {} };
  const answering = incoming.dialect.answer(to, { id: incoming.id, at: Math.floor(around.now() / 1000) });
  return answering.part(fault) + answering.end();
}
