import { describe, expect, test } from 'vitest';
import type { ErrorKind } from '../../protocol/errors.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { gemini } from './index.ts';

const { hear, answer } = gemini.fault;
const body = (code: number, status: string, message = 'Said.', details?: unknown[]) => ({
  error: { code, message, status, ...(details && { details }) },
});

describe('heard', () => {
  test.each<[number, unknown, ErrorKind]>([
    [400, body(400, 'INVALID_ARGUMENT', 'Invalid value at contents[0]'), 'invalid'],
    [400, body(400, 'INVALID_ARGUMENT', 'The input token count (9) exceeds the maximum number of tokens allowed (8).'), 'context'],
    [400, body(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'), 'upstream-auth'],
    [400, body(400, 'INVALID_ARGUMENT', 'Bad.', [{ reason: 'API_KEY_EXPIRED' }]), 'upstream-auth'],
    [400, body(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'), 'upstream-auth'],
    [400, body(400, 'FAILED_PRECONDITION', 'Precondition check failed.'), 'invalid'],
    [401, body(401, 'UNAUTHENTICATED'), 'upstream-auth'],
    [403, body(403, 'PERMISSION_DENIED'), 'upstream-auth'],
    [404, body(404, 'NOT_FOUND', 'models/x is not found'), 'not-found'],
    [404, '<html>nginx</html>', 'upstream'],
    [413, undefined, 'too-large'],
    [429, body(429, 'RESOURCE_EXHAUSTED'), 'rate'],
    [499, body(499, 'CANCELLED'), 'upstream'],
    [500, body(500, 'INTERNAL'), 'upstream'],
    [503, [body(503, 'UNAVAILABLE')], 'overload'],
    [504, body(504, 'DEADLINE_EXCEEDED'), 'timeout'],
    [529, 'overloaded', 'overload'],
    [400, { error: 'prompt is too long: 9 tokens > 8 maximum' }, 'context'],
    [418, {}, 'invalid'],
  ])('%i %j', (status, said, kind) => expect(hear(status, said).kind).toBe(kind));

  test.each<[unknown, number | undefined, number | undefined]>([
    [body(429, 'RESOURCE_EXHAUSTED', 'x', [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.07s' }]), undefined, 35],
    [body(429, 'RESOURCE_EXHAUSTED', 'Please retry in 4.2s.'), undefined, 5],
    [body(429, 'RESOURCE_EXHAUSTED', 'x', [{ retryDelay: '34s' }]), 7, 7],
    [body(429, 'RESOURCE_EXHAUSTED', 'x', [{ retryDelay: 'soon' }, null]), undefined, 1],
    [body(503, 'UNAVAILABLE'), undefined, undefined],
  ])('when to come back: %j', (said, header, seconds) =>
    expect(hear(Number((said as { error: { code: number } }).error.code), said, header).retryAfter).toBe(seconds),
  );

  test('keys are never repeated', () => {
    const { message } = hear(400, body(400, 'INVALID_ARGUMENT', 'API key AIzaSyD-1234567890abcdefghij and Bearer ya29.abc were refused'));
    expect(message).not.toMatch(/AIza|ya29/);
    expect(message).toContain('check the key');
  });
});

describe('answered', () => {
  test.each<[ErrorKind, number, string]>([
    ['invalid', 400, 'INVALID_ARGUMENT'],
    ['auth', 401, 'UNAUTHENTICATED'],
    ['forbidden', 403, 'PERMISSION_DENIED'],
    ['not-found', 404, 'NOT_FOUND'],
    ['rate', 429, 'RESOURCE_EXHAUSTED'],
    ['overload', 503, 'UNAVAILABLE'],
    ['upstream-auth', 502, 'INTERNAL'],
    ['timeout', 504, 'DEADLINE_EXCEEDED'],
    ['internal', 500, 'INTERNAL'],
  ])('%s', (kind, code, status) =>
    expect(answer(new GatewayError(kind, 'The mend.'), 'req_1')).toMatchObject({
      status: code,
      body: { error: { code, status, message: 'The mend.' } },
    }),
  );

  test('with the field, the wait and the request id in details', () => {
    expect(answer(new GatewayError('rate', 'Slow.', { retryAfter: 7, field: 'contents' }), 'req_1').body).toEqual({
      error: {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        message: 'Slow.',
        details: [
          { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'contents', description: 'Slow.' }] },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' },
          { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'req_1' },
        ],
      },
    });
  });

  test('a prompt that is too long in the API’s own words', () => {
    expect(answer(new GatewayError('context', '9 of 8 tokens'), 'r').body).toMatchObject({
      error: { message: 'the input token count exceeds the maximum number of tokens allowed: 9 of 8 tokens' },
    });
  });
});
