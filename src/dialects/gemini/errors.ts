import type { ErrorKind } from '../../protocol/errors.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { isObject, type Json, stringIn } from '../../protocol/json.ts';
import { kindOfStatus } from '../../protocol/status.ts';
import { count } from '../../protocol/usage.ts';

/** Status names of Google APIs (https://cloud.google.com/apis/design/errors). The client's key is not at stake when ours is refused. */
const BY_NAME: ReadonlyMap<string, ErrorKind> = new Map([
  ['INVALID_ARGUMENT', 'invalid'],
  ['OUT_OF_RANGE', 'invalid'],
  ['FAILED_PRECONDITION', 'invalid'],
  ['UNIMPLEMENTED', 'invalid'],
  ['UNAUTHENTICATED', 'upstream-auth'],
  ['PERMISSION_DENIED', 'upstream-auth'],
  ['NOT_FOUND', 'not-found'],
  ['RESOURCE_EXHAUSTED', 'rate'],
  ['CANCELLED', 'upstream'],
  ['UNAVAILABLE', 'overload'],
  ['DEADLINE_EXCEEDED', 'timeout'],
  ['INTERNAL', 'upstream'],
]);

/** The server's word for a caller that left: here it means that the server gave up. */
const LEFT = 499;

/** A prompt that does not fit, in the words of this API and of servers that imitate it. */
const CONTEXT =
  /input token count.*exceeds|exceeds the maximum number of tokens|token count of \d+ exceeds|requested token count exceeds|prompt is too long|context (?:length|limit|window)|maximum context|context_length_exceeded|max_prompt_tokens/i;
/** The key or the account, said under INVALID_ARGUMENT or FAILED_PRECONDITION. */
const ACCOUNT = /API[_ ]KEY|billing|location is not supported/i;
const FILTER = /content filter|blocked by|safety (?:filter|settings)|prohibited content/i;
const VAGUE: ReadonlySet<ErrorKind> = new Set(['invalid', 'too-large', 'upstream']);

