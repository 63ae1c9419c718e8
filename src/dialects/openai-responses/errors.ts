import { type ErrorKind, GatewayError } from '../../protocol/errors.ts';
import { type Json, object, said, stringIn } from '../../protocol/json.ts';

/** The wordings in which providers say that the prompt does not fit; the code alone is sent by few. */
const CONTEXT =
  /context[_ ]length[_ ]exceeded|maximum context length|longer than the model'?s context length|exceeds? the (?:available )?context (?:window|size|length)|exceed_context_size|requested token count exceeds|prompt is too long|input length and .{0,3}max_tokens.{0,3} exceed|prompt token count of \d+ exceeds|model_max_prompt_tokens_exceeded/i;

/** Codes and types that decide the kind whatever the status says. */
const KIND_OF_CODE: ReadonlyMap<string | undefined, ErrorKind> = new Map(
  Object.entries<ErrorKind>({
    context_length_exceeded: 'context',
    exceed_context_size_error: 'context',
    rate_limit_exceeded: 'rate',
    rate_limit_error: 'rate',
    insufficient_quota: 'rate',
    content_filter: 'filter',
    content_policy_violation: 'filter',
    image_content_policy_violation: 'filter',
    misalignment_policy_violation: 'filter',
    bio_policy: 'filter',
    server_is_overloaded: 'overload',
    slow_down: 'overload',
    overloaded_error: 'overload',
    service_unavailable: 'overload',
    server_error: 'upstream',
    invalid_api_key: 'upstream-auth',
    authentication_error: 'upstream-auth',
    permission_denied: 'upstream-auth',
    upstream_auth: 'upstream-auth',
    model_not_found: 'not-found',
    previous_response_not_found: 'invalid',
    invalid_request_error: 'invalid',
    invalid_prompt: 'invalid',
    invalid_image: 'invalid',
    invalid_image_format: 'invalid',
    invalid_base64_image: 'invalid',
    invalid_image_url: 'invalid',
  }),
);

interface Told {
  message: string | undefined;
  code: string | undefined;
  type: string | undefined;
  param: string | undefined;
  /** Some gateways put the HTTP status into `code`. */
  status: number | undefined;
}

/** What an error body says, in any of the shapes seen: nested, flat, a bare string, FastAPI's `detail`, OpenRouter's `metadata.raw`. */
function told(body: unknown): Told {
  const outer = object(body);
  const error = object(outer?.error) ?? outer;
  const code = error?.code;
  const raw = stringIn(object(error?.metadata)?.raw);
  const message = said(error?.message) ?? said(outer?.error) ?? said(outer?.detail) ?? said(body);
  return {
    message: clean(raw && message ? `${message}: ${raw}` : message),
    code: said(code),
    type: said(error?.type),
    param: said(error?.param),
    status: typeof code === 'number' ? code : undefined,
  };
}

/** A provider's words without anything that looks like a key, cut to a readable length; markup says nothing to a client. */
function clean(message: string | undefined): string | undefined {
  if (!message?.trim() || message.trimStart().startsWith('<')) return undefined;
  return message.replace(/\b(?:sk|rk|pk)[-_][\w*.-]{4,}|Bearer\s+\S+/g, '[key]').slice(0, 2000);
}

/** A prompt is called invalid for its form, or because it was flagged. */
const FLAGGED = /usage polic|content polic|flagged|safety|content[_ ]filter/i;

function kindOf(status: number | undefined, error: Told): ErrorKind {
  const coded = KIND_OF_CODE.get(error.code) ?? KIND_OF_CODE.get(error.type);
  if (coded === 'rate' || coded === 'overload' || coded === 'filter') return coded;
  if (error.code === 'invalid_prompt' && error.message && FLAGGED.test(error.message)) return 'filter';
  if (status === 429) return 'rate';
  if (error.message && CONTEXT.test(error.message)) return 'context';
  if (status === undefined) return coded ?? 'upstream';
  return kindOfStatus(status, error, coded);
}

