import { connect, type Socket } from 'node:net';
import type { Speech } from './bodies.ts';
import { type ReplyListener, ReplyReader } from './reply-reader.ts';
import { micros, TokenReader } from './tokens.ts';

/** A request ready to be written, and what a complete answer to it must hold. */
export interface Ask {
  port: number;
  /** Head and body. */
  bytes: Buffer;
  tokens: number;
  /** Texts that must stand in the answer behind its last token: the usage, the terminal event. */
  marks: string[];
}

export interface AskOptions {
  port: number;
  speech: Speech;
  body: string;
  tokens: number;
  stream: boolean;
  key: string;
}

export const PATHS: Readonly<Record<Speech, string>> = { chat: '/v1/chat/completions', messages: '/v1/messages' };

export function askOf({ port, speech, body, tokens, stream, key }: AskOptions): Ask {
  const chat = speech === 'chat';
  const credential = chat ? `authorization: Bearer ${key}` : `x-api-key: ${key}\r\nanthropic-version: 2023-06-01`;
  const head = [
    `POST ${PATHS[speech]} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    credential,
    'content-type: application/json',
    `accept: ${stream ? 'text/event-stream' : 'application/json'}`,
    'user-agent: freehold-bench/1',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const usage = `"${chat ? 'completion_tokens' : 'output_tokens'}":${tokens}`;
  const terminal = chat ? 'data: [DONE]' : 'event: message_stop';
  return { port, tokens, bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`), marks: stream ? [usage, terminal] : [usage] };
}

export interface ClientListener {
  /** @param written when the upstream wrote it, `micros()`; 0 in whole answers */
  token(client: Client, written: number): void;
  /** @param fault what was wrong with the answer; undefined when it was complete, every token in its place */
  done(client: Client, fault: string | undefined): void;
}

/** One connection that asks the same again and again, and checks each answer to the last token. */
export class Client implements ReplyListener {
  readonly #ask: Ask;
  readonly #listener: ClientListener;
  #reader = new ReplyReader(this);
  readonly #tokens: TokenReader;
  #socket: Socket | undefined;
  #busy = false;
  #status = 0;
  #tail = '';
  #refusal = '';
  /** `micros()` of the last request. */
  askedAt = 0;
  /** `micros()` of its first token; 0 before. */
  firstAt = 0;

  constructor(ask: Ask, listener: ClientListener) {
    this.#ask = ask;
    this.#listener = listener;
    this.#tokens = new TokenReader((written) => {
      this.firstAt ||= micros();
      listener.token(this, written);
    });
  }

  get tokens(): number {
    return this.#tokens.count;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Sends the request, on a fresh connection when the last one is gone. */
  send(): void {
    this.#socket ??= this.#open();
    this.#tokens.reset();
    this.#busy = true;
    this.#status = 0;
    this.#tail = this.#refusal = '';
    this.firstAt = 0;
    this.askedAt = micros();
    this.#socket.write(this.#ask.bytes);
  }

  /** Hangs up, whatever is under way. */
  leave(): void {
    this.#busy = false;
    this.#drop();
  }

  head(status: number): void {
    this.#status = status;
  }

  body(bytes: Buffer, from: number, to: number): void {
    if (this.#status !== 200 && this.#refusal.length < 300) this.#refusal += bytes.toString('latin1', from, Math.min(to, from + 300));
    this.#tokens.push(bytes, from, to);
    if (this.#tokens.count >= this.#ask.tokens) this.#tail += bytes.toString('latin1', from, to);
  }

  end(reusable: boolean): void {
    if (!reusable) this.#drop();
    this.#finish(this.#judge());
  }

  #judge(): string | undefined {
    if (this.#status !== 200) return `status ${this.#status}: ${this.#refusal.slice(0, 300)}`;
    if (this.#tokens.count !== this.#ask.tokens) return `${this.#tokens.count} of ${this.#ask.tokens} tokens`;
    if (!this.#tokens.intact) return 'a token out of order or changed';
    const missing = this.#ask.marks.find((mark) => !this.#tail.includes(mark));
    return missing && `no ${missing}`;
  }

  #finish(fault: string | undefined): void {
    if (!this.#busy) return;
    this.#busy = false;
    this.#listener.done(this, fault);
  }

  #open(): Socket {
    let why = 'the connection was closed';
    this.#reader = new ReplyReader(this);
    const buffer = Buffer.allocUnsafe(64 * 1024);
    const take = (length: number) => {
      if (socket === this.#socket) this.#reader.push(buffer.subarray(0, length));
      return true;
    };
    const socket = connect({ host: '127.0.0.1', port: this.#ask.port, noDelay: true, onread: { buffer, callback: take } });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      why = `connection: ${error.code}`;
    });
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      if (!this.#reader.close()) this.#finish(`${why} after ${this.tokens} tokens`);
    });
    return socket;
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }
}
