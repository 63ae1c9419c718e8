import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Upstream } from './client.ts';
import { googleTokens } from './service-account.ts';

/** The seller of tokens, over real HTTP. */
let server: Server;
const upstream = new Upstream({}, () => undefined);
const forms: URLSearchParams[] = [];
let answer: { status: number; body: unknown };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    forms.push(new URLSearchParams(body));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
beforeEach(() => {
  forms.length = 0;
  answer = { status: 200, body: { access_token: 't1', expires_in: 3600 } };
});
afterAll(async () => {
  await upstream.close();
  server.close();
});

const private_key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
function file(account: object): string {
  const path = join(mkdtempSync(join(tmpdir(), 'account-')), 'a.json');
  const token_uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  writeFileSync(path, JSON.stringify({ token_uri, ...account }));
  return path;
}
const account = { client_email: 'a@p.iam', private_key };
const MINUTE = 60_000;

test('a token is kept, and renewed before it ends', async () => {
  let now = 1_790_000_000_000;
  const token = googleTokens(upstream, file(account), () => now);
  expect(await token()).toBe('t1');
  now += 54 * MINUTE;
  expect(await token()).toBe('t1');
  answer.body = { access_token: 't2', expires_in: 3600 };
  now += 2 * MINUTE;
  expect(await token()).toBe('t2');
  expect(forms).toHaveLength(2);
  const claims = JSON.parse(Buffer.from(forms[1]!.get('assertion')!.split('.')[1]!, 'base64url').toString()) as { iat: number };
  expect(claims).toMatchObject({ iss: 'a@p.iam', iat: now / 1000, exp: now / 1000 + 3600 });
});

test('all who ask at the same time wait for one', async () => {
  const token = googleTokens(upstream, file(account));
  expect(await Promise.all([token(), token(), token()])).toEqual(['t1', 't1', 't1']);
  expect(forms).toHaveLength(1);
});

test('a failure is not kept', async () => {
  const token = googleTokens(upstream, file(account));
  answer = { status: 503, body: 'busy' };
  await expect(token()).rejects.toMatchObject({ kind: 'upstream' });
  answer = { status: 200, body: { access_token: 't1' } };
  expect(await token()).toBe('t1');
});

test('a person’s file buys with its refresh token', async () => {
  const person = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' };
  expect(await googleTokens(upstream, file(person))()).toBe('t1');
  expect(Object.fromEntries(forms[0]!)).toEqual({ grant_type: 'refresh_token', client_id: 'c', client_secret: 's', refresh_token: 'r' });
});

test('no answer of the seller shows a secret', async () => {
  answer = { status: 400, body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' } };
  const refused = googleTokens(upstream, file({ client_id: 'c', client_secret: 'secret-1', refresh_token: 'secret-2' }))();
  await expect(refused).rejects.toMatchObject({ kind: 'upstream-auth', message: expect.stringMatching(/revoked.*credentials\.file/) });
  await expect(refused).rejects.not.toMatchObject({ message: expect.stringMatching(/secret-/) });
});
