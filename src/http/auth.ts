import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Directory, hashKey } from '../accounts/directory.ts';
import type { Caller } from '../policy/caller.ts';
import { GatewayError } from '../protocol/errors.ts';

/** The key a client shows, in any of the ways its tool knows; undefined when there is none. `Bearer ` with nothing behind it is none. */
export function shownKey(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const one = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' && value.trim() ? value.trim() : undefined;
  };
  return bearer ?? one('x-api-key') ?? one('x-goog-api-key') ?? one('api-key') ?? (query.get('key')?.trim() || undefined);
}

/**
 * Who is calling. Without keys everyone on this machine may (the gateway then listens on loopback only).
 * @param open the caller may go without a key; one that is known is still told apart
 * @returns whose key it is, or undefined when no key is needed
 * @throws GatewayError `auth`; `unavailable` while the store that would know does not answer
 */
export function callerOf(keys: Directory, headers: IncomingHttpHeaders, query: URLSearchParams, open: boolean): Caller | undefined {
  if (keys.isEmpty) return undefined;
  const key = shownKey(headers, query);
  if (!key) {
    if (open) return undefined;
    throw new GatewayError('auth', 'a key is needed: send it as "Authorization: Bearer KEY" or "x-api-key: KEY"');
  }
  const found = keys.find(key, Date.now());
  if (typeof found === 'object') return found;
  if (open) return undefined;
  if (found === 'unsure')
    throw new GatewayError('unavailable', 'keys cannot be checked at the moment, because the store does not answer; try again', {
      retryAfter: 5,
    });
  throw new GatewayError('auth', 'this key is not known here; ask whoever runs Freehold for a current one');
}

const NO_QUERY = new URLSearchParams();

/**
 * Who asks the admin API: the holder of the admin key, or, where there is none, somebody on this machine. A gateway key never opens it,
 * nor does a page of another site in somebody's browser.
 * @returns a name for the record
 * @throws GatewayError `auth`, `forbidden`
 */
export function adminOf(
  { adminHash, keys }: { adminHash?: string; keys: Directory },
  headers: IncomingHttpHeaders,
  remoteAddress: string | undefined,
): string {
  if (isFromOtherSite(headers)) throw new GatewayError('forbidden', 'pages of other sites may not use the admin API', { field: 'origin' });
  const key = shownKey(headers, NO_QUERY);
  if (adminHash !== undefined) {
    if (key !== undefined && isAdminKey(key, adminHash)) return 'admin';
    throw new GatewayError('auth', 'this needs the admin key: send it as "Authorization: Bearer KEY"');
  }
  if (key !== undefined && keys.idOf(key) !== undefined)
    throw new GatewayError('forbidden', 'a gateway key opens no admin route; leave it out on this machine, or set admin.key and use that');
  if (isLocal(remoteAddress, headers)) return 'local';
  throw new GatewayError(
    'forbidden',
    'the admin API is open to this machine only: make a key with "freehold key --admin" and set admin.key',
  );
}

/** @param adminHash `sha256:…` */
export function isAdminKey(key: string, adminHash: string): boolean {
  return timingSafeEqual(Buffer.from(`sha256:${hashKey(key)}`), Buffer.from(adminHash));
}

/** A browser tells where a page that asks comes from; programs tell nothing. */
export function isFromOtherSite({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
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
