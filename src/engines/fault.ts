/** An error the engine's HTTP door answers in OpenAI's shape. */
export class EngineFault extends Error {
  readonly status: number;
  readonly code: string | null;
  readonly param: string | null;
  /** Whole seconds after which trying again makes sense; only with 429 and 503. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, message: string, detail: { code?: string; param?: string; retryAfterSeconds?: number } = {}) {
    super(message);
    this.name = 'EngineFault';
    this.status = status;
    this.code = detail.code ?? null;
    this.param = detail.param ?? null;
    this.retryAfterSeconds = detail.retryAfterSeconds;
  }
}

/** A 400 that names the field it is about. */
export function badField(param: string, message: string, code = 'invalid_value'): EngineFault {
  return new EngineFault(400, message, { code, param });
}

/** The body OpenAI's clients expect for any error; what is not an EngineFault tells nothing of its inside. */
export function faultBody(error: unknown): { error: { message: string; type: string; code: string | null; param: string | null } } {
  if (!(error instanceof EngineFault)) {
    return { error: { message: 'The engine failed while answering.', type: 'server_error', code: 'engine_error', param: null } };
  }
  const { message, code, param, status } = error;
  const type =
    status === 429
      ? 'rate_limit_error'
      : status === 401
        ? 'authentication_error'
        : status >= 500
          ? 'server_error'
          : 'invalid_request_error';
  return { error: { message, type, code, param } };
}
