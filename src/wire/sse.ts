import { StringDecoder } from 'node:string_decoder';
import type { Frame } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { FrameReader } from './frames.ts';

/** Largest frame held in memory; an upstream that never ends a frame must not fill it. Characters. */
const FRAME_LIMIT = 64 * 1024 * 1024;
const LF = 10;
const CR = 13;

/**
 * Server-sent events as the WHATWG HTML standard parses them (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 * BOM, LF, CR and CRLF even when split across packets, comments, `data` on several lines, a missing space after the colon,
 * and UTF-8 characters cut by a packet. Work is linear in the bytes: text already searched is not searched again.
 * One thing more: a stream without any event that is one JSON object under the wrong content type is one frame at its end, because
 * that is how servers refuse who announced a stream too early.
 */
export class SseReader implements FrameReader {
  readonly #decoder = new StringDecoder('utf8');
  /** Pieces of the line that has not ended yet: joined once, when it does. */
  #pieces: string[] = [];
  #first = true;
  #afterCr = false;
  #event = '';
  #data: string[] = [];
  /** Characters of the line that has not ended yet, and of the event's data lines. */
  #unfinished = 0;
  #held = 0;
  /** Lines of what may be a bare JSON object; undefined once there was an event. */
  #bare: string[] | undefined = [];

  /** The frames completed by these bytes. @throws GatewayError `malformed` when a frame exceeds 64 Mi characters. */
  push(bytes: Uint8Array): Frame[] {
    return this.#take(this.#decoder.write(bytes));
  }

  /** What was left when the stream ended. By the standard an unfinished frame is dropped; we yield it, since some servers omit the last blank line. */
  end(): Frame[] {
    const frames = this.#take(this.#decoder.end());
    const last = this.#pieces.join('');
    this.#pieces = [];
    if (last) this.#line(last, frames);
    this.#dispatch(frames);
    if (this.#bare?.length) frames.push({ data: this.#bare.join('\n') });
    return frames;
  }

  /** True when no frame is half read: only then may foreign bytes be put into a relayed stream. */
  get between(): boolean {
    return this.#pieces.length === 0 && this.#data.length === 0 && this.#event === '';
  }

  whole(bytes: Uint8Array): number {
    for (let at = bytes.length - 1; at > 0; at--) {
      const [before, byte] = [bytes[at - 1], bytes[at]];
      if (byte === LF && (before === LF || (before === CR && (bytes[at - 2] === LF || bytes[at - 2] === CR)))) return at + 1;
      if (byte === CR && before === CR) return at + 1;
    }
    return 0;
  }

  #take(text: string): Frame[] {
    const frames: Frame[] = [];
    if (text === '') return frames;
    let from = 0;
    if (this.#first) {
      this.#first = false;
      if (text.charCodeAt(0) === 0xfeff) from = 1;
    }
    if (this.#afterCr && text.charCodeAt(from) === LF) from++;
    this.#afterCr = false;
    let lf = text.indexOf('\n', from);
    let cr = text.indexOf('\r', from);
    while (lf >= 0 || cr >= 0) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
      const line = text.slice(from, end);
      if (this.#pieces.length) {
        this.#pieces.push(line);
        this.#line(this.#pieces.join(''), frames);
        this.#pieces = [];
        this.#unfinished = 0;
      } else this.#line(line, frames);
      from = end + 1;
      if (end === cr) {
        if (from === text.length) this.#afterCr = true;
        else if (lf === from) from++;
        cr = text.indexOf('\r', from);
      }
      if (lf >= 0 && lf < from) lf = text.indexOf('\n', from);
    }
    if (from < text.length) {
      this.#pieces.push(from === 0 ? text : text.slice(from));
      this.#unfinished += text.length - from;
      this.#guard(this.#held + this.#unfinished);
    }
    return frames;
  }

  #line(line: string, frames: Frame[]): void {
    if (line === '') {
      this.#dispatch(frames);
      return;
    }
    if (line.startsWith('data:')) {
      const value = line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
      this.#data.push(value);
      this.#held += value.length;
      this.#guard(this.#held);
    } else if (line.startsWith('event:')) this.#event = line.slice(line.charCodeAt(6) === 32 ? 7 : 6);
    else if (line === 'data') this.#data.push('');
    else if (line === 'event') this.#event = '';
    else if (this.#bare && (this.#bare.length || line.startsWith('{'))) {
      this.#bare.push(line);
      this.#held += line.length;
      this.#guard(this.#held);
    }
    // Comments, ids, retry times and unknown fields mean nothing here.
  }

  #guard(held: number): void {
    if (held > FRAME_LIMIT) throw new GatewayError('malformed', 'the upstream sent an event of more than 64 MiB');
  }

  #dispatch(frames: Frame[]): void {
    if (this.#data.length) {
      const data = this.#data.length === 1 ? this.#data[0]! : this.#data.join('\n');
      frames.push(this.#event ? { event: this.#event, data } : { data });
      this.#data = [];
      this.#held = 0;
      this.#bare = undefined;
    }
    this.#event = '';
  }
}

/** One event as bytes for the client. `data` must hold no line end (JSON never does). */
export function sseFrame(data: string, event?: string): string {
  return event ? `event: ${event}\ndata: ${data}\n\n` : `data: ${data}\n\n`;
}
