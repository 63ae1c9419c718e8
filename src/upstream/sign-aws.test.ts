import { expect, test } from 'vitest';
import { awsSigner } from './sign-aws.ts';

/**
 * AWS's Signature Version 4 test suite (aws-sig-v4-test-suite, Apache-2.0): its credentials, date and expected signatures. Of its cases
 * those that differ in method, path and query, because no other headers are signed here.
 */
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const sign = awsSigner(KEYS, 'us-east-1', 'service', () => new Date('2015-08-30T12:36:00Z'));
const origin = 'https://example.amazonaws.com';

test.each([
  ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/?Param2=value2&Param1=value1',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  ['get-slash-dot-slash', 'GET', '/./', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
])('%s', async (_, method, path, signature) => {
  const headers = await sign({ method, origin, path });
  const authorization = headers[headers.indexOf('authorization') + 1]!;
  expect(authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  );
  expect(headers[headers.indexOf('x-amz-date') + 1]).toBe('20150830T123600Z');
});

test('the body and a session’s token are signed', async () => {
  const signature = async (body: string, sessionToken?: string) => {
    const signed = awsSigner({ ...KEYS, ...(sessionToken && { sessionToken }) }, 'us-east-1', 'service', () => new Date(0));
    return (await signed({ method: 'POST', origin, path: '/', body })).join(' ');
  };
  const seen = await Promise.all([signature('a'), signature('b'), signature('a', 'token'), signature('a')]);
  expect(new Set(seen).size).toBe(3);
  expect(seen[3]).toBe(seen[0]);
  expect(seen[2]).toMatch(/x-amz-security-token token/);
  expect(seen[2]).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token');
});
