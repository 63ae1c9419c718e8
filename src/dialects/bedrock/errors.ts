import { type ErrorKind, GatewayError } from '../../protocol/errors.ts';
import { isObject, said } from '../../protocol/json.ts';
import { kindOfStatus } from '../../protocol/status.ts';

/** Exceptions by name (https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html and the errors of Converse). */
const BY_NAME: ReadonlyMap<string, ErrorKind> = new Map(
  Object.entries<ErrorKind>({
    validationexception: 'invalid',
    accessdeniedexception: 'upstream-auth',
    unrecognizedclientexception: 'upstream-auth',
    expiredtokenexception: 'upstream-auth',
    incompletesignatureexception: 'upstream-auth',
    invalidsignatureexception: 'upstream-auth',
    missingauthenticationtokenexception: 'upstream-auth',
    resourcenotfoundexception: 'not-found',
    throttlingexception: 'rate',
    servicequotaexceededexception: 'rate',
    modelnotreadyexception: 'overload',
    serviceunavailableexception: 'overload',
    modeltimeoutexception: 'timeout',
    modelerrorexception: 'upstream',
    modelstreamerrorexception: 'upstream',
    internalserverexception: 'upstream',
  }),
);

/** A prompt that does not fit, in the words of the service and of the models behind it. */
const CONTEXT =
  /input is too long|prompt is too long|too many (?:input )?tokens(?! per|, please)|maximum context length|exceeds? (?:the )?(?:model'?s? )?(?:maximum )?(?:context|input)|input length and .{0,3}max_tokens.{0,3} exceed|context (?:window|length|limit)/i;
/** Access that the account lacks, said under a validation error. */
const ACCOUNT = /don't have access to the model|not authorized|access to (?:this|the) model|marketplace|use case details/i;
const FILTER = /guardrail|content filter|blocked by/i;
/** Kinds under which a wording may still say something more exact. */
const VAGUE: ReadonlySet<ErrorKind> = new Set(['invalid', 'too-large', 'upstream']);
const SECRET = /\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bBearer\s+\S+|\bSignature=\w+/g;
const LONGEST = 500;

interface Told {
  name?: string;
  message?: string;
}

function read(body: unknown): Told {
  if (typeof body === 'string') return { message: body.trimStart().startsWith('<') ? undefined : said(body.trim()) };
  if (!isObject(body)) return {};
  // Names come as `com.amazon.coral.service#ThrottlingException` or with a URL behind a colon.
  const name = said(body.__type) ?? said(body.code);
  return {
    name: name?.replace(/^.*#/, '').replace(/:.*$/s, ''),
    message: said(body.message) ?? said(body.Message) ?? said(body.originalMessage),
  };
}

function explain({ name, message }: Told, status: number | undefined, retryAfter?: number): GatewayError {
  const byStatus = kindOfStatus(status) ?? (status !== undefined && status >= 400 && status < 500 ? 'invalid' : 'upstream');
  let kind = BY_NAME.get(name?.toLowerCase() ?? '') ?? byStatus;
  const text = message?.replace(SECRET, '[key]').slice(0, LONGEST);
  if (VAGUE.has(kind) && CONTEXT.test(text ?? '')) kind = 'context';
  else if (kind === 'invalid' && ACCOUNT.test(text ?? '')) kind = 'upstream-auth';
  else if (kind === 'invalid' && FILTER.test(text ?? '')) kind = 'filter';
  const answered = status === undefined ? 'the provider reported an error' : `the provider answered ${status}`;
  const facts = { retryAfter, code: name };
  if (kind === 'upstream-auth')
    return new GatewayError(
      kind,
      `${answered}${text ? `: ${text}` : ''}; check the credentials, the region and the model access of this provider`,
      facts,
    );
  if (kind === 'invalid' && status !== undefined && status !== 400) return new GatewayError(kind, text ?? answered, { ...facts, status });
  return new GatewayError(kind, text ?? answered, facts);
}

/** A non-2xx answer. The exception's name stands in a header that is not seen here, so status and words decide. `retryAfter` in seconds. */
export function hearError(status: number, body: unknown, retryAfter?: number): GatewayError {
  return explain(read(body), status, retryAfter);
}

/** An exception inside a stream: `name` is its type, e.g. `throttlingException`. */
export function hearException(name: string, body: unknown): GatewayError {
  return explain({ ...read(body), name }, undefined);
}
