import { type ErrorKind, GatewayError } from '../../protocol/errors.ts';
import { type Json, list, object, said } from '../../protocol/json.ts';

/** What a failure's body says, whatever its shape. */
interface Complaint {
  message?: string;
  type?: string;
  code?: string;
  field?: string;
  /** An HTTP status named inside the body. */
  status?: number;
}

const MESSAGE_LIMIT = 1000;

/** A non-2xx answer of a provider. `status` 0 means that the failure came inside a 200 and its body named none. */
export function hearFault(status: number, body: unknown, retryAfter?: number): GatewayError {
  const complaint = complaintIn(body);
  const known = status || complaint.status || 0;
  const kind = kindOf(known, complaint);
  const { code, field } = complaint;
  const facts = {
    retryAfter,
    code,
    field: kind === 'invalid' ? field : undefined,
    status: kind === 'upstream' && known >= 500 ? known : undefined,
  };
  return new GatewayError(kind, messageOf(kind, known, complaint), facts);
}

/** A failure inside a 200: the body is an error object, or text. */
export function inBand(body: unknown): GatewayError {
  return hearFault(0, body);
}

/** The failure that a chunk, an answer or a choice carries, as `complaintIn` takes it; undefined when it carries none. */
export function errorIn(chunk: Json): unknown {
  const { error } = chunk;
  if (typeof error === 'string' ? error !== '' : object(error) && Object.keys(error as Json).length > 0) return chunk;
  if (chunk['object'] === 'error' || chunk['type'] === 'error') return chunk;
  const isAnswer = 'choices' in chunk || 'usage' in chunk || 'finish_reason' in chunk;
  return !isAnswer && (said(chunk['message']) ?? said(chunk['msg']) ?? chunk['detail']) !== undefined ? chunk : undefined;
}

/** Reads `{error:{…}}`, `{error:"…"}`, `{message}`, `{detail:"…"|[{loc,msg}]}`, `{errors:[…]}`, lists of these, JSON in text, and text. */
function complaintIn(body: unknown): Complaint {
  if (typeof body === 'string') return complaintInText(body);
  if (Array.isArray(body)) return complaintIn(body[0]);
  const given = object(body);
  if (!given) return {};
  const complaint = plain(given);
  const { detail } = given;
  const [refused] = list(detail).map(object);
  if (refused) return merge(complaint, { message: said(refused['msg']), field: fieldOf(list(refused['loc'])) });
  // The innermost says most: gateways wrap what they got.
  for (const inner of [given['error'], detail, given['errors'], object(given['metadata'])?.['raw']]) {
    if (typeof inner === 'string' || (inner !== null && typeof inner === 'object')) return merge(complaint, complaintIn(inner));
  }
  return complaint;
}

function complaintInText(text: string): Complaint {
  const trimmed = text.trim();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) {
    try {
      return complaintIn(JSON.parse(trimmed) as unknown);
    } catch {
      // Not JSON after all: it is read as text.
    }
  }
  // A web page tells nothing about a model.
  return trimmed === '' || trimmed.startsWith('<') ? {} : { message: trimmed };
}

function plain(given: Json): Complaint {
  const { code, status, status_code } = given;
  return {
    message: said(given['message']) ?? said(given['msg']) ?? said(given['error_msg']),
    type: said(given['type']) ?? said(status),
    // A code that is a number is a status.
    code: Number.isNaN(numberIn(code)) ? said(code) : undefined,
    field: said(given['param']),
    status: [code, status, status_code].map(numberIn).find((value) => value >= 400 && value < 600),
  };
}

/** A number, or one written as text; NaN for anything else. */
function numberIn(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}

function merge(outer: Complaint, inner: Complaint): Complaint {
  return {
    message: inner.message ?? outer.message,
    type: inner.type ?? outer.type,
    code: inner.code ?? outer.code,
    field: inner.field ?? outer.field,
    status: inner.status ?? outer.status,
  };
}

/** `["body","messages",0,"content"]` as `messages[0].content`. */
function fieldOf(path: readonly unknown[]): string | undefined {
  let field = '';
  for (const step of path) {
    if (typeof step === 'number') field += `[${step}]`;
    else if (typeof step === 'string' && (step !== 'body' || field !== '')) field += `${field && '.'}${step}`;
  }
  return field || undefined;
}

/** How providers say that a prompt does not fit: each wording was met in the wild. */
const CONTEXT = new RegExp(
  [
    'context[_ ]length[_ ]exceeded|maximum context length|max(imum)? (model|sequence) length|model_max_prompt_tokens',
    "longer than the model'?s? context|requested token count exceeds|prompt is too long|prompt token count of \\d+ exceeds",
    'input length and .{0,3}max_tokens.{0,3} exceed|exceeds? the (available |maximum )?context|exceed_context_size|context (size|window) (has been )?exceeded',
    'context the overflows|loaded with context length|greater than the context length|reduce the length of the (messages|prompt|input)',
    'too large for model with \\d+ maximum|input token count .{0,20}exceeds|inputs?.{0,3} tokens \\+ .{0,3}max_new_tokens|exceeds? (the )?model.{0,12}context',
    'maximum prompt length is \\d+|exceeded model token limit|prompt exceeds max(imum)? length|range of input length should be',
    'tokens_limit_reached|request body too large for .{0,60} model|must have less than \\d+ tokens',
  ].join('|'),
  'i',
);
const FILTER =
  /content[_ ](filter|policy|management)|flagged|moderation|responsible ?ai|safety (system|policy)|data_inspection_failed|unsafe or sensitive content/i;
