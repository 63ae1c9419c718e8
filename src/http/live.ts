import type { IncomingMessage, ServerResponse } from 'node:http';
import { isMachine } from '../exchange/machines.ts';
import type { ExchangeRecord, Running } from '../exchange/record.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { LiveExchange } from './contract.ts';
import { Density, endedView, liveView } from './live-view.ts';
import { Slots } from './slots.ts';

export const LIVE_PATH = '/admin/api/live';

/** Events that are kept for who comes back. */
const KEPT = 500;

/** Milliseconds between two looks at what goes on, and between two signs of life. */
const LOOK = 250;
const HEARTBEAT = 15_000;

/** Milliseconds for which events are still kept after the last reader left. */
const LINGER = 30_000;

/** Milliseconds between two words on one answer that merely grows. */
const PROGRESS = 500;

/** Bytes that may wait for a slow reader; then it is cut off, and comes back by itself to where it was. */
const BACKLOG = 256 * 1024;

const MOST_READERS = 50;

interface Reader {
  response: ServerResponse;
  /** Throws when it may no longer read. */
  stillMay(): void;
}

/** What was told last of an exchange. */
interface Told {
  mark: string;
  at: number;
}

/**
 * Exchanges as they begin, get their first token, grow and end, as server-sent events `exchange`; `running` names those that go on when a
 * reader comes, so that it forgets others of which it missed the end. It looks at the records of running exchanges a few
 * times a second while somebody reads, and does nothing else: an exchange pays one entry in a list, readers or not.
 */
export class LiveFeed {
  readonly #now: () => number;
  readonly #running = new Slots<Running>();
  readonly #told = new WeakMap<Running, Told>();
  readonly #readers = new Set<Reader>();
  readonly #kept: { id: number; text: string }[] = [];
  readonly #density = new Density();
  #last: number;
  #readAt = Number.NEGATIVE_INFINITY;
  #beatAt = 0;
  #personAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number) {
    this.#now = now;
    // From the clock, so that who comes back after a restart asks for numbers that were given out before it.
    this.#last = now();
  }

  /** How many read now. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Told when an exchange has been read. */
  begun(running: Running): void {
    running.seat = this.#running.add(running);
  }

  /** Told when it goes on no more. */
  over(running: Running): void {
    this.#running.remove(running.seat);
  }

  /** Told when an exchange is over, with all that is known of it. */
  ended(record: ExchangeRecord): void {
    this.#density.learn(record);
    if (!isMachine(record)) this.#personAt = this.#now();
    if (this.#timer) this.#tell(endedView(record));
  }

  /** Exchanges of people and their tools that go on now, and when the last of them ended here; Freehold's own work is none. */
  get people(): { others: number; last_at: number | null } {
    const others = this.#running.all().filter(({ record }) => !isMachine(record)).length;
    return { others, last_at: this.#personAt };
  }

  /**
   * Streams to one reader until it leaves, may no longer read, or is too slow.
   * @param stillMay throws when the reader may not read (any more)
   * @throws GatewayError
   */
  serve(request: IncomingMessage, response: ServerResponse, stillMay: () => void): void {
    stillMay();
    if (request.method !== 'GET') throw new GatewayError('method', `${LIVE_PATH} takes GET`);
    if (this.#readers.size >= MOST_READERS)
      throw new GatewayError('unavailable', `${MOST_READERS} readers watch already; close a page`, { retryAfter: 5 });
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no',
    });
    const reader = { response, stillMay };
    const after = Number(request.headers['last-event-id'] ?? Number.NaN);
    const missed = this.#kept.filter(({ id }) => id > after);
    const going = this.#running.all().map((running) => liveView(running, this.#density, this.#now()));
    const ids = `event: running\ndata: ${JSON.stringify(going.map(({ id }) => id))}\n\n`;
    response.write(['retry: 2000\n\n', ...missed.map(({ text }) => text), ids, ...going.map((view) => frame(this.#last, view))].join(''));
    this.#readers.add(reader);
    response.on('close', () => this.#readers.delete(reader));
    this.#timer ??= setInterval(() => this.#look(), LOOK).unref();
  }

  /** Ends all readers, so that the server can close. */
  close(): void {
    for (const { response } of this.#readers) response.end();
    this.#stop();
  }

  #look(): void {
    const now = this.#now();
    if (this.#readers.size > 0) this.#readAt = now;
    if (now - this.#readAt > LINGER) {
      this.#stop();
      return;
    }
    for (const running of this.#running.all()) {
      const view = liveView(running, this.#density, now);
      const told = this.#told.get(running);
      const mark = [view.state, view.attempts, view.provider, view.model, view.task, view.key].join('\n');
      const isGrowing = view.state === 'answering' && now - (told?.at ?? 0) >= PROGRESS;
      if (mark === told?.mark && !isGrowing) continue;
      this.#told.set(running, { mark, at: now });
      this.#tell(view);
    }
    if (now - this.#beatAt >= HEARTBEAT) this.#beat(now);
  }

  #beat(now: number): void {
    this.#beatAt = now;
    for (const reader of this.#readers) {
      try {
        reader.stillMay();
        this.#send(reader, ':\n\n');
      } catch {
        reader.response.end();
        this.#readers.delete(reader);
      }
    }
  }

  #tell(view: LiveExchange): void {
    const text = frame(++this.#last, view);
    this.#kept.push({ id: this.#last, text });
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const reader of this.#readers) this.#send(reader, text);
  }

  #send(reader: Reader, text: string): void {
    const { response } = reader;
    if (response.writableLength <= BACKLOG) return void response.write(text);
    this.#readers.delete(reader);
    response.destroy();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#kept.length = 0;
  }
}

function frame(id: number, view: LiveExchange): string {
  return `id: ${id}\nevent: exchange\ndata: ${JSON.stringify(view)}\n\n`;
}