const SECRET = /\b(?:sk|pk|fk)-[\w-]{4,}[*\w-]*|\bAIza[\w-]{10,}|\bAQ\.[\w-]{10,}|\bBearer\s+\S+|\bkey:?\s*['"]?[\w-]{20,}/gi;
const LONGEST_TEXT = 500;

interface Said {
  code?: number;
  name?: string;
  message?: string;
  /** Of the details: why (`API_KEY_INVALID`), and when to come back in seconds. */
  reason?: string;
  retryAfter?: number;
}

/** What an error body says. Streams that were not asked for as events answer with a list of one. */
function read(body: unknown): Said {
  if (typeof body === 'string') return { message: body.trimStart().startsWith('<') ? undefined : body.trim().slice(0, LONGEST_TEXT) };
  const outer: unknown = Array.isArray(body) ? body[0] : body;
  if (!isObject(outer)) return {};
  if (typeof outer.error === 'string') return { message: outer.error };
  const from: Json = isObject(outer.error) ? outer.error : outer;
  const details = Array.isArray(from.details) ? from.details.filter(isObject) : [];
  const message = stringIn(from.message);
  return {
    code: count(from.code),
    name: stringIn(from.status),
    message,
    reason: details.map((one) => stringIn(one.reason)).find((one) => one !== undefined),
    retryAfter: details.map((one) => secondsIn(one.retryDelay)).find((one) => one !== undefined) ?? secondsSaid(message),
  };
}

/** A duration as protocol buffers write it, e.g. `34.07s`, in whole seconds. */
function secondsIn(delay: unknown): number | undefined {
  const seconds = typeof delay === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(delay)?.[1] : undefined;
  return seconds === undefined ? undefined : Math.ceil(Number(seconds));
}

function secondsSaid(message: string | undefined): number | undefined {
  return secondsIn(/retry in (\d+(?:\.\d+)?s)/i.exec(message ?? '')?.[1]);
}

function kindOf(said: Said, status: number | undefined): ErrorKind {
  const code = status ?? said.code;
  const byStatus = kindOfStatus(code) ?? (code !== undefined && code >= 400 && code < 500 && code !== LEFT ? 'invalid' : 'upstream');
  // A status that says something exact says it also where the body was written by somebody else.
  const kind = VAGUE.has(byStatus) ? (BY_NAME.get(said.name ?? '') ?? byStatus) : byStatus;
  if (!VAGUE.has(kind)) return kind;
  const words = `${said.reason ?? ''} ${said.message ?? ''}`;
  if (CONTEXT.test(words)) return 'context';
  if (byStatus === 'too-large') return byStatus;
  if (kind !== 'invalid') return kind;
  if (ACCOUNT.test(words)) return 'upstream-auth';
  return FILTER.test(words) ? 'filter' : kind;
}

/** An upstream's error, from its status (absent inside a 200) and body. */
function explain(said: Said, status: number | undefined, retryAfter?: number): GatewayError {
  const kind = kindOf(said, status);
  const text = said.message?.replace(SECRET, '[key]').slice(0, LONGEST_TEXT) || undefined;
  const facts = { retryAfter: retryAfter ?? said.retryAfter, code: said.reason ?? said.name };
  const answered = status === undefined ? 'the provider reported an error' : `the provider answered ${status}`;
  const told = (mend: string) => `${answered}${text ? `: ${text}` : ''}; ${mend}`;
  if (kind === 'upstream-auth') return new GatewayError(kind, told('check the key and the account configured for this provider'), facts);
  if (kind === 'not-found' && said.name !== 'NOT_FOUND' && !/model/i.test(text ?? ''))
    return new GatewayError('upstream', told('check the url configured for this provider'), facts);
  const keep = status !== undefined && (kind === 'invalid' ? status >= 400 && status < 500 : kind === 'upstream' && status >= 500);
  return new GatewayError(kind, text ?? answered, keep ? { ...facts, status } : facts);
}

/** A non-2xx answer of an upstream. `retryAfter` in seconds. */
export function hearError(status: number, body: unknown, retryAfter?: number): GatewayError {
  return explain(read(body), status, retryAfter);
}

/** An error inside a 200: in a stream, or where the answer should be. */
export function hearInBand(body: Json): GatewayError {
  return explain(read(body), undefined);
}

/** The API's status name for each kind. */
const NAMES: Readonly<Record<ErrorKind, string>> = {
  invalid: 'INVALID_ARGUMENT',
  unsupported: 'INVALID_ARGUMENT',
  auth: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  'not-found': 'NOT_FOUND',
  method: 'UNIMPLEMENTED',
  'too-large': 'INVALID_ARGUMENT',
  context: 'INVALID_ARGUMENT',
  filter: 'INVALID_ARGUMENT',
  rate: 'RESOURCE_EXHAUSTED',
  budget: 'RESOURCE_EXHAUSTED',
  overload: 'UNAVAILABLE',
  unavailable: 'UNAVAILABLE',
  'upstream-auth': 'INTERNAL',
  upstream: 'INTERNAL',
  network: 'INTERNAL',
  timeout: 'DEADLINE_EXCEEDED',
  truncated: 'INTERNAL',
  malformed: 'INTERNAL',
  cancelled: 'CANCELLED',
  internal: 'INTERNAL',
};

const TYPES = 'type.googleapis.com/google.rpc.';
const TOO_LONG = 'the input token count exceeds the maximum number of tokens allowed';

/** The `error` object as it stands in an error body and in a stream. Coding agents know a prompt that is too long by the API's own words. */
export function writeError(error: GatewayError): Json {
  const { kind, message, status, field, retryAfter } = error;
  const details: Json[] = [];
  if (field !== undefined) details.push({ '@type': `${TYPES}BadRequest`, fieldViolations: [{ field, description: message }] });
  if (retryAfter !== undefined) details.push({ '@type': `${TYPES}RetryInfo`, retryDelay: `${retryAfter}s` });
  const words = kind === 'context' && !CONTEXT.test(message) ? `${TOO_LONG}: ${message}` : message;
  return { code: status, message: words, status: NAMES[kind], ...(details.length && { details }) };
}

/** Any failure as this API answers it. */
export function answerError(error: GatewayError, requestId: string): { status: number; body: unknown } {
  const written = writeError(error);
  const details = [...((written.details as Json[] | undefined) ?? []), { '@type': `${TYPES}RequestInfo`, requestId }];
  return { status: error.status, body: { error: { ...written, details } } };
}
