import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

/**
 * The two floors, each a process of its own: the least that a proxy in Node can do. Neither knows keys, routes, limits or protocols.
 * `raw` hands bytes on and looks at nothing; `parse` also reads the body as JSON and renames the model, as a gateway without a byte path would.
 * Both take the request's body whole before they send it, since whoever may have to try a second provider must.
 */
const KINDS: Readonly<Record<string, (body: Buffer) => Buffer | string>> = {
  raw: (body) => body,
  parse: (body) => {
    const parsed = JSON.parse(body.toString('utf8')) as { model: string };
    parsed.model = parsed.model.slice(parsed.model.indexOf('/') + 1);
    return JSON.stringify(parsed);
  },
};

const STAYS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'content-length', 'date']);

function passing(raw: readonly (string | Buffer)[]): string[] {
  const out: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toString();
    if (!STAYS.has(name.toLowerCase())) out.push(name, raw[at + 1]!.toString());
  }
  return out;
}

/** The way back: head and bytes as they come, no faster than the client reads. */
class Pipe implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('close', () => {
      if (!this.#over) this.#controller?.abort(new Error('the client left'));
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const raw = controller.rawHeaders;
    this.#response.writeHead(status, passing(Array.isArray(raw) ? raw : []));
    this.#response.on('drain', () => controller.resume());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#over = true;
    this.#response.end();
  }

  onResponseError(): void {
    this.#over = true;
    if (this.#response.headersSent) this.#response.destroy();
    else this.#response.writeHead(502).end();
  }
}

function forward(pool: Pool, change: (body: Buffer) => Buffer | string, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = change(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    pool.dispatch({ path: request.url!, method: 'POST', headers: passing(request.rawHeaders), body }, new Pipe(response));
  });
}

if (import.meta.main) {
  const [kind = '', port, upstream = ''] = process.argv.slice(2);
  const change = KINDS[kind];
  if (!change) throw new Error(`no floor is called "${kind}"; there are ${Object.keys(KINDS).join(' and ')}`);
  const pool = new Pool(upstream, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 600_000,
    keepAliveMaxTimeout: 600_000,
  });
  createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => forward(pool, change, request, response)).listen(
    Number(port),
    '127.0.0.1',
  );
}
