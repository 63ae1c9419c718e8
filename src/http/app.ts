import { randomFillSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from '../exchange/asked.ts';
import { ownHeaders } from '../exchange/outlet.ts';
import type { Incoming } from '../exchange/ports.ts';
import { run } from '../exchange/run.ts';
import type { Surroundings } from '../exchange/surroundings.ts';
import { Families } from '../exchange/user-agent.ts';
import type { Caller } from '../policy/caller.ts';
import type { Dialect, ListedModel } from '../protocol/dialect.ts';
import { asGatewayError, GatewayError } from '../protocol/errors.ts';
import { type Admin, isAdminPath } from './api/admin.ts';
import { answerAdmin } from './api/answer.ts';
import { answerRouting, asRequest, isRoutingPath } from './api/routing.ts';
import type { RoutingApiParts } from './api/scene.ts';
import { callerOf, isLocal, isOurHost } from './auth.ts';
import { readBody } from './body.ts';
import { Dashboard, isDashboardPath, toDashboard, wantsPage } from './dashboard.ts';
import { canonicalPath, Doors } from './doors.ts';
import { answerFrom } from './kept.ts';
import { LIVE_PATH, type LiveFeed } from './live.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';
import type { Sessions } from './session.ts';
import type { Settings } from './settings.ts';
import { Sink } from './sink.ts';

export interface AppParts {
  /** The first one answers for requests that show no dialect. */
  dialects: readonly Dialect[];
  settings(): Settings;
  around: Surroundings;
  models(): ListedModel[];
  readiness(): Readiness;
  metrics: Metrics;
  admin: Admin;
  sessions: Sessions;
  feed: LiveFeed;
  routing: RoutingApiParts;
}

const NO_QUERY = new URLSearchParams();

/** The HTTP face: one route per dialect door, listings, health and metrics. */
export class App {
  readonly server: Server;
  readonly #parts: AppParts;
  readonly #doors: Doors;
  readonly #families = new Families();
  readonly #dashboard = new Dashboard();
  #inFlight = 0;
  #draining = false;

  constructor(parts: AppParts) {
    this.#parts = parts;
    this.#doors = new Doors(parts.dialects);
    this.server = createServer({ maxHeaderSize: 32 * 1024, keepAliveTimeout: 75_000, requestTimeout: 300_000 }, (request, response) => {
      this.#handle(request, response).catch((error: unknown) => this.#refuse(request, response, error));
    });
    this.server.on('upgrade', refuseUpgrade);
    this.server.on('clientError', refuseGarbage);
  }

  /** Exchanges going on. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** @throws Error with the mend when the address is taken */
  listen(port: number, host: string): Promise<void> {
    return new Promise((done, fail) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        fail(taken ? new Error(`port ${port} on ${host} is taken; choose another with --port or server.port`, { cause: error }) : error);
      });
      this.server.listen(port, host, done);
    });
  }

  /** The address clients use; empty before it listens. */
  get url(): string {
    const at = this.server.address();
    if (at === null || typeof at === 'string') return '';
    const name = at.family === 'IPv6' ? `[${at.address}]` : at.address;
    return `http://${name}:${at.port}`;
  }

  /** Takes no new requests, lets running ones finish, and breaks those left after `deadline` milliseconds. */
  async close(deadline: number): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.#parts.feed.close();
    this.server.closeIdleConnections();
    // A connection whose last answer is over stays open otherwise, for as long as its client likes.
    const idle = setInterval(() => this.server.closeIdleConnections(), 50);
    const timer = setTimeout(() => this.server.closeAllConnections(), deadline);
    await closed;
    clearTimeout(timer);
    clearInterval(idle);
    // What was broken off is still being recorded.
    for (let waited = 0; this.#inFlight > 0 && waited < 100; waited++) await pause(10);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = canonicalPath(mark < 0 ? url : url.slice(0, mark));
    const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1));
    const settings = this.#parts.settings();
    const { keys, hosts, bodyLimit, loopbackWithoutKey } = settings;
    const authorise = () =>
      callerOf(keys, request.headers, query, loopbackWithoutKey && isLocal(request.socket.remoteAddress, request.headers));
    if (!isOurHost(request.headers.host, hosts, request.socket.localAddress))
      throw new GatewayError('forbidden', 'this Host name is not allowed here; add it to server.hosts', { status: 421, field: 'host' });
    if (this.#draining) throw new GatewayError('unavailable', 'Freehold is shutting down; try again in a moment', { retryAfter: 2 });
    if (isAdminPath(path)) {
      const { admin, sessions, feed } = this.#parts;
      if (path === LIVE_PATH) return feed.serve(request, response, () => void sessions.actor(this.#parts.settings(), request));
      const { status, body, headers } = await answerAdmin(admin, request, { settings, sessions, path, query });
      return json(response, status, body, { 'cache-control': 'no-store', ...headers });
    }
    if (isDashboardPath(path)) return this.#dashboard.serve(request, response, path);
    if (wantsPage(path, request)) return toDashboard(response);
    if (isRoutingPath(path)) return json(response, 200, await this.#routing(request, path, query, authorise()));
    const door = this.#doors.door(path);
    if (door && request.method === 'POST') {
      const caller = authorise();
      this.#inFlight++;
      try {
        const body = await readBody(request, bodyLimit);
        const { headers, rawHeaders } = request;
        const id = newId();
        const client = this.#families.of(headers['user-agent']);
        await run(
          { id, ...door, path, query, headers, rawHeaders, body, startedAt, caller, client },
          new Sink(response),
          this.#parts.around,
        );
      } finally {
        this.#inFlight--;
      }
      return;
    }
    const asked = this.#doors.question(request.method === 'HEAD' ? 'GET' : (request.method ?? ''), path, query);
    if (asked) return json(response, 200, await answerFrom(this.#parts.around.answers, asked, authorise(), query));
    const side = this.#doors.side(request.method === 'HEAD' ? 'GET' : (request.method ?? ''), path);
    if (side) {
      authorise();
      const body = request.method === 'POST' ? parse(await readBody(request, bodyLimit)) : undefined;
      const { status, body: answer } = side.side.answer({ path, query, headers: request.headers, body }, this.#parts.models());
      return json(response, status, answer);
    }
    if (door) throw new GatewayError('method', `${path} takes POST`);
    await this.#side(request, response, path, authorise);
  }

  /** Feedback, and questions why or what if. */
  #routing(request: IncomingMessage, path: string, query: URLSearchParams, caller: Caller | undefined): Promise<unknown> {
    const body = async () => parse(await readBody(request, this.#parts.settings().bodyLimit));
    const incoming = async (): Promise<Incoming> => {
      const at = query.get('door') ?? this.#doors.first;
      const door = this.#doors.door(canonicalPath(at));
      if (!door) throw new GatewayError('not-found', `door: there is no ${at} here; doors: ${this.#doors.list()}`, { field: 'door' });
      const bytes = Buffer.from(JSON.stringify(asRequest(await body())));
      const { headers, rawHeaders } = request;
      return { id: newId(), ...door, path: at, query, headers, rawHeaders, body: bytes, startedAt: performance.now(), caller };
    };
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    return answerRouting(this.#parts.routing, { method, path, caller, body, incoming });
  }

  /** Everything that is no exchange. */
  async #side(request: IncomingMessage, response: ServerResponse, path: string, authorise: () => void): Promise<void> {
    const reading = request.method === 'GET' || request.method === 'HEAD';
    switch (path) {
      case '/':
      case '/api/hello':
        if (reading) return send(response, 200, 'text/plain', 'Freehold is running\n');
        break;
      case '/healthz':
      case '/health':
      case '/health/liveliness':
        if (reading) return json(response, 200, { status: 'ok' });
        break;
      case '/readyz':
      case '/health/readiness': {
        const readiness = this.#parts.readiness();
        if (reading) return json(response, readiness.ready ? 200 : 503, readiness, readiness.ready ? {} : { 'retry-after': '2' });
        break;
      }
      case '/metrics': {
        authorise();
        const { type, text } = await this.#parts.metrics.print();
        if (reading) return send(response, 200, type, text);
        break;
      }
      default:
        if (reading && (path === '/v1/models' || path.startsWith('/v1/models/'))) {
          authorise();
          return this.#models(request, response, path);
        }
        throw new GatewayError('not-found', `there is no ${path} here; doors: ${this.#doors.list()}, /v1/models`);
    }
    throw new GatewayError('method', `${path} takes GET`);
  }

  #models(request: IncomingMessage, response: ServerResponse, path: string): void {
    const dialect = this.#dialectOf(request);
    const models = this.#parts.models();
    if (path === '/v1/models') {
      json(response, 200, dialect.models.answer(models));
      return;
    }
    const id = decodeURIComponent(path.slice('/v1/models/'.length));
    const model = models.find((one) => one.id === id);
    if (!model)
      throw new GatewayError('not-found', `no model is called "${id}"; GET /v1/models lists all`, {
        field: 'model',
        code: 'model_not_found',
      });
    json(response, 200, dialect.models.one(model));
  }

  /** Whose shape an answer outside the doors takes. */
  #dialectOf(request: IncomingMessage): Dialect {
    const { dialects } = this.#parts;
    const path = canonicalPath((request.url ?? '/').split('?', 1)[0]!);
    return this.#doors.owner(path) ?? dialects.find((dialect) => dialect.recognises?.(request.headers)) ?? dialects[0]!;
  }

  #refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    const error = asGatewayError(thrown);
    if (response.headersSent || response.destroyed || error.kind === 'cancelled') {
      response.destroy();
      return;
    }
    const id = newId();
    const { status, body } = this.#dialectOf(request).fault.answer(error, id);
    const own = ownHeaders(id, undefined, [], 0);
    const headers: Record<string, string> = {};
    for (let i = 0; i + 1 < own.length; i += 2) headers[own[i]!] = own[i + 1]!;
    const seconds = error.retryAfter ?? (status === 429 ? 1 : undefined);
    if (seconds !== undefined) headers['retry-after'] = String(seconds);
    if (error.kind === 'auth') headers['www-authenticate'] = 'Bearer';
    // A body that is still coming is not worth reading any further on this connection.
    if (!request.complete || this.#draining) headers['connection'] = 'close';
    json(response, status, body, headers);
    request.resume();
  }
}

/** Random bytes drawn ahead, because each draw costs more than an id. */
const pool = Buffer.alloc(4096);
let drawn = pool.length;

/** 128 random bits: ids of answers are made of it, and whoever knows one may be able to read the answer. */
function newId(): string {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += 16;
  return pool.toString('hex', drawn - 16, drawn);
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  send(response, status, 'application/json', `${JSON.stringify(body)}\n`, headers);
}

function send(response: ServerResponse, status: number, type: string, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

/** WebSockets are refused at once: Codex tries one first and falls back to POST on 426. */
function refuseUpgrade(_request: IncomingMessage, socket: Duplex): void {
  socket.end('HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
}

/** Bytes that are no HTTP, or headers beyond the limit. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const body = JSON.stringify({ error: { message: `the request is not valid HTTP (${status.slice(4)})`, type: 'invalid_request_error' } });
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}
