import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../protocol/errors.ts';
import { openaiChat } from './index.ts';

const { hear, answer } = openaiChat.fault;

describe('what a provider says', () => {
  test.each<[string, number, unknown, object]>([
    [
      'an error object',
      400,
      { error: { message: 'bad', type: 'invalid_request_error', param: 'stop', code: 'x' } },
      { kind: 'invalid', message: 'bad', field: 'stop', code: 'x' },
    ],
    ['an error string', 400, { error: 'bad' }, { kind: 'invalid', message: 'bad' }],
    [
      'vLLM',
      400,
      { object: 'error', message: 'bad', type: 'BadRequestError', code: 400 },
      { kind: 'invalid', message: 'bad', code: undefined },
    ],
    ['a bare message', 422, { message: 'bad' }, { kind: 'invalid', message: 'bad' }],
    ['a detail', 422, { detail: 'bad' }, { kind: 'invalid', message: 'bad' }],
    [
      'details of FastAPI',
      422,
      { detail: [{ loc: ['body', 'messages', 2, 'role'], msg: 'bad', input: 'secret' }] },
      { kind: 'invalid', message: 'bad', field: 'messages[2].role' },
    ],
    ['a detail that holds JSON', 400, { detail: '{"error":{"message":"bad"}}' }, { kind: 'invalid', message: 'bad' }],
    ['a list', 400, [{ error: { code: 400, message: 'bad', status: 'INVALID_ARGUMENT' } }], { kind: 'invalid', message: 'bad' }],
    ['errors', 400, { errors: [{ message: 'bad' }] }, { kind: 'invalid', message: 'bad' }],
    ['text', 400, 'bad', { kind: 'invalid', message: 'bad' }],
    [
      'a web page',
      502,
      '<html><body>Bad Gateway</body></html>',
      { kind: 'upstream', status: 502, message: expect.stringContaining('502') },
    ],
    ['nothing', 500, undefined, { kind: 'upstream', status: 500, message: expect.stringContaining('500') }],
    [
      'nested by a gateway',
      400,
      { error: { message: 'Provider returned error', code: 400, metadata: { raw: '{"message":"bad"}' } } },
      { kind: 'invalid', message: 'bad' },
    ],
    [
      'nested as text',
      502,
      { error: { message: 'Provider returned error', metadata: { raw: 'bad' } } },
      { kind: 'upstream', message: 'bad' },
    ],
  ])('%s', (_, status, body, wanted) => expect(hear(status, body)).toMatchObject(wanted));

  test.each<[number, string, string]>([
    [401, 'x', 'upstream-auth'],
    [403, 'Country not supported', 'upstream-auth'],
    [403, 'Your input was flagged by moderation', 'filter'],
    [402, 'Insufficient Balance', 'upstream-auth'],
    [404, 'The model `x` does not exist', 'not-found'],
    [404, 'Not Found', 'upstream'],
    [408, 'x', 'timeout'],
    [413, 'x', 'too-large'],
    [429, 'x', 'rate'],
    [429, 'You exceeded your current quota: insufficient_quota', 'upstream-auth'],
    [400, 'The response was filtered due to content management policy', 'filter'],
    [418, 'x', 'invalid'],
    [500, 'x', 'upstream'],
    [500, 'The server is overloaded', 'overload'],
    [503, 'Loading model', 'overload'],
    [529, 'x', 'overload'],
    [504, 'x', 'timeout'],
  ])('%i "%s" is %s', (status, message, kind) => expect(hear(status, { error: { message } }).kind).toBe(kind));

  test.each([
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
    "The input (41233 tokens) is longer than the model's context length (32768 tokens).",
    "Requested token count exceeds the model's maximum context length of 32768 tokens.",
    'The decoder prompt (length 5000) is longer than the maximum model length of 4096.',
    'prompt is too long: 213462 tokens > 200000 maximum',
    'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000',
    'prompt token count of 70000 exceeds the limit of 64000',
    'the request exceeds the available context size. try increasing the context size or enable context shift',
    'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
    'Please reduce the length of the messages or completion.',
    'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
  ])('too long: %s', (message) => {
    for (const status of [400, 413, 500]) expect(hear(status, { error: { message } }).kind).toBe('context');
  });

  test('too long, by its code', () => {
    expect(hear(400, { error: { message: 'x', code: 'context_length_exceeded' } }).kind).toBe('context');
    expect(hear(400, { error: { message: 'x', type: 'exceed_context_size_error' } }).kind).toBe('context');
    expect(hear(400, { error: { message: 'x', code: 'model_max_prompt_tokens_exceeded' } }).kind).toBe('context');
  });

  test('never a key', () => {
    for (const key of [
      'sk-proj-abcDEF0123456789',
      'AIzaSyA0123456789abcdef',
      'gsk_0123456789abcdef',
      'sk-********************abcd',
      'my-own-very-long-key-000111222',
    ]) {
      for (const status of [401, 403])
        expect(hear(status, { error: { message: `Incorrect API key provided: ${key}. See the docs.` } }).message).not.toContain(key);
    }
    expect(hear(400, { error: { message: 'header "Authorization: Bearer abc123" is odd' } }).message).not.toContain('abc123');
  });

  test('when to come again', () => {
    expect(hear(429, {}, 7).retryAfter).toBe(7);
    expect(hear(429, {}).retryAfter).toBe(1);
  });
});

describe('what a client is told', () => {
  test.each<[ConstructorParameters<typeof GatewayError>, number, object]>([
    [['invalid', 'm', { field: 'stop', code: 'c' }], 400, { type: 'invalid_request_error', param: 'stop', code: 'c' }],
    [['context', 'm', { code: 'c' }], 400, { type: 'invalid_request_error', code: 'context_length_exceeded' }],
    [['auth', 'm'], 401, { code: 'invalid_api_key' }],
    [['not-found', 'm'], 404, { code: 'model_not_found' }],
    [['rate', 'm'], 429, { type: 'rate_limit_error', code: 'rate_limit_exceeded' }],
    [['overload', 'm'], 503, { type: 'server_error' }],
    [['upstream-auth', 'm'], 502, { type: 'server_error' }],
    [['upstream', 'm', { status: 500 }], 500, { type: 'server_error' }],
  ])('%j', (facts, status, wanted) => {
    expect(answer(new GatewayError(...facts), 'req_1')).toMatchObject({ status, body: { error: { message: 'm', ...wanted } } });
  });
});
