import type { Frame, Hearing } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { Part } from '../protocol/part.ts';
import type { Flight, Head } from '../upstream/flight.ts';
import type { FrameReader } from '../wire/frames.ts';
import { toClient } from '../wire/http.ts';
import { sseFrame } from '../wire/sse.ts';
import { WHOLE_LIMIT } from './listen.ts';
import { claim, markBegun, mayResume, openStream, type Passage, tap } from './passage.ts';
import { finalOf } from './recall.ts';
import { Spoken } from './spoken.ts';

/** Most bytes held back while a stream has not begun with content. */
const HELD_LIMIT = 1024 * 1024;

/**
 * Passes a provider's stream on, byte for byte in whole frames. Text is only glanced at; what belongs to a tool call waits until the call is
 * complete. @param hidesUsage the client did not ask for the usage that comes @throws GatewayError when it breaks off, before anything was sent or after
 */
export async function relayStream(passage: Passage, flight: Flight, head: Head, reader: FrameReader, hidesUsage: boolean): Promise<void> {
  const { course, incoming } = passage;
  const spoken = incoming.dialect.continues && mayResume(course) ? new Spoken() : undefined;
  try {
    await pass(passage, flight, head, reader, { spoken, hidesUsage });
  } catch (thrown) {
    if (course.told && course.speaker === passage) course.telling = spoken?.telling(passage);
    throw thrown;
  } finally {
    spoken?.release();
  }
}

interface Passing {
  spoken: Spoken | undefined;
  hidesUsage: boolean;
}

async function pass(passage: Passage, flight: Flight, head: Head, reader: FrameReader, { spoken, hidesUsage }: Passing): Promise<void> {
  const { outlet, keeping, candidate } = passage;
  const { dialect } = passage.incoming;
  const hearing = dialect.hear(candidate.target);
  const watch = new Watch(passage, hearing, spoken !== undefined);
  const renaming = keeping?.memory.renaming(keeping.as);
  const queue = new Queue();
  const renamed = (frames: readonly Frame[]) => frames.map(({ data, event }) => lines(renaming!.frame(data), event)).join('');
  const keep = async () => {
    if (!watch.finished || !keeping) return;
    claim(passage);
    await keeping.keep(finalOf(renaming?.final));
  };

  for await (const chunk of flight) {
    const frames = reader.push(chunk);
    let hidden: Frame[] | undefined;
    for (const frame of frames) {
      if (watch.begun && dialect.glance(frame.data)) {
        watch.isBare = false;
        continue;
      }
      watch.look(hearing.frame(frame));
      if (hidesUsage && dialect.usageSwitch?.isUsageOnly(frame.data)) hidden = [...(hidden ?? []), frame];
    }
    if (renaming) queue.add(Buffer.from(renamed(frames)));
    else if (hidden) queue.retell(shown(frames, hidden), reader.between ? NOTHING : chunk.subarray(reader.whole(chunk)));
    else queue.push(chunk, reader.between ? chunk.length : reader.whole(chunk));
    if (!watch.maySend(queue.size)) continue;
    if (watch.finished) await keep();
    markBegun(passage);
    openStream(passage, toClient(head.headers));
    const bytes = queue.take(watch.over);
    if (bytes) spoken?.push(bytes);
    const waiting = bytes && outlet.send(bytes);
    if (waiting) await waiting;
    if (watch.over) {
      flight.release();
      outlet.end();
      return;
    }
  }
  const frames = reader.end();
  for (const frame of frames) watch.look(hearing.frame(frame));
  // A stream without its terminal event is a fault, and that is thrown: a clean end would pass for a complete answer.
  watch.look(hearing.end());
  const hidden = frames.filter(({ data }) => hidesUsage && dialect.usageSwitch?.isUsageOnly(data));
  if (renaming) queue.add(Buffer.from(renamed(frames)));
  else if (hidden.length) queue.retell(shown(frames, hidden), NOTHING);
  await keep();
  openStream(passage, toClient(head.headers));
  const bytes = queue.take(true);
  if (bytes) void outlet.send(bytes);
  outlet.end();
}

const NOTHING = Buffer.alloc(0);

/** Frames without those that the client did not ask for. */
function shown(frames: readonly Frame[], hidden: readonly Frame[]): Buffer {
  const kept = frames.filter((frame) => !hidden.includes(frame));
  return Buffer.from(kept.map(({ data, event }) => lines(data, event)).join(''));
}

