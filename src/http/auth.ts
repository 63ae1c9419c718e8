import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../policy/caller.ts';
import { GatewayError } from '../protocol/errors.ts';

/** SHA-256 of a key as lower-case hex. Keys are random and long, so a slow hash would buy nothing. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The key a client shows, in any of the ways its tool knows; undefined when there is none. `Bearer ` with nothing behind it is none. */
export function shownKey(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const one = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' && value.trim() ? value.trim() : undefined;
  };
  return bearer ?? one('x-api-key') ?? one('x-goog-api-key') ?? one('api-key') ?? (query.get('key')?.trim() || undefined);
}

/** Most keys remembered by their text; a stream of made-up keys must not fill the memory. */
const REMEMBERED = 1000;

/** The keys that open this gateway. Without keys everyone on this machine may call (the gateway then listens on loopback only). */
export class KeyRing {
  /** Hash (hex) → whose it is. */
  readonly #callers: ReadonlyMap<string, Caller>;
  /** Keys seen to be good, so that a caller's key is hashed once and not at each request. */
  readonly #seen = new Map<string, Caller>();

  /** @param names hash (hex) → name */
  constructor(names: ReadonlyMap<string, string>) {
    this.#callers = new Map([...names].map(([hash, name]) => [hash, { id: name, name }]));
  }

  /**
   * Who is calling.
   * @param open the caller may go without a key; one that is known is still told apart
   * @returns whose key it is, or undefined when no key is needed
   * @throws GatewayError `auth`
   */
  authorise(headers: IncomingHttpHeaders, query: URLSearchParams, open = false): Caller | undefined {
    if (this.#callers.size === 0) return undefined;
    const key = shownKey(headers, query);
    if (open && (!key || !this.#callers.has(hashKey(key)))) return undefined;
    if (!key) throw new GatewayError('auth', 'a key is needed: send it as "Authorization: Bearer KEY" or "x-api-key: KEY"');
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    const caller = this.#callers.get(hashKey(key));
    if (!caller) throw new GatewayError('auth', 'this key is not known here; ask whoever runs Freehold for a current one');
    if (this.#seen.size < REMEMBERED) this.#seen.set(key, caller);
    return caller;
  }
}

/**
 * Whether a request was made on this very machine: a loopback socket, and no sign of a proxy in front that would make everyone look so.
 * @param remoteAddress of the socket
 */
export function isLocal(remoteAddress: string | undefined, headers: IncomingHttpHeaders): boolean {
  const proxied =
    headers['forwarded'] ?? headers['via'] ?? headers['x-forwarded-for'] ?? headers['x-forwarded-host'] ?? headers['x-real-ip'];
  const address = remoteAddress?.replace(/^::ffff:/, '');
  return proxied === undefined && address !== undefined && (address === '::1' || address.startsWith('127.'));
}

/** Whether a Host header names this server. Anything else may be a web page in a browser that resolved its own name to us (DNS rebinding). */
export function isOurHost(host: string | undefined, allowed: ReadonlySet<string>, localAddress: string | undefined): boolean {
  if (host === undefined) return false;
  const name = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (allowed.has(name)) return true;
  const bare = localAddress?.replace(/^::ffff:/, '');
  return bare !== undefined && (name === bare || name === `[${bare}]`);
}

export const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
