import type { Frame, Framing, Hearing } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import { parseExact } from '../protocol/json.ts';
import type { Part } from '../protocol/part.ts';
import type { Flight, Head } from '../upstream/flight.ts';
import { EventStreamReader } from '../wire/eventstream.ts';
import type { FrameReader } from '../wire/frames.ts';
import { header } from '../wire/http.ts';
import { NdjsonReader } from '../wire/ndjson.ts';
import { SseReader } from '../wire/sse.ts';

/** Largest whole answer held in memory. Bytes. */
export const WHOLE_LIMIT = 64 * 1024 * 1024;
/** Most of an error body that is read. Bytes. */
const ERROR_LIMIT = 1024 * 1024;

const READERS: Readonly<Record<Framing, new () => FrameReader>> = {
  sse: SseReader,
  ndjson: NdjsonReader,
  eventstream: EventStreamReader,
};
const TYPES: ReadonlyMap<string, Framing> = new Map([
  ['text/event-stream', 'sse'],
  ['application/x-ndjson', 'ndjson'],
  ['application/vnd.amazon.eventstream', 'eventstream'],
]);

/** A reader for a stream's frames. */
export function readerOf(framing: Framing): FrameReader {
  return new READERS[framing]();
}

/** A reader for the answer's frames, or undefined when it is whole: its own content type decides, not what was asked. */
export function readerFor(head: Head): FrameReader | undefined {
  const type = header(head.headers, 'content-type');
  if (type === undefined || type === 'application/json') return undefined;
  const framing = TYPES.get(type.split(';', 1)[0]!.trim().toLowerCase());
  return framing && readerOf(framing);
}

/** The body of a refusal, parsed where it is JSON, else as text; what cannot be read is undefined. */
export async function errorBody(flight: Flight): Promise<{ bytes: Buffer; value: unknown } | undefined> {
  try {
    const bytes = await flight.collect(ERROR_LIMIT);
    return { bytes, value: parseLoose(bytes) };
  } catch {
    return undefined;
  }
}

function parseLoose(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A whole 2xx body as parts. An empty body or one that is no JSON is a fault, never an empty answer.
 * @param read how its text is read; long numbers stay exact for those who write them out again
 */
export function hearWhole(bytes: Buffer, hearing: Hearing, read: (text: string) => unknown = parseExact): Part[] {
  let body: unknown;
  try {
    body = read(bytes.toString('utf8'));
  } catch {
    const what = bytes.length ? 'a body that is not JSON' : 'an empty body';
    return [{ type: 'fault', error: new GatewayError('malformed', `the provider answered 2xx with ${what}`) }];
  }
  return hearing.whole(body);
}

/** The parts of an answer as they come, streamed or whole; the last one is `finish` or `fault`. */
export async function heard(flight: Flight, head: Head, hearing: Hearing): Promise<AsyncIterable<Part[]> | [Part[]]> {
  const reader = readerFor(head);
  return reader ? listen(flight, reader, hearing) : [hearWhole(await flight.collect(WHOLE_LIMIT), hearing)];
}

async function* listen(flight: Flight, reader: FrameReader, hearing: Hearing): AsyncGenerator<Part[]> {
  for await (const chunk of flight) {
    const parts = hearFrames(reader.push(chunk), hearing);
    if (parts.length) yield parts;
  }
  yield [...hearFrames(reader.end(), hearing), ...hearing.end()];
}

function hearFrames(frames: Frame[], hearing: Hearing): Part[] {
  if (frames.length === 1) return hearing.frame(frames[0]!);
  const parts: Part[] = [];
  for (const frame of frames) parts.push(...hearing.frame(frame));
  return parts;
}
