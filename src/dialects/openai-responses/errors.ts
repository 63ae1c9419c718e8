import { type ErrorKind, GatewayError } from '../../protocol/errors.ts';
import { asObject, asText, filled, type Json } from './shapes.ts';

/** The wordings in which providers say that the prompt does not fit; the code alone is sent by few. */
const CONTEXT =
  /context[_ ]length[_ ]exceeded|maximum context length|longer than the model'?s context length|exceeds? the (?:available )?context (?:window|size|length)|exceed_context_size|requested token count exceeds|prompt is too long|input length and .{0,3}max_tokens.{0,3} exceed|prompt token count of \d+ exceeds|model_max_prompt_tokens_exceeded/i;

/** Codes and types that decide the kind whatever the status says. */
const KIND_OF_CODE: Readonly<Record<string, ErrorKind>> = {
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
  invalid_prompt: 'filter',
  server_is_overloaded: 'overload',
  slow_down: 'overload',
  overloaded_error: 'overload',
  server_error: 'upstream',
  invalid_api_key: 'upstream-auth',
  authentication_error: 'upstream-auth',
  model_not_found: 'not-found',
  previous_response_not_found: 'invalid',
  invalid_request_error: 'invalid',
  invalid_image: 'invalid',
  invalid_image_format: 'invalid',
  invalid_base64_image: 'invalid',
  invalid_image_url: 'invalid',
};

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
  const outer = asObject(body);
  const error = asObject(outer?.error) ?? outer;
  const code = error?.code;
  const raw = asText(asObject(error?.metadata)?.raw);
  const message = filled(error?.message) ?? filled(outer?.error) ?? filled(outer?.detail) ?? filled(body);
  return {
    message: clean(raw && message ? `${message}: ${raw}` : message),
    code: filled(code),
    type: filled(error?.type),
    param: filled(error?.param),
    status: typeof code === 'number' ? code : undefined,
  };
}

/** A provider's words without anything that looks like a key, cut to a readable length; markup says nothing to a client. */
function clean(message: string | undefined): string | undefined {
  if (!message || message.trimStart().startsWith('<')) return undefined;
  return message.replace(/\b(?:sk|rk|pk)[-_][\w*.-]{4,}|Bearer\s+\S+/g, '[key]').slice(0, 2000);
}

function kindOf(status: number | undefined, error: Told): ErrorKind {
  const coded = KIND_OF_CODE[error.code ?? ''] ?? KIND_OF_CODE[error.type ?? ''];
  if (coded === 'rate' || coded === 'overload' || coded === 'filter') return coded;
  if (status === 429) return 'rate';
  if (error.message && CONTEXT.test(error.message)) return 'context';
  if (status === undefined) return coded ?? 'upstream';
  if (status === 401 || status === 402 || status === 403) return 'upstream-auth';
  // A 404 page without an error of this dialect means a wrong URL in the configuration, not a wrong model.
  if (status === 404) return error.message === undefined ? 'upstream' : error.code && coded === 'invalid' ? coded : 'not-found';
  if (status === 408) return 'timeout';
  if (status === 413) return 'too-large';
  if (status === 503 || status === 529) return 'overload';
  if (status >= 500) return 'upstream';
  return coded === 'context' || coded === 'not-found' ? coded : 'invalid';
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
  const message =
    kind === 'upstream-auth' && status !== 402
      ? `the provider refused Freehold's credentials (${where}); check the key of this provider in the configuration`
      : (error.message ?? `the provider failed without saying why (${where})`);
  const kept = kind === 'invalid' || kind === 'upstream' || kind === 'overload' ? status : undefined;
  return new GatewayError(kind, message, { status: kept, field: error.param, code: error.code, retryAfter });
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
 * The `error` of a failed response. Codex acts on three codes (no more tries for a full window or a refused prompt, the wait read from
 * "try again in Ns") and tries again on any other.
 */
export function inStream(error: GatewayError): Json {
  switch (error.kind) {
    case 'context':
      return { code: 'context_length_exceeded', message: error.message };
    case 'rate': {
      const wait = /try again in/i.test(error.message) ? '' : ` Please try again in ${error.retryAfter ?? 1}s.`;
      return { code: 'rate_limit_exceeded', message: error.message + wait };
    }
    case 'filter':
    case 'invalid':
    case 'unsupported':
      return { code: 'invalid_prompt', message: error.message };
    default:
      return { code: 'server_error', message: error.message };
  }
}
