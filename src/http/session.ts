import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Audit, Deed } from '../egress/journal/audit.ts';
import { GatewayError, invalid } from '../protocol/errors.ts';
import { adminOf, isAdminKey, isFromOtherSite, shownKey } from './auth.ts';
import type { SessionView } from './contract.ts';
import type { Settings } from './settings.ts';

export const SESSION_PATH = '/admin/api/session';

const COOKIE = 'freehold_session';

/** Milliseconds that a session lasts. */
const LASTS = 12 * 60 * 60_000;

/** Wrong keys that one address may send in a minute. */
const TRIES = 10;
const MINUTE = 60_000;

/** Addresses whose tries are counted at once. */
const MOST = 1000;

const NO_QUERY = new URLSearchParams();

/** What is answered about a session. */
export interface SessionAnswer {
  body: SessionView;
  headers: Record<string, string>;
}

/**
 * Sign-in of the page with the admin key. The key is shown once; what the browser keeps is a token in a cookie that no script can read:
 * its end and random bits, under a MAC that also covers the hash of the admin key, so that another admin key ends all sessions. Nodes with
 * the same FREEHOLD_SECRET take each other's.
 */
export class Sessions {
  readonly #secret: Buffer;
  readonly #now: () => number;
  readonly #audit: Pick<Audit, 'write'> | undefined;
  /** Tokens of who signed out, until they would have ended. */
  readonly #ended = new Map<string, number>();
  readonly #tries = new Map<string, { count: number; since: number }>();

  /** @param audit where sign-ins are put on record; absent where nothing is kept */
  constructor(secret: Buffer, now: () => number, audit?: Pick<Audit, 'write'>) {
    this.#secret = secret;
    this.#now = now;
    this.#audit = audit;
  }

