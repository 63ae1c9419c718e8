import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorKind, GatewayError } from '../../protocol/errors.ts';
import { anthropic } from './index.ts';

const body = (type: string, message: string) => ({ type: 'error', error: { type, message } });

describe('an upstream’s refusal', () => {
  test.each<[number, unknown, ErrorKind, number]>([
    [400, body('invalid_request_error', 'max_tokens: Field required'), 'invalid', 400],
    [422, body('invalid_request_error', 'tools.0: bad'), 'invalid', 422],
    [400, body('invalid_request_error', 'prompt is too long: 211523 tokens > 200000 maximum'), 'context', 400],
    [400, body('invalid_request_error', 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'), 'context', 400],
    [400, { error: { message: "This model's maximum context length is 4096 tokens." } }, 'context', 400],
    [400, { message: "The input (9000 tokens) is longer than the model's context length (8192 tokens)." }, 'context', 400],
    [400, 'Requested token count exceeds the model limit', 'context', 400],
    [
      400,
      { error: { code: 'model_max_prompt_tokens_exceeded', message: 'prompt token count of 9 exceeds the limit of 8' } },
      'context',
      400,
    ],
    [413, body('request_too_large', 'Request exceeds the maximum size'), 'too-large', 413],
    [400, body('invalid_request_error', 'Output blocked by content filtering policy'), 'filter', 400],
    [400, body('invalid_request_error', 'Your credit balance is too low to access the API.'), 'upstream-auth', 502],
    [401, body('authentication_error', 'invalid x-api-key'), 'upstream-auth', 502],
    [403, body('permission_error', 'no access'), 'upstream-auth', 502],
    [402, body('billing_error', 'pay'), 'upstream-auth', 502],
    [404, body('not_found_error', 'model: claude-9'), 'not-found', 404],
    [404, { error: { message: 'The model `x` does not exist' } }, 'not-found', 404],
    [404, '404 page not found', 'upstream', 502],
    [408, undefined, 'timeout', 504],
    [429, body('rate_limit_error', 'slow down'), 'rate', 429],
    [500, body('api_error', 'Internal server error'), 'upstream', 500],
    [502, '<html><body>Bad Gateway</body></html>', 'upstream', 502],
    [503, undefined, 'overload', 503],
    [504, body('timeout_error', 'too slow'), 'timeout', 504],
    [529, body('overloaded_error', 'Overloaded'), 'overload', 503],
    [418, null, 'invalid', 418],
  ])('%i %j is %s', (status, said, kind, answered) => {
    expect(anthropic.fault.hear(status, said)).toMatchObject({ kind, status: answered });
  });

  test('keeps the words, the code and the time to wait', () => {
    const error = anthropic.fault.hear(
      429,
      { type: 'error', error: { type: 'rate_limit_error', message: 'slow', details: { error_code: 'ramp' } } },
      17,
    );
    expect(error).toMatchObject({ message: 'slow', code: 'ramp', retryAfter: 17 });
  });

  test('never repeats a key or a page', () => {
    const error = anthropic.fault.hear(401, body('authentication_error', 'Incorrect key sk-ant-api03-abcdef***wxyz, Bearer abc.def'));
    expect(error.message).not.toMatch(/sk-|abc/);
    expect(anthropic.fault.hear(502, '<html>').message).not.toContain('<');
    expect(anthropic.fault.hear(401, undefined).message).toMatch(/401.*key/);
  });
});

describe('any failure, answered', () => {
  const types: Record<ErrorKind, [number, string]> = {
    invalid: [400, 'invalid_request_error'],
    unsupported: [400, 'invalid_request_error'],
    auth: [401, 'authentication_error'],
    forbidden: [403, 'permission_error'],
    'not-found': [404, 'not_found_error'],
    method: [405, 'invalid_request_error'],
    'too-large': [413, 'request_too_large'],
    context: [400, 'invalid_request_error'],
    filter: [400, 'invalid_request_error'],
    rate: [429, 'rate_limit_error'],
    budget: [429, 'billing_error'],
    overload: [529, 'overloaded_error'],
    unavailable: [503, 'api_error'],
    'upstream-auth': [502, 'api_error'],
    upstream: [502, 'api_error'],
    network: [502, 'api_error'],
    timeout: [504, 'timeout_error'],
    truncated: [502, 'api_error'],
    malformed: [502, 'api_error'],
    cancelled: [499, 'api_error'],
    internal: [500, 'api_error'],
  };
  test.each(Object.keys(ERRORS) as ErrorKind[])('%s', (kind) => {
    const [status, type] = types[kind];
    const message = kind === 'context' ? 'prompt is too long: 9 tokens > 8 maximum' : 'why';
    expect(anthropic.fault.answer(new GatewayError(kind, message), 'req_1')).toEqual({
      status,
      body: { type: 'error', error: { type, message }, request_id: 'req_1' },
    });
  });

  test('another provider’s overflow is told in the words that make clients compact', () => {
    const answered = anthropic.fault.answer(new GatewayError('context', "This model's maximum context length is 8192 tokens"), 'r');
    expect(answered.body).toMatchObject({ error: { message: "prompt is too long: This model's maximum context length is 8192 tokens" } });
  });

  test('a provider’s own status is kept', () => {
    expect(anthropic.fault.answer(anthropic.fault.hear(500, body('api_error', 'x')), 'r').status).toBe(500);
  });
});
