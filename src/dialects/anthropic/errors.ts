import type { ErrorKind } from '../../protocol/errors.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Json } from '../../protocol/json.ts';
import { isObject, stringIn } from '../../protocol/json.ts';
import { kindOfStatus } from '../../protocol/status.ts';

/** Error types of the API (https://platform.claude.com/docs/en/api/errors). The client's key is not at stake when the provider's is refused. */
const BY_TYPE: ReadonlyMap<string, ErrorKind> = new Map(
  Object.entries<ErrorKind>({
    invalid_request_error: 'invalid',
    authentication_error: 'upstream-auth',
    billing_error: 'upstream-auth',
    permission_error: 'upstream-auth',
    not_found_error: 'not-found',
    request_too_large: 'too-large',
    rate_limit_error: 'rate',
    timeout_error: 'timeout',
    api_error: 'upstream',
    overloaded_error: 'overload',
  }),
);

/** A prompt that does not fit, in the words of this API and of servers that imitate it. */
const CONTEXT =
  /prompt is too long|exceeds? (?:the )?(?:model'?s? )?(?:maximum )?context|context limit|context window|maximum context length|longer than the model'?s context length|requested token count exceeds|token count of \d+ exceeds|context_length_exceeded|max_prompt_tokens/i;
const FILTER = /content filter|blocked by.*(?:policy|filter)|content_policy/i;
const BILLING = /credit balance is too low|billing/i;
/** Kinds under which a wording may still say something more exact. */
const VAGUE: ReadonlySet<ErrorKind> = new Set(['invalid', 'too-large', 'upstream']);

const SECRET = /\b(?:sk|pk|fk)-[\w-]{4,}[*\w-]*|\bAIza[\w-]{10,}|\bBearer\s+\S+/gi;
const LONGEST_TEXT = 500;

interface Said {
  type?: string;
  code?: string;
  message?: string;
}

/** What an error body says: the API's own shape, and those that servers imitating it fall back to. */
function read(body: unknown): Said {
  if (typeof body === 'string') return { message: body.trimStart().startsWith('<') ? undefined : body.trim().slice(0, LONGEST_TEXT) };
  if (!isObject(body)) return {};
  const error: unknown = body.error;
  if (typeof error === 'string') return { message: error };
  const from: Json = isObject(error) ? error : body;
  const type = stringIn(from.type);
  const details = isObject(from.details) ? from.details : undefined;
  return {
    type: type === 'error' ? undefined : type,
    code: stringIn(details?.error_code) ?? stringIn(from.code) ?? (type === 'error' ? undefined : type),
    message: stringIn(from.message) ?? stringIn(from.detail),
  };
}

function kindOf(said: Said, status: number | undefined): ErrorKind {
  const byStatus = kindOfStatus(status) ?? (status === undefined || status >= 500 ? 'upstream' : 'invalid');
  const kind = BY_TYPE.get(said.type ?? '') ?? byStatus;
  if (!VAGUE.has(kind)) return kind;
  const words = `${said.code ?? ''} ${said.message ?? ''}`;
  if (CONTEXT.test(words)) return 'context';
  if (kind !== 'invalid') return kind;
  if (BILLING.test(words)) return 'upstream-auth';
  return FILTER.test(words) ? 'filter' : kind;
}

/** An upstream's error, from its status (absent inside a stream) and body. */
function explain(said: Said, status: number | undefined, retryAfter?: number): GatewayError {
  let kind = kindOf(said, status);
  const text = said.message?.replace(SECRET, '[key]') || undefined;
  const facts = { retryAfter, code: said.code };
  const answered = status === undefined ? 'the provider reported an error' : `the provider answered ${status}`;
  if (kind === 'upstream-auth')
    return new GatewayError(
      kind,
      `${answered}${text ? `: ${text}` : ''}; check the key and the account configured for this provider`,
      facts,
    );
  if (kind === 'not-found' && said.type !== 'not_found_error' && !/model/i.test(text ?? '')) {
    kind = 'upstream';
    return new GatewayError(kind, `${answered}${text ? `: ${text}` : ''}; check the url configured for this provider`, facts);
  }
  // A 401 or 403 of the provider, whatever it calls it, must not look like the client's own key failing.
  const clients = status !== undefined && status >= 400 && status < 500 && status !== 401 && status !== 403;
  const keep = kind === 'invalid' ? clients : kind === 'upstream' && status !== undefined && status >= 500;
  return new GatewayError(kind, text ?? answered, keep ? { ...facts, status } : facts);
}

/** A non-2xx answer of an upstream. `retryAfter` in seconds. */
export function hearError(status: number, body: unknown, retryAfter?: number): GatewayError {
  return explain(read(body), status, retryAfter);
}

/** An error inside a 200: an error event of a stream, or an error object where the message should be. */
export function hearInBand(body: Json): GatewayError {
  return explain(read(body), undefined);
}

/** The API's type for each kind. */
const TYPES: Readonly<Record<ErrorKind, string>> = {
  invalid: 'invalid_request_error',
  unsupported: 'invalid_request_error',
  auth: 'authentication_error',
  forbidden: 'permission_error',
  'not-found': 'not_found_error',
  method: 'invalid_request_error',
  'too-large': 'request_too_large',
  context: 'invalid_request_error',
  filter: 'invalid_request_error',
  rate: 'rate_limit_error',
  budget: 'billing_error',
  overload: 'overloaded_error',
  unavailable: 'api_error',
  'upstream-auth': 'api_error',
  upstream: 'api_error',
  network: 'api_error',
  timeout: 'timeout_error',
  truncated: 'api_error',
  malformed: 'api_error',
  cancelled: 'api_error',
  internal: 'api_error',
};

/** Statuses of this API that differ from the canonical ones. */
const STATUS: Partial<Record<ErrorKind, number>> = { overload: 529 };

/** The `error` object as it stands in an error body and in an error event. Coding agents compact on the words "prompt is too long". */
export function writeError(error: GatewayError): { type: string; message: string } {
  const { kind, message } = error;
  const told = kind === 'context' && !/prompt is too long/i.test(message) ? `prompt is too long: ${message}` : message;
  return { type: TYPES[kind], message: told };
}

/** Any failure as this API answers it. */
export function answerError(error: GatewayError, requestId: string): { status: number; body: unknown } {
  return {
    status: STATUS[error.kind] ?? error.status,
    body: { type: 'error', error: writeError(error), request_id: requestId },
  };
}
