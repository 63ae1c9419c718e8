import type { ServerResponse } from 'node:http';
import type { Client } from '../exchange/ports.ts';

/** Bodies up to this size are joined with their head. Bytes. */
const SMALL = 16 * 1024;

/** A node:http response as the exchange's client. */
export class Sink implements Client {
  readonly #response: ServerResponse;
  #gone = false;
  #over = false;
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

  write(bytes: Buffer | string): boolean {
    return this.#gone || this.#response.write(bytes);
  }

  drained(): Promise<void> {
    const response = this.#response;
    if (this.#gone || !response.writableNeedDrain) return Promise.resolve();
    // Waiting for drain alone would leak for ever when the client leaves instead.
    return new Promise((resolve) => {
      const settle = () => {
        response.off('drain', settle).off('close', settle);
        resolve();
      };
      response.on('drain', settle).on('close', settle);
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
    this.#response.destroy();
  }
}
