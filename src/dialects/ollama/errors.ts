import { type ErrorKind, GatewayError } from '../../protocol/errors.ts';
import { type Json, object, said } from '../../protocol/json.ts';
import { kindOfStatus } from '../../protocol/status.ts';

/** How the server and its runners say that a prompt does not fit: each wording was met in the wild, under 400 and 500 alike. */
const CONTEXT = new RegExp(
  [
    'input (length )?(\\(\\d+ tokens\\) )?exceeds (the )?(model.s )?(maximum )?context',
    'prompt is too long|prompt too long|prompt is longer than the context|exceeded max context length',
    'exceeds the available context|exceed_context_size|context (length|size|window)[^.]{0,20}exceed|exceeds? (the )?context (length|size|window)',
  ].join('|'),
  'i',
);
const BUSY = /server busy|maximum pending requests|overloaded/i;
const RATE = /rate.?limit|too many requests|usage limit/i;
const UNABLE = /does not support (?!thinking value)/i;
const NO_MEMORY = /requires more system memory|out of memory|insufficient memory/i;
const FILTER = /content[_ ](filter|policy)/i;
const NO_MODEL = /model .{0,200}not found|try pulling it first/i;

const SECRET = /\b(?:sk|pk|key|ollama)-[\w-]{8,}|Bearer\s+\S+/gi;
const LONGEST_TEXT = 1000;

interface Said {
  message?: string;
  /** The body is an error of this dialect, not a page or a text of something in front of it. */
  own: boolean;
  status?: number;
}

/** `{error:"…"}`, the same as an object, and what proxies put in its place. */
function read(body: unknown): Said {
  if (typeof body === 'string') {
    const text = body.trim();
    return { own: false, message: text.startsWith('<') ? undefined : text || undefined };
  }
  const given = object(body) ?? {};
  const inner = object(given['error']);
  const message = said(given['error']) ?? said(inner?.['message']) ?? said(given['message']);
  const status = [given['status'], given['status_code'], inner?.['code']].find((value) => typeof value === 'number');
  return { own: given['error'] !== undefined, message, status: status as number | undefined };
}

function kindOf(status: number | undefined, { message = '', own }: Said): ErrorKind {
  // The server's word for a caller that left: here it means that the server gave up.
  if (status === 499) return 'upstream';
  const known = kindOfStatus(status);
  if (known && known !== 'not-found') return known;
  if (CONTEXT.test(message)) return 'context';
  // The server's own router answers an unknown path in plain text.
  if (status === 404) return own ? 'not-found' : 'upstream';
  if (BUSY.test(message)) return 'overload';
  if (status === undefined && NO_MODEL.test(message)) return 'not-found';
  if (status === undefined && RATE.test(message)) return 'rate';
  if (UNABLE.test(message)) return 'unsupported';
  if (status === undefined || status >= 500 || status < 400) return 'upstream';
  return FILTER.test(message) ? 'filter' : 'invalid';
}

function explain(complaint: Said, status: number | undefined, retryAfter?: number): GatewayError {
  const kind = kindOf(status, complaint);
  const text = complaint.message?.replace(SECRET, '[key]').slice(0, LONGEST_TEXT);
  const answered = status === undefined ? 'the provider reported an error' : `the provider answered ${status}`;
  const facts = { retryAfter, status: kind === 'upstream' && status !== undefined && status >= 500 ? status : undefined };
  const told = text ?? `${answered} and gave no message`;
  if (kind === 'upstream-auth')
    return new GatewayError(kind, `${answered}${text ? `: ${text}` : ''}; check the key and the account of this provider`, facts);
  if (status === 404 && kind === 'upstream')
    return new GatewayError(kind, `${answered}: it has no such path; give its url without /v1 or /api`, facts);
  if (kind === 'unsupported') return new GatewayError(kind, `${told}; choose another model for this`, facts);
  if (NO_MEMORY.test(told))
    return new GatewayError(kind, `${told}; a smaller "context" for this model in the configuration needs less`, facts);
  return new GatewayError(kind, told, facts);
}

/** A non-2xx answer of an upstream. `retryAfter` in seconds. */
export function hearError(status: number, body: unknown, retryAfter?: number): GatewayError {
  return explain(read(body), status, retryAfter);
}

/** An error inside a 200: a line that holds one, perhaps with the status it would have had. */
export function hearInBand(line: Json): GatewayError {
  const complaint = read(line);
  return explain(complaint, complaint.status);
}

/** The message as clients of this dialect know it: only words tell that a prompt does not fit. */
function wordsFor({ kind, message }: GatewayError): string {
  return kind === 'context' && !CONTEXT.test(message) ? `the input length exceeds the context length: ${message}` : message;
}

/** Any failure as this dialect's clients read it; its body has no place for a request id. */
export function answerError(error: GatewayError): { status: number; body: unknown } {
  return { status: error.status, body: { error: wordsFor(error) } };
}

/** The same as the line that ends a stream. The status tells its kind, as the one of the answer can no more. */
export function errorLine(error: GatewayError): Json {
  return { error: wordsFor(error), status: error.status };
}