function kindOfStatus(status: number, error: Told, coded: ErrorKind | undefined): ErrorKind {
  switch (status) {
    case 401:
    case 402:
    case 403:
      return 'upstream-auth';
    case 404:
      // A page without an error of this dialect means a wrong URL in the configuration, not a wrong model.
      if (error.message === undefined) return 'upstream';
      return error.code && coded === 'invalid' ? 'invalid' : 'not-found';
    case 408:
      return 'timeout';
    case 413:
      return 'too-large';
    case 503:
    case 529:
      return 'overload';
    default:
      if (status >= 500 || status < 400) return 'upstream';
      return coded === 'context' || coded === 'not-found' ? coded : 'invalid';
  }
}

/** The status a client should see as it came: its own fault in detail, and a provider's trouble as the provider named it. */
function keptStatus(kind: ErrorKind, status: number | undefined): number | undefined {
  if (kind === 'invalid') return status;
  return (kind === 'upstream' || kind === 'overload') && status !== undefined && status >= 500 ? status : undefined;
}

/**
 * A provider's failure as ours.
 * @param status HTTP status; undefined for an error inside a 200.
 * @param retryAfter seconds.
 */
export function hear(status: number | undefined, body: unknown, retryAfter?: number): GatewayError {
  const error = told(body);
  const kind = kindOf(status ?? error.status, error);
  const where = status === undefined ? 'inside its answer' : `HTTP ${status}`;
  const refused = `the provider refused Freehold's credentials (${where}); check the key of this provider in the configuration`;
  const message =
    kind === 'upstream-auth'
      ? refused + (error.message ? `. It said: ${error.message}` : '')
      : (error.message ?? `the provider failed without saying why (${where})`);
  return new GatewayError(kind, message, { status: keptStatus(kind, status), field: error.param, code: error.code, retryAfter });
}

/** Type and code per kind, as the provider of this dialect would say it; null where it has no code. */
const SAID: Readonly<Record<ErrorKind, readonly [type: string, code: string | null]>> = {
  invalid: ['invalid_request_error', null],
  unsupported: ['invalid_request_error', 'unsupported_parameter'],
  auth: ['invalid_request_error', 'invalid_api_key'],
  forbidden: ['invalid_request_error', 'permission_denied'],
  'not-found': ['invalid_request_error', 'model_not_found'],
  method: ['invalid_request_error', 'method_not_allowed'],
  'too-large': ['invalid_request_error', 'request_too_large'],
  context: ['invalid_request_error', 'context_length_exceeded'],
  filter: ['invalid_request_error', 'content_policy_violation'],
  rate: ['rate_limit_error', 'rate_limit_exceeded'],
  budget: ['insufficient_quota', 'insufficient_quota'],
  overload: ['server_error', 'service_unavailable'],
  unavailable: ['server_error', 'service_unavailable'],
  'upstream-auth': ['server_error', 'upstream_auth'],
  upstream: ['server_error', 'server_error'],
  network: ['server_error', 'server_error'],
  timeout: ['server_error', 'timeout'],
  truncated: ['server_error', 'server_error'],
  malformed: ['server_error', 'server_error'],
  cancelled: ['invalid_request_error', 'request_cancelled'],
  internal: ['server_error', 'internal_error'],
};

/** An HTTP answer for any failure. The request id has no place in this dialect's body; it goes in a header. */
export function answer(error: GatewayError): { status: number; body: unknown } {
  const [type, code] = SAID[error.kind];
  const own = error.code === 'insufficient_quota' ? error.code : (code ?? error.code ?? null);
  return { status: error.status, body: { error: { message: error.message, type, param: error.field ?? null, code: own } } };
}

/**
 * The `error` of a failed response. Codex gives up on a full window and on `invalid_prompt`, reads the wait of a rate limit from the words
 * "try again in Ns", and tries again on any code it does not know; so what trying again cannot mend is an invalid prompt.
 */
export function inStream(error: GatewayError): Json {
  const [type, code] = SAID[error.kind];
  if (error.kind === 'rate' && !/try again in/i.test(error.message)) {
    return { code, message: `${error.message} Please try again in ${error.retryAfter ?? 1}s.` };
  }
  const isRequest = type === 'invalid_request_error' && !STREAMED.has(error.kind);
  return { code: isRequest ? 'invalid_prompt' : code, message: error.message };
}

/** Faults of a request that have a code of their own also in a stream. */
const STREAMED: ReadonlySet<ErrorKind> = new Set(['context', 'auth', 'forbidden', 'not-found', 'cancelled']);