  /**
   * Who asks the admin API: by key, by session, or on this machine.
   * @returns a name for the record
   * @throws GatewayError `auth`, `forbidden`
   */
  actor(settings: Settings, { headers, method = '', socket }: IncomingMessage): string {
    const { adminHash } = settings;
    if (adminHash === undefined || shownKey(headers, NO_QUERY) !== undefined || this.#endOf(headers, adminHash) === undefined)
      return adminOf(settings, headers, socket.remoteAddress);
    if (isFromOtherSite(headers) || (!READS.has(method) && !isFromHere(headers)))
      throw new GatewayError('forbidden', 'a session is good for the dashboard only; programs send the admin key', { field: 'origin' });
    return 'admin';
  }

  /** Whether somebody is signed in, signing in, and signing out. @throws GatewayError */
  async answer(settings: Settings, request: IncomingMessage, body: unknown): Promise<SessionAnswer> {
    const { headers, method } = request;
    if (isFromOtherSite(headers))
      throw new GatewayError('forbidden', 'pages of other sites may not use the admin API', { field: 'origin' });
    if (method === 'GET' || method === 'HEAD') return { body: this.#view(settings, request), headers: {} };
    if (method === 'POST') return this.#begin(settings, request, body);
    if (method !== 'DELETE') throw new GatewayError('method', `${SESSION_PATH} takes GET, POST, DELETE`);
    const token = tokenIn(headers);
    const end = settings.adminHash === undefined ? undefined : this.#endOf(headers, settings.adminHash);
    if (token !== undefined && end !== undefined) {
      await this.#record('end', 'done', request);
      this.#forget(token, end);
    }
    return {
      body: { by: null, needs: settings.adminHash === undefined ? null : 'key', expires_at: null },
      headers: { 'set-cookie': cookie('', 0, request) },
    };
  }

  async #begin({ adminHash }: Settings, request: IncomingMessage, body: unknown): Promise<SessionAnswer> {
    if (adminHash === undefined)
      throw invalid('key', 'there is no admin key to sign in with: make one with "freehold key --admin" and set admin.key');
    const key = typeof body === 'object' && body !== null && 'key' in body ? body.key : undefined;
    if (typeof key !== 'string' || key.trim() === '') throw invalid('key', 'send the admin key as text');
    const from = request.socket.remoteAddress ?? '';
    this.#mayTry(from);
    if (!isAdminKey(key.trim(), adminHash)) {
      this.#tries.get(from)!.count++;
      await this.#record('begin', 'refused', request);
      throw new GatewayError('auth', 'this is not the admin key', { field: 'key' });
    }
    this.#tries.delete(from);
    await this.#record('begin', 'done', request);
    const end = this.#now() + LASTS;
    const payload = `${end.toString(36)}.${randomBytes(16).toString('base64url')}`;
    return {
      body: { by: 'admin', needs: null, expires_at: end },
      headers: { 'set-cookie': cookie(`${payload}.${this.#mac(payload, adminHash)}`, LASTS / 1000, request) },
    };
  }

  /** @throws GatewayError `unavailable` when it cannot be put on record */
  async #record(what: 'begin' | 'end', outcome: 'done' | 'refused', { socket }: IncomingMessage): Promise<void> {
    const deed: Deed = {
      actor: outcome === 'done' ? 'admin' : '',
      action: `session.${what}`,
      object: 'session',
      from: socket.remoteAddress,
      outcome,
    };
    await this.#audit?.write(deed).catch((cause: Error) => {
      throw new GatewayError('unavailable', `${cause.message}; nobody signs in or out until it can be put on record`, {
        retryAfter: 5,
        cause,
      });
    });
  }

  #view(settings: Settings, request: IncomingMessage): SessionView {
    try {
      const by = this.actor(settings, request) === 'local' ? 'local' : 'admin';
      return { by, needs: null, expires_at: (settings.adminHash && this.#endOf(request.headers, settings.adminHash)) || null };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { by: null, needs: settings.adminHash === undefined ? 'this-machine' : 'key', expires_at: null };
    }
  }

  /** When the session of a request ends, Unix milliseconds; undefined when it has none that is good. */
  #endOf(headers: IncomingHttpHeaders, adminHash: string): number | undefined {
    const token = tokenIn(headers);
    const [end = '', random = '', mac = ''] = token?.split('.') ?? [];
    const right = this.#mac(`${end}.${random}`, adminHash);
    if (mac.length !== right.length || !timingSafeEqual(Buffer.from(mac), Buffer.from(right))) return undefined;
    const at = Number.parseInt(end, 36);
    return at > this.#now() && !this.#ended.has(token!) ? at : undefined;
  }

  #mac(payload: string, adminHash: string): string {
    return createHmac('sha256', this.#secret).update(`session\n${adminHash}\n${payload}`).digest('base64url');
  }

  #forget(token: string, end: number): void {
    const now = this.#now();
    for (const [old, at] of this.#ended) if (at <= now) this.#ended.delete(old);
    this.#ended.set(token, end);
  }

  /** @throws GatewayError `rate` */
  #mayTry(from: string): void {
    const now = this.#now();
    const tried = this.#tries.get(from);
    if (tried && now - tried.since < MINUTE) {
      if (tried.count < TRIES) return;
      const seconds = Math.ceil((tried.since + MINUTE - now) / 1000);
      throw new GatewayError('rate', `too many wrong keys from this address; try again in ${seconds} s`, { retryAfter: seconds });
    }
    this.#tries.delete(from);
    if (this.#tries.size >= MOST) this.#tries.delete(this.#tries.keys().next().value!);
    this.#tries.set(from, { count: 0, since: now });
  }
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** A browser says that a page of ours asks. Cookies alone prove nothing. */
function isFromHere({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

function tokenIn({ cookie: sent }: IncomingHttpHeaders): string | undefined {
  const found = sent?.split(';').find((pair) => pair.trim().startsWith(`${COOKIE}=`));
  return found?.trim().slice(COOKIE.length + 1) || undefined;
}

/** @param age seconds */
function cookie(value: string, age: number, { socket, headers }: IncomingMessage): string {
  const isSecure = 'encrypted' in socket || headers['x-forwarded-proto'] === 'https';
  return `${COOKIE}=${value}; Path=/admin; HttpOnly; SameSite=Strict; Max-Age=${age}${isSecure ? '; Secure' : ''}`;
}