/** Judges from the parts of a relayed answer what may go to the client. */
class Watch {
  readonly #passage: Passage;
  readonly #hearing: Hearing;
  readonly #isContinuable: boolean;
  /**
   * Tool calls that are not complete. While there is one the client gets nothing: clients have written truncated files and run tools with
   * repaired arguments when a stream broke in the middle of a call.
   */
  readonly #calls = new Set<number>();
  /** A block has begun and says nothing yet: its head waits, because we would not have told it, and could not go on behind it. */
  isBare = false;
  /** Content was heard. */
  begun = false;
  finished = false;
  /** The answer's last event was heard. */
  over = false;

  /** @param hearing what reads the answer @param isContinuable whether another attempt may go on where this one breaks off */
  constructor(passage: Passage, hearing: Hearing, isContinuable: boolean) {
    this.#passage = passage;
    this.#hearing = hearing;
    this.#isContinuable = isContinuable;
  }

  /** @throws GatewayError for a fault that the client is not told by the provider's own bytes */
  look(parts: Part[]): void {
    for (const part of parts) {
      if (part.type === 'fault') this.#fault(part.error);
      const wasHeld = this.#calls.size > 0;
      if (part.type === 'block-start' && part.block.kind === 'tool-call') this.#calls.add(part.index);
      else if (part.type === 'block-end') this.#calls.delete(part.index);
      else if (part.type === 'finish') this.#calls.clear();
      this.isBare = part.type === 'block-start' && (part.block.kind === 'text' || part.block.kind === 'reasoning');
      const isHeld = this.#calls.size > 0;
      if (wasHeld && !isHeld) markBegun(this.#passage);
      if (part.type !== 'block-start' || !isHeld) tap(this.#passage, part);
      if (part.type === 'block-start' || part.type === 'block-delta') this.begun = true;
      if (part.type === 'finish') this.finished = this.over = this.begun = true;
    }
  }

  /** Whether bytes that wait belong to a tool call that is not complete, also to one of which no part tells yet. */
  get #isHeld(): boolean {
    return this.#calls.size > 0 || (!this.finished && this.#hearing.holdsCall === true);
  }

  /** @param size bytes that wait @throws GatewayError `malformed` when a call never ends */
  maySend(size: number): boolean {
    if (this.isBare && this.#isContinuable && !this.over && size < HELD_LIMIT) return false;
    if (!this.#isHeld) return this.begun || size >= HELD_LIMIT;
    if (size > WHOLE_LIMIT) throw new GatewayError('malformed', 'the provider sent a tool call of more than 64 MiB');
    return false;
  }

  /** A provider's own error event goes through as it is, unless it is told otherwise: by its status, or by what this client survives. */
  #fault(error: GatewayError): void {
    const { course, record, incoming } = this.#passage;
    const isOurs = error.kind === 'malformed' || error.kind === 'truncated' || (this.#isContinuable && error.retryable);
    if (!course.told || isOurs || this.#isHeld || (incoming.dialect.cutsBrokenStreams && error.retryable)) throw error;
    record.outcome = error.kind;
    this.#passage.broken = error;
    this.over = true;
  }
}

/** Bytes on their way: whole frames that wait for leave to go, and the beginning of the next frame. */
class Queue {
  #waiting: Buffer[] = [];
  #tail: Buffer[] = [];
  size = 0;

  /** @param whole how many of these bytes end whole frames */
  push(bytes: Buffer, whole: number): void {
    this.size += bytes.length;
    if (whole === 0) {
      this.#tail.push(bytes);
      return;
    }
    this.#waiting.push(...this.#tail, whole === bytes.length ? bytes : bytes.subarray(0, whole));
    this.#tail = whole === bytes.length ? [] : [bytes.subarray(whole)];
  }

  /** Adds whole frames in place of the bytes that they were read from, and the beginning of the next. */
  retell(frames: Buffer, rest: Buffer): void {
    this.size -= this.#tail.reduce((sum, piece) => sum + piece.length, 0);
    this.#tail = [];
    this.add(frames);
    if (rest.length) this.push(rest, 0);
  }

  /** Adds whole frames. */
  add(bytes: Buffer): void {
    if (bytes.length) this.push(bytes, bytes.length);
  }

  /** What may go; with the unfinished rest when nothing follows. Undefined when that is nothing. */
  take(all: boolean): Buffer | undefined {
    if (all) {
      this.#waiting.push(...this.#tail);
      this.#tail = [];
    }
    const bytes = this.#waiting.length > 1 ? Buffer.concat(this.#waiting) : this.#waiting[0];
    this.#waiting = [];
    this.size = this.#tail.reduce((sum, piece) => sum + piece.length, 0);
    return bytes;
  }
}

/** An event with data that may hold line ends, as some providers print their JSON. */
function lines(data: string, event: string | undefined): string {
  return sseFrame(data.includes('\n') ? data.replaceAll('\n', '\ndata: ') : data, event);
}
