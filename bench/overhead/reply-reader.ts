const LF = 10;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

export interface ReplyListener {
  head(status: number): void;
  /** A piece of the body: `bytes[from..to)`. The buffer is used again after the call. */
  body(bytes: Buffer, from: number, to: number): void;
  /** @param reusable whether the connection stays open for the next request */
  end(reusable: boolean): void;
}

type Phase = 'head' | 'length' | 'size' | 'data' | 'trailer' | 'until-close';

/**
 * HTTP/1.1 answers of one connection, read by hand: the load generator must cost less than what it loads.
 * Knows Content-Length, chunked and close-delimited bodies (RFC 9112 §6); one answer at a time, no pipelining.
 */
export class ReplyReader {
  readonly #listener: ReplyListener;
  #phase: Phase = 'head';
  #head: Buffer | undefined;
  #left = 0;
  #line = '';
  #reusable = true;

  constructor(listener: ReplyListener) {
    this.#listener = listener;
  }

  /** The connection ended. True when that ends the answer rightly. */
  close(): boolean {
    if (this.#phase !== 'until-close') return false;
    this.#done();
    return true;
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const next = this.#step(bytes, at);
      if (next < 0) return;
      at = next;
    }
  }

  /** Takes what the phase wants from `at` on; where the next phase begins, or -1 when the bytes are used up. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#phase) {
      case 'head':
        return this.#readHead(bytes, at);
      case 'length':
      case 'data': {
        const end = Math.min(bytes.length, at + this.#left);
        this.#listener.body(bytes, at, end);
        this.#left -= end - at;
        if (this.#left > 0) return -1;
        if (this.#phase === 'length') this.#done();
        else this.#phase = 'size';
        return end;
      }
      case 'until-close':
        this.#listener.body(bytes, at, bytes.length);
        return -1;
      case 'size':
      case 'trailer':
        return this.#readLine(bytes, at);
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const before = this.#head?.length ?? 0;
    const all = this.#head ? Buffer.concat([this.#head, bytes.subarray(at)]) : bytes.subarray(at);
    const end = all.indexOf(END_OF_HEAD);
    if (end < 0) {
      this.#head = Buffer.from(all);
      return -1;
    }
    this.#head = undefined;
    const text = all.toString('latin1', 0, end).toLowerCase();
    const status = Number(text.slice(9, 12));
    const next = at + end + END_OF_HEAD.length - before;
    if (status < 200) return next;
    this.#reusable = !text.includes('\r\nconnection: close');
    const length = /\r\ncontent-length: *(\d+)/.exec(text)?.[1];
    this.#line = '';
    this.#left = Number(length ?? 0);
    this.#phase = text.includes('\r\ntransfer-encoding: chunked') ? 'size' : length === undefined ? 'until-close' : 'length';
    this.#listener.head(status);
    if (this.#phase === 'length' && this.#left === 0) this.#done();
    return next;
  }

  /** A chunk's size, the empty line behind its data, or a line of the trailer. */
  #readLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LF, at);
    this.#line += bytes.toString('latin1', at, end < 0 ? bytes.length : end);
    if (end < 0) return -1;
    const line = this.#line.trim();
    this.#line = '';
    if (this.#phase === 'trailer') {
      if (line === '') this.#done();
    } else if (line !== '') {
      this.#left = Number.parseInt(line, 16);
      this.#phase = this.#left === 0 ? 'trailer' : 'data';
    }
    return end + 1;
  }

  #done(): void {
    this.#phase = 'head';
    this.#listener.end(this.#reusable);
  }
}