const RATE = /rate.?limit|too many requests|tokens per minute|requests per minute/i;
const OVERLOAD =
  /overloaded|over capacity|at capacity|server.{0,10}(is )?busy|queue (is )?full|loading model|resource.?exhausted|temporarily unavailable/i;
const NO_CREDIT = /insufficient[_ ](quota|balance|credit|funds)|requires more credits|exceeded_current_quota_error|arrearage/i;
/** Said by those who have no other status for it. */
const OVERLOADED = /(engine_|is )overloaded/i;
const NO_KEY = /invalid.{0,3}api.?key|incorrect api key|authentication|unauthori[sz]ed|permission/i;

function kindOf(status: number, complaint: Complaint): ErrorKind {
  const words = `${complaint.type ?? ''} ${complaint.code ?? ''} ${complaint.message ?? ''}`;
  if (status !== 429 && CONTEXT.test(words)) return 'context';
  // An account without money fails like a wrong key: waiting does not help, another provider does.
  if (status === 402 || NO_CREDIT.test(words)) return 'upstream-auth';
  if (status === 401 || (status === 403 && !FILTER.test(words))) return 'upstream-auth';
  if (status === 429) return OVERLOADED.test(words) ? 'overload' : 'rate';
  if (status === 503 || status === 529 || status === 498) return 'overload';
  if (status === 408 || status === 504 || status === 524) return 'timeout';
  if (status === 404) return /model|DeploymentNotFound/i.test(words) ? 'not-found' : 'upstream';
  if (status >= 400 && status < 500 && FILTER.test(words)) return 'filter';
  if (status === 413) return RATE.test(words) ? 'rate' : 'too-large';
  if (status >= 400 && status < 500) return 'invalid';
  // Without a status the words decide, and a code says more than a sentence.
  if (status < 400 && RATE.test(`${complaint.type} ${complaint.code}`)) return 'rate';
  if (OVERLOAD.test(words)) return 'overload';
  if (status >= 500) return 'upstream';
  if (/model_not_found|\bnot[_ ]found/i.test(words)) return 'not-found';
  if (RATE.test(words)) return 'rate';
  if (FILTER.test(words)) return 'filter';
  if (NO_KEY.test(words)) return 'upstream-auth';
  return /invalid_request|bad_?request|BadRequestError/i.test(words) ? 'invalid' : 'upstream';
}

/** Words that look like a key, in any provider's style, whole or with stars. */
const KEY = /\b(?:sk|pk|rk|gsk|hf|xai|nvapi|key|tok|AIza|eyJ)[-_.*A-Za-z0-9]{10,}|Bearer\s+\S+|\S*\*{3,}\S*/g;
/** Where the talk is of keys, any long word may be one. */
const LONG = /[-\w.*]{20,}/g;

function messageOf(kind: ErrorKind, status: number, { message, code = '' }: Complaint): string {
  const words = message?.replace(KEY, '***').slice(0, MESSAGE_LIMIT);
  if (kind === 'upstream-auth') {
    const isPoor = status === 402 || NO_CREDIT.test(`${code} ${words}`);
    const mend = isPoor ? 'its account has no credit left' : 'it refused our key; check the key of this provider in the configuration';
    return `the provider answered ${status || 'in its stream'}: ${mend}${words ? ` (${words.replace(LONG, '***')})` : ''}`;
  }
  if (status === 404 && kind === 'upstream')
    return 'the provider has no such path (status 404); check the url of this provider in the configuration';
  if (words) return words;
  return status ? `the provider answered with status ${status} and no message` : 'the provider failed and gave no message';
}

interface Wire {
  type: string;
  code: string | null;
}

const CLIENT = 'invalid_request_error';
const SERVER = 'server_error';

/** Type and code of every kind, as clients of this dialect know them; codes of our own where they know none. */
const WIRE: Readonly<Record<ErrorKind, Wire>> = {
  invalid: { type: CLIENT, code: null },
  unsupported: { type: CLIENT, code: 'unsupported_value' },
  auth: { type: CLIENT, code: 'invalid_api_key' },
  forbidden: { type: 'permission_error', code: 'forbidden' },
  'not-found': { type: CLIENT, code: 'model_not_found' },
  method: { type: CLIENT, code: 'method_not_supported' },
  'too-large': { type: CLIENT, code: 'request_too_large' },
  context: { type: CLIENT, code: 'context_length_exceeded' },
  filter: { type: CLIENT, code: 'content_filter' },
  rate: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  budget: { type: 'insufficient_quota', code: 'insufficient_quota' },
  overload: { type: SERVER, code: 'overloaded' },
  unavailable: { type: SERVER, code: 'unavailable' },
  'upstream-auth': { type: SERVER, code: 'upstream_auth' },
  upstream: { type: SERVER, code: 'upstream_error' },
  network: { type: SERVER, code: 'network_error' },
  timeout: { type: SERVER, code: 'timeout' },
  truncated: { type: SERVER, code: 'stream_truncated' },
  malformed: { type: SERVER, code: 'malformed_response' },
  cancelled: { type: SERVER, code: 'cancelled' },
  internal: { type: SERVER, code: 'internal_error' },
};

/** The error object of this dialect. A provider's own code is kept where the kind has none that clients act on. */
export function errorBody(error: GatewayError): { error: { message: string; type: string; param: string | null; code: string | null } } {
  const { type, code } = WIRE[error.kind];
  return { error: { message: error.message, type, param: error.field ?? null, code: code ?? error.code ?? null } };
}

/** Any failure as this dialect's clients read it; its body has no place for a request id. */
export function answerFault(error: GatewayError): { status: number; body: unknown } {
  return { status: error.status, body: errorBody(error) };
}
