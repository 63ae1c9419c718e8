/** Connection-level headers (RFC 9110 §7.6.1) and what is ours to set; never forwarded in either direction. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
];

/** The client's credentials and browser state stay here; length, host and encoding are those of the new request. */
const NOT_TO_UPSTREAM = new Set([
  ...HOP_BY_HOP,
  'host',
  'expect',
  'accept-encoding',
  'content-encoding',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'cookie',
  'origin',
  'referer',
  'forwarded',
  'via',
]);

/** `content-encoding` is dropped because the upstream layer has already decoded the body (a stale one hides real errors from clients). */
const NOT_TO_CLIENT = new Set([
  ...HOP_BY_HOP,
  'content-encoding',
  'date',
  'server',
  'set-cookie',
  'alt-svc',
  'x-request-id',
  'strict-transport-security',
]);

/**
 * A client's headers as they go to a provider of the same dialect, so that unknown betas and versions reach it.
 * @param raw flat list `[name, value, name, value…]` as received
 * @param set headers of ours, names in lower case: they replace the client's, except those in `defaults`, which give way
 */
export function toUpstream(raw: readonly string[], set: Record<string, string>, defaults: Record<string, string>): string[] {
  const out: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (NOT_TO_UPSTREAM.has(name) || name in set || name.startsWith('x-freehold-') || name.startsWith('x-forwarded-')) continue;
    out.push(name, raw[i + 1]!);
  }
  const own = out.length;
  for (const name in set) out.push(name, set[name]!);
  for (const name in defaults) if (!(name in set) && !holds(out, name, own)) out.push(name, defaults[name]!);
  return out;
}

/** Whether a header stands among the first of a flat list. */
function holds(flat: readonly string[], name: string, length: number): boolean {
  for (let i = 0; i < length; i += 2) if (flat[i] === name) return true;
  return false;
}

/** A provider's headers as they go to a client of the same dialect. Flat list in, flat list out. */
export function toClient(raw: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!NOT_TO_CLIENT.has(name)) out.push(name, raw[i + 1]!);
  }
  return out;
}

/** What a client of any dialect may know of the provider's answer: its rate limits, under their original names. */
export function rateLimits(raw: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (name.includes('ratelimit')) out.push(name, raw[i + 1]!);
  }
  return out;
}

/** The first value of a header in a flat list; `name` in lower case. */
export function header(raw: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i]!.toLowerCase() === name) return raw[i + 1];
  return undefined;
}

/**
 * Whole seconds until a retry makes sense, from `retry-after` (seconds or a date, RFC 9110 §10.2.3) or `retry-after-ms`.
 * @param now Unix time in milliseconds
 */
export function retryAfter(raw: readonly string[], now: number): number | undefined {
  const ms = Number(header(raw, 'retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(ms)) return Math.max(0, Math.ceil(ms / 1000));
  const value = header(raw, 'retry-after');
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
