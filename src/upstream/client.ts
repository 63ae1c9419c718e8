import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { GatewayError } from '../protocol/errors.ts';
import { isWithin, type Zone } from '../protocol/zone.ts';
import { trustSystem } from './certificates.ts';
import { type Clocks, Watch } from './clocks.ts';
import { Flight } from './flight.ts';
import { Tolls, type Traffic } from './traffic.ts';

/** One outbound request. */
export interface Outbound {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Scheme, host and port; from the configuration, never from a request. */
  origin: string;
  /** Path and query. */
  path: string;
  /** Flat list `[name, value, …]`. */
  headers: string[];
  body?: Buffer | string;
  clocks: Clocks;
  /** The farthest zone that it may reach; `errand` where it carries nothing of a client's: a listing, a download, a token. */
  ceiling: Zone | 'errand';
}

/** The zone of a configured origin, the farthest where several providers share it; undefined for one that nobody configured. */
export type ZoneOf = (origin: string) => Zone | undefined;

/**
 * The only code that opens outbound connections: one keep-alive pool per origin, proxies from the usual environment variables,
 * no redirects, no pipelining. HTTP/1.1, because one stream per socket cannot block another.
 */
export class Upstream {
  /** By connect timeout, then by origin. */
  readonly #pools = new Map<number, Map<string, Dispatcher>>();
  readonly #watch = new Watch();
  readonly #proxied: boolean;
  readonly #zoneOf: ZoneOf;
  readonly #tolls = new Tolls();

  /** @param zoneOf asked at every call that carries something of a client's */
  constructor(env: NodeJS.ProcessEnv, zoneOf: ZoneOf) {
    this.#zoneOf = zoneOf;
    this.#proxied = Boolean(env['HTTP_PROXY'] ?? env['http_proxy'] ?? env['HTTPS_PROXY'] ?? env['https_proxy']);
  }

  /** Calls in flight. */
  get inFlight(): number {
    return this.#watch.size;
  }

  /** What went through the sockets so far, by origin and zone. */
  get traffic(): readonly Traffic[] {
    return this.#tolls.all;
  }

  /**
   * Sends at once; failures of the call show in `head` and in the iteration. What a client said goes no farther than its ceiling, whatever
   * the code above decided. @throws GatewayError `forbidden`, before anything was sent
   */
  send(request: Outbound): Flight {
    const { origin, path, method, headers, body, ceiling } = request;
    const zone = this.#zoneOf(origin);
    if (ceiling !== 'errand') guard(origin, zone, ceiling);
    const toll = this.#tolls.at(origin, zone, ceiling === 'errand' ? 'errand' : 'exchange');
    const flight = new Flight(request.clocks, this.#watch, origin, toll);
    this.#pool(origin, request.clocks.connect).dispatch({ origin, path, method, headers, body: body ?? null }, flight);
    return flight;
  }

  /** Ends idle connections and breaks the open ones. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()].flatMap((byOrigin) => [...byOrigin.values()]);
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #pool(origin: string, connectTimeout: number): Dispatcher {
    let byOrigin = this.#pools.get(connectTimeout);
    if (!byOrigin) {
      byOrigin = new Map();
      this.#pools.set(connectTimeout, byOrigin);
    }
    let pool = byOrigin.get(origin);
    if (!pool) {
      if (origin.startsWith('https:')) trustSystem();
      // headersTimeout and bodyTimeout are off: our own clocks know what a paused reader and a keepalive are.
      const options = {
        connectTimeout,
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: 60_000,
        keepAliveMaxTimeout: 600_000,
        pipelining: 1,
        allowH2: false,
      };
      pool = this.#proxied && !isLoopback(origin) ? new EnvHttpProxyAgent(options) : new Pool(origin, options);
      byOrigin.set(origin, pool);
    }
    return pool;
  }
}

function guard(origin: string, zone: Zone | undefined, ceiling: Zone): void {
  if (zone === undefined)
    throw new GatewayError(
      'forbidden',
      `${origin} is the address of no configured provider, so nothing is sent there; check providers.*.url`,
    );
  if (!isWithin(zone, ceiling))
    throw new GatewayError('forbidden', `this request may go as far as zone "${ceiling}", and ${origin} lies in zone "${zone}"`);
}

/** Engines of our own and local servers are never asked through a proxy, whatever NO_PROXY says. */
function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\./.test(hostname);
}
