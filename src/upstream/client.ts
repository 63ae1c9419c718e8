import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { trustSystem } from './certificates.ts';
import { type Clocks, Watch } from './clocks.ts';
import { Flight } from './flight.ts';

/** One outbound request. */
export interface Outbound {
  method: 'GET' | 'POST';
  /** Scheme, host and port; from the configuration, never from a request. */
  origin: string;
  /** Path and query. */
  path: string;
  /** Flat list `[name, value, …]`. */
  headers: string[];
  body?: Buffer | string;
  clocks: Clocks;
}

/**
 * The only code that opens outbound connections: one keep-alive pool per origin, proxies from the usual environment variables,
 * no redirects, no pipelining. HTTP/1.1, because one stream per socket cannot block another.
 */
export class Upstream {
  /** By connect timeout, then by origin. */
  readonly #pools = new Map<number, Map<string, Dispatcher>>();
  readonly #watch = new Watch();
  readonly #proxied: boolean;

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.#proxied = Boolean(env['HTTP_PROXY'] ?? env['http_proxy'] ?? env['HTTPS_PROXY'] ?? env['https_proxy']);
  }

  /** Calls in flight. */
  get inFlight(): number {
    return this.#watch.size;
  }

  /** Sends at once; failures show in `head` and in the iteration. */
  send(request: Outbound): Flight {
    const { origin, path, method, headers, body } = request;
    const flight = new Flight(request.clocks, this.#watch, origin);
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

/** Engines of our own and local servers are never asked through a proxy, whatever NO_PROXY says. */
function isLoopback(origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\./.test(hostname);
}
