/** The closed list of ways an exchange can fail. Every kind has one row in the table below; a new kind cannot be born without it. */
export type ErrorKind =
  | 'invalid'
  | 'unsupported'
  | 'auth'
  | 'forbidden'
  | 'not-found'
  | 'method'
  | 'too-large'
  | 'context'
  | 'filter'
  | 'rate'
  | 'budget'
  | 'overload'
  | 'unavailable'
  | 'upstream-auth'
  | 'upstream'
  | 'network'
  | 'timeout'
  | 'truncated'
  | 'malformed'
  | 'cancelled'
  | 'internal';

interface ErrorRow {
  /** HTTP status towards the client unless the error carries one. */
  status: number;
  /** The same request may succeed later or elsewhere. */
  retryable: boolean;
  /** Whose fault it is: decides the log level and who is asked to act. */
  by: 'client' | 'provider' | 'policy' | 'freehold';
}

/** Status, retry and blame of every kind of error. The only such table. */
export const ERRORS: Readonly<Record<ErrorKind, ErrorRow>> = {
  invalid: { status: 400, retryable: false, by: 'client' },
  unsupported: { status: 400, retryable: false, by: 'client' },
  auth: { status: 401, retryable: false, by: 'client' },
  forbidden: { status: 403, retryable: false, by: 'policy' },
  'not-found': { status: 404, retryable: false, by: 'client' },
  method: { status: 405, retryable: false, by: 'client' },
  'too-large': { status: 413, retryable: false, by: 'client' },
  context: { status: 400, retryable: false, by: 'client' },
  filter: { status: 400, retryable: false, by: 'provider' },
  rate: { status: 429, retryable: true, by: 'provider' },
  budget: { status: 429, retryable: false, by: 'policy' },
  overload: { status: 503, retryable: true, by: 'provider' },
  unavailable: { status: 503, retryable: true, by: 'freehold' },
  // A provider that refuses our key must not look like the client's own key failing: four of nine coding tools stop for good on a 401.
  'upstream-auth': { status: 502, retryable: false, by: 'provider' },
  upstream: { status: 502, retryable: true, by: 'provider' },
  network: { status: 502, retryable: true, by: 'provider' },
  timeout: { status: 504, retryable: true, by: 'provider' },
  truncated: { status: 502, retryable: true, by: 'provider' },
  malformed: { status: 502, retryable: true, by: 'provider' },
  cancelled: { status: 499, retryable: false, by: 'client' },
  internal: { status: 500, retryable: false, by: 'freehold' },
};

interface ErrorFacts {
  /** HTTP status to answer with; the kind's own when absent. */
  status?: number;
  /** The field of the request that is wrong, e.g. `messages[3].content`. */
  field?: string;
  /** Whole seconds after which trying again makes sense. */
  retryAfter?: number;
  /** The provider's own machine-readable code. */
  code?: string;
  cause?: unknown;
}

/**
 * Every failure of an exchange. The message is for the person who reads it at 3 a.m.: it names the field or setting and the mend.
 * It never contains keys or prompt text.
 */
export class GatewayError extends Error {
  readonly kind: ErrorKind;
  readonly status: number;
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;
  readonly code: string | undefined;

  constructor(kind: ErrorKind, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'GatewayError';
    this.kind = kind;
    this.status = facts.status ?? ERRORS[kind].status;
    this.field = facts.field;
    // Codex gives up at once on a 429 without it, so a rate limit always says when.
    this.retryAfter = facts.retryAfter ?? (kind === 'rate' ? 1 : undefined);
    this.code = facts.code;
  }

  get retryable(): boolean {
    return ERRORS[this.kind].retryable;
  }
}

/** A field of the request that is wrong, with the mend. */
export function invalid(field: string, mend: string): GatewayError {
  return new GatewayError('invalid', `${field}: ${mend}`, { field });
}

/** Whether the stack overflowed: JSON of thousands of levels can be read and not be written again. */
function isTooDeep(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes('call stack');
}

/** Does what reads or writes a client's request. @throws GatewayError `invalid` when it is nested too deeply for that */
export function withinDepth<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw isTooDeep(thrown) ? invalid('body', 'is nested too deeply; send fewer levels of objects and lists') : thrown;
  }
}

/** Anything thrown, as a GatewayError; what we did not foresee is `internal` and its text stays out of the answer. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (isTooDeep(thrown)) return new GatewayError('malformed', 'the answer is nested too deeply to be passed on', { cause: thrown });
  return new GatewayError('internal', 'Freehold failed to handle this request; its log names the request id', { cause: thrown });
}
