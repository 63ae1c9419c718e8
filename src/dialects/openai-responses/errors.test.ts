import { describe, expect, test } from 'vitest';
import { type ErrorKind, GatewayError } from '../../protocol/errors.ts';
import { answer, hear, inStream } from './errors.ts';

const error = (message: string, more: object = {}) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null, ...more },
});

describe('a provider refuses', () => {
  test.each<[number, unknown, ErrorKind, number]>([
    [400, error('Unsupported value', { code: 'unsupported_value', param: 'temperature' }), 'invalid', 400],
    [422, { detail: 'field required' }, 'invalid', 422],
    [
      400,
      { object: 'error', message: "This model's maximum context length is 4096 tokens.", type: 'BadRequestError', code: 400 },
      'context',
      400,
    ],
    [400, error('the request exceeds the available context size', { type: 'exceed_context_size_error' }), 'context', 400],
    [400, error("The input (9000 tokens) is longer than the model's context length (8192 tokens)."), 'context', 400],
    [400, error("Requested token count exceeds the model's maximum context length"), 'context', 400],
    [400, error('prompt is too long: 250000 tokens > 200000 maximum'), 'context', 400],
    [400, error('prompt token count of 9 exceeds the limit of 8', { code: 'model_max_prompt_tokens_exceeded' }), 'context', 400],
    [
      400,
      error('Provider returned error', { metadata: { raw: '{"message":"input length and `max_tokens` exceed context limit"}' } }),
      'context',
      400,
    ],
    [400, error('The response was filtered', { code: 'content_filter' }), 'filter', 400],
    [401, error('Incorrect API key provided: sk-proj-abcdef1234'), 'upstream-auth', 502],
    [403, 'Forbidden', 'upstream-auth', 502],
    [404, error('The model `x` does not exist', { code: 'model_not_found' }), 'not-found', 404],
    [404, { error: "model 'x' not found" }, 'not-found', 404],
    [404, '<html>nginx</html>', 'upstream', 502],
    [404, error('Previous response not found', { code: 'previous_response_not_found' }), 'invalid', 404],
    [413, error('Request too large'), 'too-large', 413],
    [
      429,
      error('Request too large for gpt-x on tokens per min: maximum context length is not meant', { code: 'rate_limit_exceeded' }),
      'rate',
      429,
    ],
    [429, error('You exceeded your current quota', { code: 'insufficient_quota', type: 'insufficient_quota' }), 'rate', 429],
    [500, undefined, 'upstream', 500],
    [503, error('busy'), 'overload', 503],
    [529, error('busy'), 'overload', 529],
    [302, '', 'upstream', 502],
  ])('%i %j is %s', (status, body, kind, shown) => {
    expect(hear(status, body)).toMatchObject({ kind, status: shown });
  });

  test('no key is repeated, and the wait is kept', () => {
    expect(hear(401, error('Incorrect API key provided: sk-proj-abcdef1234')).message).not.toContain('abcdef');
    expect(hear(500, error('sent Authorization: Bearer eyJhbGci')).message).not.toContain('eyJ');
    expect(hear(429, error('slow'), 7).retryAfter).toBe(7);
    expect(hear(400, error('bad', { param: 'input[3]' })).field).toBe('input[3]');
  });
});

test('an answer has the official shape, with the code of its kind', () => {
  expect(answer(new GatewayError('not-found', 'no such model', { field: 'model' }))).toEqual({
    status: 404,
    body: { error: { message: 'no such model', type: 'invalid_request_error', param: 'model', code: 'model_not_found' } },
  });
  expect(answer(new GatewayError('rate', 'quota', { code: 'insufficient_quota' })).body).toMatchObject({
    error: { code: 'insufficient_quota' },
  });
  expect(answer(new GatewayError('invalid', 'x', { code: 'unsupported_value' })).body).toMatchObject({
    error: { code: 'unsupported_value' },
  });
  expect(answer(new GatewayError('context', 'x', { code: 'other_words' })).body).toMatchObject({
    error: { code: 'context_length_exceeded' },
  });
});

test('in a stream, what trying again cannot mend has a code that Codex gives up on', () => {
  expect(inStream(new GatewayError('context', 'full'))).toEqual({ code: 'context_length_exceeded', message: 'full' });
  expect(inStream(new GatewayError('rate', 'slow', { retryAfter: 3 }))).toEqual({
    code: 'rate_limit_exceeded',
    message: 'slow Please try again in 3s.',
  });
  expect(inStream(new GatewayError('filter', 'no')).code).toBe('invalid_prompt');
  for (const kind of ['upstream', 'truncated', 'malformed', 'network'] as const)
    expect(inStream(new GatewayError(kind, 'x')).code).toBe('server_error');
});
