import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the fake upstream saw it. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** Settles when the connection of this request closed before the answer was over. */
  aborted: Promise<void>;
}

/** What the upstream does with one request. Runs after the body was read. */
export type Script = (response: ServerResponse, seen: Seen) => void | Promise<void>;

/** A scripted upstream over real HTTP, for faults that no real engine makes on demand. Scripts are used in order, the last one for ever. */
export class FakeUpstream {
  readonly seen: Seen[] = [];
  scripts: Script[] = [];
  /** Listings asked for by GET; anything else is a POST and goes to the scripts. */
  models: unknown = { object: 'list', data: [{ id: 'fake', object: 'model' }] };
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(...scripts: Script[]): Promise<FakeUpstream> {
    const server = createServer();
    const fake = new FakeUpstream(server);
    fake.scripts = scripts;
    server.on('request', (request, response) => void fake.#serve(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.models));
      return;
    }
    const chunks: Buffer[] = [];
    const aborted = new Promise<void>((settle) => response.on('close', () => response.writableFinished || settle()));
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen: Seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      aborted,
    };
    const script = this.scripts[Math.min(this.seen.length, this.scripts.length - 1)];
    this.seen.push(seen);
    response.on('error', () => undefined);
    if (script) await script(response, seen);
    else response.writeHead(500).end('no script');
  }
}

/** Answers JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Script {
  return (response) => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Streams raw SSE text in pieces, then does `then`: ends cleanly, cuts the connection, or stays silent. */
export function sse(pieces: string[], then: 'end' | 'cut' | 'hang' = 'end', gapMs = 0): Script {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of pieces) {
      response.write(piece);
      if (gapMs) await new Promise((resume) => setTimeout(resume, gapMs));
    }
    // Give the bytes time to leave before the socket is destroyed.
    if (then === 'cut') setTimeout(() => response.destroy(), 20);
    else if (then === 'end') response.end();
  };
}

/** Reads the body and never answers. */
export const silence: Script = () => undefined;

/** Closes the connection without an answer. */
export const reset: Script = (response) => void response.destroy();

/** Chat completions in OpenAI's shape. */
export const chat = {
  whole: (text: string) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'fake',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
  }),
  chunk: (delta: object, finish: string | null = null) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'fake', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
  text: (text: string) => chat.chunk({ content: text }),
  start: () => chat.chunk({ role: 'assistant', content: '' }),
  stop: () => chat.chunk({}, 'stop'),
  done: 'data: [DONE]\n\n',
};
