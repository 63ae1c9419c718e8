import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { GatewayError } from '../protocol/errors.ts';
import type { Upstream } from './client.ts';
import type { Clocks } from './clocks.ts';

/** What is read of a service account's JSON key. */
interface ServiceAccount {
  client_email: string;
  private_key: string;
  private_key_id?: string;
  token_uri?: string;
}

/** What is read of the file that `gcloud auth application-default login` writes for a person. */
interface Person {
  client_id: string;
  client_secret: string;
  refresh_token: string;
  token_uri?: string;
}

interface Token {
  value: string;
  /** Unix time in milliseconds from which it counts as old. */
  until: number;
}

const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Longest that such a token may be asked for. Seconds. */
const LIFE = 3600;
/** A token is renewed this long before it ends, so that none ends on the way. Milliseconds. */
const EARLY = 5 * 60_000;
const CLOCKS: Clocks = { connect: 10_000, firstByte: 20_000, idle: 20_000, total: 30_000 };
/** Largest answer read. Bytes. */
const LIMIT = 1024 * 1024;

/**
 * Access tokens for a Google service account (https://developers.google.com/identity/protocols/oauth2/service-account): a JWT signed
 * with the account's key buys a token, which is kept until shortly before it ends. A person's file holds a refresh token instead. Written here because every library for it brings its
 * own way out, and only this folder opens connections.
 * @returns a function that gives the token; callers at the same time wait for the same one.
 *   @throws GatewayError `upstream-auth` when the file or Google refuses, `network` or `timeout` when Google is not reached
 */
export function googleTokens(upstream: Upstream, file: string, now = () => Date.now()): () => Promise<string> {
  let token: Token | undefined;
  let asking: Promise<Token> | undefined;
  return async () => {
    if (token && now() < token.until) return token.value;
    asking ??= buy(upstream, file, now()).finally(() => {
      asking = undefined;
    });
    token = await asking;
    return token.value;
  };
}

async function buy(upstream: Upstream, file: string, now: number): Promise<Token> {
  const account = await readAccount(file);
  const { origin, pathname, search } = tokenUrl(account, file);
  const body = new URLSearchParams(formOf(account, file, now)).toString();
  const headers = ['content-type', 'application/x-www-form-urlencoded', 'accept', 'application/json', 'accept-encoding', 'identity'];
  const flight = upstream.send({ method: 'POST', origin, path: pathname + search, headers, body, clocks: CLOCKS, ceiling: 'errand' });
  const { status } = await flight.head;
  const answer = parse(await flight.collect(LIMIT));
  const value = answer['access_token'];
  if (status === 200 && typeof value === 'string' && value !== '') {
    const seconds = Number(answer['expires_in']);
    return { value, until: now + Math.max(0, (Number.isFinite(seconds) ? seconds : LIFE) * 1000 - EARLY) };
  }
  const said = [answer['error'], answer['error_description']].filter((one) => typeof one === 'string').join(': ');
  if (status >= 500) throw new GatewayError('upstream', `${origin} gave no token (${status})`);
  throw refused(`${origin} gave no token for the service account (${status}${said && `, ${said}`}); check credentials.file`);
}

function refused(message: string, cause?: unknown): GatewayError {
  return new GatewayError('upstream-auth', message, { cause });
}

function formOf(account: ServiceAccount | Person, file: string, now: number): Record<string, string> {
  if ('private_key' in account) return { grant_type: GRANT, assertion: assertion(account, file, now) };
  const { client_id, client_secret, refresh_token } = account;
  return { grant_type: 'refresh_token', client_id, client_secret, refresh_token };
}

async function readAccount(file: string): Promise<ServiceAccount | Person> {
  let account: Partial<ServiceAccount & Person> | null;
  try {
    account = JSON.parse(await readFile(file, 'utf8')) as typeof account;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw refused(
      `credentials.file: ${file} ${code ? `cannot be read (${code})` : 'is not JSON'}; it must be a service account's key or what "gcloud auth application-default login" wrote`,
      cause,
    );
  }
  const { client_email, private_key, client_id, client_secret, refresh_token, token_uri } = account ?? {};
  if (typeof refresh_token === 'string' && typeof client_id === 'string' && typeof client_secret === 'string')
    return { client_id, client_secret, refresh_token, token_uri };
  if (typeof client_email !== 'string' || typeof private_key !== 'string')
    throw refused(`credentials.file: ${file} is no service account's key; download one of type JSON from the Google Cloud console`);
  return { ...account, client_email, private_key };
}

function tokenUrl({ token_uri = TOKEN_URI }: { token_uri?: string }, file: string): URL {
  if (!URL.canParse(token_uri)) throw refused(`credentials.file: ${file} has a token_uri that is no URL`);
  return new URL(token_uri);
}

/** The JWT that asks for a token (RFC 7523). `now` is Unix time in milliseconds. */
function assertion(
  { client_email, private_key, private_key_id, token_uri = TOKEN_URI }: ServiceAccount,
  file: string,
  now: number,
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const issued = Math.floor(now / 1000);
  const claims = { iss: client_email, scope: SCOPE, aud: token_uri, iat: issued, exp: issued + LIFE };
  const unsigned = `${part({ alg: 'RS256', typ: 'JWT', kid: private_key_id })}.${part(claims)}`;
  try {
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(private_key, 'base64url')}`;
  } catch (cause) {
    throw refused(`credentials.file: ${file} holds a private_key that is none`, cause);
  }
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return (JSON.parse(bytes.toString('utf8')) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
