import type { ServerResponse } from 'node:http';
import type { Client } from '../exchange/ports.ts';

/** Bodies up to this size are joined with their head. Bytes. */
const SMALL = 16 * 1024;

/** How long the last bytes may take to leave before the connection is broken, in milliseconds. */
const LAST_BYTES = 5000;

/** A node:http response as the exchange's client. */
export class Sink implements Client {
  readonly #response: ServerResponse;
  #gone = false;
  #over = false;
  /** The head is out and the body is chunked: pieces are framed here. */
  #framing = false;
  #onGone: (() => void) | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('close', () => {
      if (this.#over) return;
      this.#gone = true;
      this.#onGone?.();
    });
    // A socket that fails while we write is a client that left; 'close' follows.
    response.on('error', () => undefined);
  }

  get gone(): boolean {
    return this.#gone;
  }

  get headSent(): boolean {
    return this.#response.headersSent;
  }

  onGone(listener: () => void): void {
    if (this.#gone) listener();
    else this.#onGone = listener;
  }

  head(status: number, headers: string[]): void {
    if (!this.#gone) this.#response.writeHead(status, headers);
  }

  /**
   * The first piece of a stream goes out with the head. Later ones are framed here (RFC 9112 §7.1) and written to the socket in one piece,
   * where node:http would write four; that is a fifth of what a relayed stream costs.
   */
  write(bytes: Buffer | string): boolean {
    if (this.#gone) return true;
    const { socket } = this.#response;
    if (this.#framing && socket) return socket.write(framed(bytes));
    const flowing = this.#response.write(bytes);
    this.#framing = this.#response.chunkedEncoding && this.#response.socket !== null;
    return flowing;
  }

  drained(): Promise<void> {
    const response = this.#response;
    const { socket } = response;
    if (this.#gone || !socket?.writableNeedDrain) return Promise.resolve();
    // Waiting for drain alone would leak for ever when the client leaves instead.
    return new Promise((resolve) => {
      const settle = () => {
        socket.off('drain', settle);
        response.off('close', settle);
        resolve();
      };
      socket.on('drain', settle);
      response.on('close', settle);
    });
  }

  end(bytes?: Buffer | string): void {
    this.#over = true;
    // Head and a small body leave in one write when both are strings; latin1 carries any bytes as they are.
    if (Buffer.isBuffer(bytes) && bytes.length < SMALL) this.#response.end(bytes.toString('latin1'), 'latin1');
    else this.#response.end(bytes);
  }

  cut(): void {
    this.#over = true;
    const response = this.#response;
    if (!response.headersSent) {
      response.destroy();
      return;
    }
    // What was written still has to leave: a body that breaks off is understood, a connection without an answer is asked again at once.
    setImmediate(() => response.socket?.destroySoon());
    const timer = setTimeout(() => response.destroy(), LAST_BYTES).unref();
    response.once('close', () => clearTimeout(timer));
  }
}

/** One chunk of a chunked body. Never empty: an empty chunk would end the body. */
function framed(bytes: Buffer | string): Buffer {
  const length = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
  if (length === 0) return EMPTY;
  const size = length.toString(16);
  const out = Buffer.allocUnsafe(size.length + length + 4);
  let at = out.write(size, 'latin1');
  out[at++] = 13;
  out[at++] = 10;
  if (typeof bytes === 'string') out.write(bytes, at, 'utf8');
  else bytes.copy(out, at);
  out[at + length] = 13;
  out[at + length + 1] = 10;
  return out;
}

const EMPTY = Buffer.alloc(0);
