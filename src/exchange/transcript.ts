import type { Client } from './ports.ts';

/** Most that is kept of a request, and of an answer. Bytes. */
const LIMIT = 8 * 1024 * 1024;
const CUT = '\n[the rest is not kept: longer than 8 MiB]';

/** What was asked and answered, as it went over the wire between client and Freehold. */
export interface Content {
  request: string;
  answer: string;
}

/** A client whose bytes are remembered, for those who switched on that contents are kept. */
export class Transcript implements Client {
  readonly #client: Client;
  readonly #request: string;
  readonly #answer: Buffer[] = [];
  #size = 0;

  /** @param body the request's, which is copied: others write into it */
  constructor(client: Client, body: Buffer) {
    this.#client = client;
    this.#request = body.toString('utf8', 0, LIMIT) + (body.length > LIMIT ? CUT : '');
  }

  get content(): Content {
    return { request: this.#request, answer: Buffer.concat(this.#answer).toString('utf8') + (this.#size > LIMIT ? CUT : '') };
  }

  get gone(): boolean {
    return this.#client.gone;
  }

  get headSent(): boolean {
    return this.#client.headSent;
  }

  onGone(listener: () => void): void {
    this.#client.onGone(listener);
  }

  head(status: number, headers: string[]): void {
    this.#client.head(status, headers);
  }

  write(bytes: Buffer | string): boolean {
    this.#keep(bytes);
    return this.#client.write(bytes);
  }

  drained(): Promise<void> {
    return this.#client.drained();
  }

  end(bytes?: Buffer | string): void {
    if (bytes) this.#keep(bytes);
    this.#client.end(bytes);
  }

  cut(): void {
    this.#client.cut();
  }

  #keep(bytes: Buffer | string): void {
    const copy = Buffer.from(bytes);
    const room = LIMIT - this.#size;
    this.#size += copy.length;
    if (room > 0) this.#answer.push(copy.subarray(0, room));
  }
}
