import { StringDecoder } from 'node:string_decoder';
import type { Frame } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { FrameReader } from './frames.ts';

/** Largest line held in memory. Characters. */
const LINE_LIMIT = 64 * 1024 * 1024;

/** Newline-delimited JSON: each non-blank line is a frame. LF and CRLF; a last line without its end counts. Linear in the bytes. */
export class NdjsonReader implements FrameReader {
  readonly #decoder = new StringDecoder('utf8');
  /** Pieces of the line that has not ended yet. */
  #pieces: string[] = [];
  #held = 0;

  push(bytes: Uint8Array): Frame[] {
    return this.#take(this.#decoder.write(bytes));
  }

  end(): Frame[] {
    const frames = this.#take(this.#decoder.end());
    this.#line('', frames);
    return frames;
  }

  get between(): boolean {
    return this.#pieces.length === 0;
  }

  whole(bytes: Uint8Array): number {
    return bytes.lastIndexOf(10) + 1;
  }

  #take(text: string): Frame[] {
    const frames: Frame[] = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#line(text.slice(from, end), frames);
      from = end + 1;
    }
    if (from < text.length) {
      this.#pieces.push(from === 0 ? text : text.slice(from));
      this.#held += text.length - from;
      if (this.#held > LINE_LIMIT) throw new GatewayError('malformed', 'the upstream sent a line of more than 64 MiB');
    }
    return frames;
  }

  #line(last: string, frames: Frame[]): void {
    const line = this.#pieces.length ? this.#pieces.join('') + last : last;
    this.#pieces = [];
    this.#held = 0;
    const data = line.trim();
    if (data) frames.push({ data });
  }
}
