import { describe, expect, test } from 'vitest';
import { asGatewayError, ERRORS, type ErrorKind, GatewayError, invalid } from './errors.ts';

const kinds = Object.entries(ERRORS) as [ErrorKind, (typeof ERRORS)[ErrorKind]][];

describe('the table of errors', () => {
  test.each(kinds)('%s', (kind, row) => {
    const error = new GatewayError(kind, 'why');
    expect([error.status, error.retryable]).toEqual([row.status, row.retryable]);
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThan(600);
    // A client's own mistake does not mend itself; a 401 or 403 of a provider never looks like the client's.
    if (row.by === 'client') expect([row.retryable, row.status < 500]).toEqual([false, true]);
    if (row.by === 'provider') expect([401, 403]).not.toContain(row.status);
  });

  test('a rate limit always says when to come back, others only when they know', () => {
    expect(new GatewayError('rate', 'slow').retryAfter).toBe(1);
    expect(new GatewayError('rate', 'slow', { retryAfter: 7 }).retryAfter).toBe(7);
    expect(new GatewayError('overload', 'busy').retryAfter).toBeUndefined();
  });
});

test('an error keeps its facts', () => {
  const cause = new Error('socket');
  const error = new GatewayError('overload', 'busy', { status: 529, field: 'model', retryAfter: 3, code: 'overloaded_error', cause });
  expect(error).toMatchObject({
    name: 'GatewayError',
    kind: 'overload',
    message: 'busy',
    status: 529,
    field: 'model',
    retryAfter: 3,
    code: 'overloaded_error',
    cause,
  });
});

test('an invalid field is named in the message and beside it', () => {
  expect(invalid('messages[2].content', 'send a string or an array')).toMatchObject({
    kind: 'invalid',
    status: 400,
    field: 'messages[2].content',
    message: 'messages[2].content: send a string or an array',
  });
});

test('what we did not foresee is internal and keeps its words to itself', () => {
  const secret = new TypeError('cannot read sk-12345');
  const error = asGatewayError(secret);
  expect([error.kind, error.status, error.cause]).toEqual(['internal', 500, secret]);
  expect(error.message).not.toContain('sk-12345');
  expect(asGatewayError('text').kind).toBe('internal');
  const own = new GatewayError('rate', 'slow');
  expect(asGatewayError(own)).toBe(own);
});
