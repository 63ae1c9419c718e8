import { expect, it } from 'vitest';
import { rateLimits, retryAfter, toClient, toUpstream } from './http.ts';

it('toUpstream keeps what a provider of the same dialect must see and nothing of the caller’s credentials', () => {
  const raw = [
    'Host',
    'x',
    'Authorization',
    'Bearer secret',
    'X-Api-Key',
    'secret',
    'Cookie',
    'a=b',
    'anthropic-beta',
    'new',
    'Anthropic-Version',
    '2099',
    'X-Freehold-Zone',
    'own',
  ];
  const out = toUpstream(raw, { 'accept-encoding': 'identity' }, { 'x-api-key': 'ours', 'anthropic-version': '2023-06-01' });
  expect(out).toEqual(['anthropic-beta', 'new', 'anthropic-version', '2099', 'accept-encoding', 'identity', 'x-api-key', 'ours']);
});

it('toClient drops hop-by-hop headers and a stale content-encoding', () => {
  expect(
    toClient([
      'Content-Type',
      'a/b',
      'Content-Encoding',
      'gzip',
      'Content-Length',
      '3',
      'Transfer-Encoding',
      'chunked',
      'X-RateLimit-Reset',
      '1',
    ]),
  ).toEqual(['content-type', 'a/b', 'x-ratelimit-reset', '1']);
  expect(rateLimits(['anthropic-ratelimit-tokens-remaining', '5', 'server', 'x'])).toEqual(['anthropic-ratelimit-tokens-remaining', '5']);
});

it.each([
  [['retry-after', '7'], 7],
  [['retry-after', '0.2'], 1],
  [['Retry-After-Ms', '1500'], 2],
  [['retry-after', 'Thu, 01 Jan 1970 00:00:30 GMT'], 20],
  [['retry-after', 'soon'], undefined],
  [[], undefined],
])('retryAfter reads %j', (raw, seconds) => {
  expect(retryAfter(raw, 10_000)).toBe(seconds);
});
