import type { Dialect } from '../protocol/dialect.ts';
import { type Note, printNotes } from '../protocol/note.ts';
import type { Candidate, Client } from './ports.ts';

/** Longest `x-freehold-notes` header; clients and proxies limit all headers together to 8 or 16 KB. */
const NOTES_LIMIT = 2048;

/**
 * The way back to the client: opens the head once, keeps a silent stream alive, and waits when the client reads slowly.
 * Only whole frames are sent, so that a keepalive may follow any; none is written while the socket is full.
 */
export class Outlet {
  readonly #client: Client;
  readonly #dialect: Dialect;
  readonly #headers: () => string[];
  #timer: NodeJS.Timeout | undefined;
  #wroteSince = true;
  #full = false;
  /** False while a frame is half written. */
  between = true;

  /** @param headers made when the head goes out, so that they can tell the time spent */
  constructor(client: Client, dialect: Dialect, headers: () => string[]) {
    this.#client = client;
    this.#dialect = dialect;
    this.#headers = headers;
  }

  get opened(): boolean {
    return this.#client.headSent;
  }

  /**
   * From now on silence of `ms` is broken by keepalives, also before the provider has said anything.
   * @param contentType of the stream, where it is not the framing's own; asked only when a keepalive opens it
   */
  keepAlive(ms: number, contentType: () => string | undefined): void {
    if (!ms || this.#timer) return;
    this.#timer = setInterval(() => {
      if (this.#dialect.keepalive && !this.#wroteSince && !this.#full && !this.#client.gone) {
        if (!this.opened) this.open([], contentType());
        this.#client.write(this.#dialect.keepalive);
      }
      this.#wroteSince = false;
    }, ms / 2).unref();
  }

  /** Sends the head of a stream, once. @param extra flat list of headers beside our own */
  open(extra: string[], contentType?: string): void {
    if (this.#client.headSent) return;
    const type = contentType ?? (this.#dialect.framing === 'sse' ? 'text/event-stream; charset=utf-8' : 'application/x-ndjson');
    const own = ['content-type', type, 'cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no', ...this.#headers()];
    const named = new Set(own.filter((_, i) => i % 2 === 0));
    for (let i = 0; i + 1 < extra.length; i += 2) if (!named.has(extra[i]!)) own.push(extra[i]!, extra[i + 1]!);
    this.#client.head(200, own);
  }

  /** Writes a piece of the stream; settles at once unless the client reads too slowly. */
  send(bytes: Buffer | string): Promise<void> | undefined {
    this.#wroteSince = true;
    if (this.#client.write(bytes) || this.#client.gone) return undefined;
    this.#full = true;
    return this.#client.drained().then(() => {
      this.#full = false;
    });
  }

  /** Answers whole, in one write. @param extra flat list of headers beside our own */
  whole(status: number, extra: string[], body: Buffer): void {
    this.close();
    this.#client.head(status, extra.concat('content-length', String(body.length), this.#headers()));
    this.#client.end(body);
  }

  /** Ends the stream cleanly. Only after the dialect's own closing bytes. */
  end(bytes?: string): void {
    this.close();
    this.#client.end(bytes || undefined);
  }

  /** Breaks the connection. */
  cut(): void {
    this.close();
    this.#client.cut();
  }

  /** No more keepalives. */
  close(): void {
    clearInterval(this.#timer);
  }
}

/** The headers that name a candidate; made once for each. */
export function namingHeaders(provider: string, zone: string, model: string): readonly string[] {
  return ['x-freehold-model', visible(model), 'x-freehold-provider', visible(provider), 'x-freehold-zone', zone];
}

/** Our own response headers, flat. @param overheadMs time spent here so far */
export function ownHeaders(id: string, candidate: Candidate | undefined, notes: readonly Note[], overheadMs: number): string[] {
  const headers = ['x-freehold-request-id', id, 'x-request-id', id];
  if (candidate) headers.push(...candidate.naming, 'x-freehold-overhead-ms', overheadMs.toFixed(2));
  if (notes.length) headers.push('x-freehold-notes', notesHeader(notes));
  return headers;
}

function notesHeader(notes: readonly Note[]): string {
  const lines = printNotes(notes).map(visible);
  let text = '';
  for (const [at, line] of lines.entries()) {
    const next = (text && '; ') + line;
    if (text.length + next.length > NOTES_LIMIT) return `${text}; and ${lines.length - at} more`;
    text += next;
  }
  return text;
}

/** Header values are printable ASCII; anything else is escaped, so that no name can split a header. */
export function visible(text: string): string {
  return text.replaceAll('×', 'x').replace(/[^\x20-\x7e]/g, (c) => encodeURIComponent(c.isWellFormed() ? c : '?'));
}
