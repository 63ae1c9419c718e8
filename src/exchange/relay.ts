import type { Part } from '../protocol/part.ts';
import { wireText } from '../protocol/well-formed.ts';
import type { Head } from '../upstream/flight.ts';
import { toClient, toUpstream } from '../wire/http.ts';
import { withFields } from '../wire/json.ts';
import { dispatch } from './dispatch.ts';
import { heard, hearWhole, readerFor, WHOLE_LIMIT } from './listen.ts';
import { type Course, claim, madeFor, overhead, type Passage, tap } from './passage.ts';
import { finalOf } from './recall.ts';
import { relayStream } from './relay-stream.ts';
import { deliver } from './translate.ts';

/**
 * Same dialect on both sides: the client's own bytes go out with the model's name replaced, the provider's own bytes come back.
 * The answer is only tapped, to know that it is complete. @throws GatewayError before anything was sent
 */
export async function relay(passage: Passage): Promise<void> {
  const { incoming, asked, candidate } = passage;
  const { body, isSwitched } = switchedOn(passage, mended(passage) ?? asked.bytesFor(candidate.target.model));
  const headers = toUpstream(
    incoming.rawHeaders,
    { 'accept-encoding': 'identity' },
    { 'content-type': 'application/json', ...candidate.headers },
  );
  const path = incoming.dialect.readdress?.(incoming.path, candidate.target.model) ?? incoming.path;
  const { flight, head } = await dispatch(passage, path, search(incoming.query), headers, body);
  const reader = readerFor(head);
  if (reader && asked.stream) return relayStream(passage, flight, head, reader, isSwitched);
  if (!reader && !asked.stream) return await relayWhole(passage, head, await flight.collect(WHOLE_LIMIT));
  // The provider answered in the other form than asked: heard, and answered as the client wants it.
  const parts = await heard(flight, head, candidate.dialect.hear(candidate.target));
  await deliver(passage, parts, incoming.dialect.answer(asked.prompt(), madeFor(passage)), []);
}

/** The client's request as this provider takes it, where its quirks ask for another than the client wrote. */
function mended({ asked, notes, incoming: { dialect }, candidate: { target } }: Passage): string | undefined {
  if (!dialect.needsMending?.(asked.body, target)) return undefined;
  const asking = dialect.ask(asked.prompt(), target);
  notes.push(...asking.notes);
  return wireText(asking.request.body);
}

/** With the usage asked for, where a stream would not tell it. `isSwitched`: the client did not ask for it. */
function switchedOn({ incoming: { dialect }, asked }: Passage, body: Buffer | string): { body: Buffer | string; isSwitched: boolean } {
  const { usageSwitch } = dialect;
  if (!usageSwitch || !asked.stream) return { body, isSwitched: false };
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const switched = withFields(bytes, usageSwitch.member, usageSwitch.on);
  return switched === bytes ? { body, isSwitched: false } : { body: switched, isSwitched: true };
}

/** The client's query without the credential that some clients put there. */
function search(query: URLSearchParams): string {
  if (query.size === 0) return '';
  const kept = new URLSearchParams(query);
  kept.delete('key');
  return kept.toString();
}

async function relayWhole(passage: Passage, head: Head, bytes: Buffer): Promise<void> {
  const { record, outlet, keeping, candidate } = passage;
  for (const part of hearWhole(bytes, candidate.dialect.hear(candidate.target), JSON.parse)) {
    if (part.type === 'fault') throw part.error;
    tap(passage, part);
  }
  claim(passage);
  const renaming = keeping?.memory.renaming(keeping.as);
  const body = renaming ? Buffer.from(renaming.whole(bytes)) : bytes;
  if (keeping) await keeping.keep(finalOf(renaming?.final));
  record.overheadMs = overhead(passage);
  outlet.whole(head.status, toClient(head.headers), body);
}

/** A fault as the bytes that end a stream of the client's dialect. */
export function brokenOff(course: Course, fault: Extract<Part, { type: 'fault' }>): string {
  const { incoming, admission } = course;
  const to = { dialect: incoming.dialect.name, model: admission.asked.model, stream: true, turns: [], tools: [], sampling: {} };
  const answering = incoming.dialect.answer(to, madeFor(course));
  return answering.part(fault) + answering.end();
}
