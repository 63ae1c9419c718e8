import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/accounts/directory.ts';
import { configFrom } from '../../src/config/load.ts';
import { sessionView } from '../../src/http/contract.ts';
import { adminWorld } from '../fake/admin.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const ADMIN = 'an-admin-key-of-the-tests';
const WITH_KEY = { admin: { key: `sha256:${hashKey(ADMIN)}` } };

const world = (settings?: Record<string, unknown>) => adminWorld(stops, settings);

describe('sessions', () => {
  const SAME = { 'sec-fetch-site': 'same-origin' };

  it('say what it takes', async () => {
    const open = await world();
    expect((await open.call('GET', '/admin/api/session')).body).toEqual({ by: 'local', needs: null, expires_at: null });
    const proxied = await open.call('GET', '/admin/api/session', undefined, { 'x-forwarded-for': '10.0.0.1' });
    expect(proxied.body).toEqual({ by: null, needs: 'this-machine', expires_at: null });
    const locked = await world(WITH_KEY);
    expect((await locked.call('GET', '/admin/api/session')).body).toEqual({ by: null, needs: 'key', expires_at: null });
    const byKey = await locked.call('GET', '/admin/api/session', undefined, { authorization: `Bearer ${ADMIN}` });
    expect(byKey.body).toEqual({ by: 'admin', needs: null, expires_at: null });
    expect((await locked.call('GET', '/admin/api/session', undefined, { origin: 'https://evil.example' })).status).toBe(403);
  });

  it('are begun with the key, kept in a cookie that scripts cannot read, and good for the page alone', async () => {
    const { call, url } = await world(WITH_KEY);
    const begun = await call('POST', '/admin/api/session', { key: ` ${ADMIN} ` }, SAME);
    const view = sessionView.parse(begun.body);
    expect(view.by).toBe('admin');
    expect(view.expires_at! - Date.now()).toBeGreaterThan(11 * 3_600_000);
    const sent = begun.headers.get('set-cookie')!;
    expect(sent).toMatch(/^freehold_session=[\w.-]+; Path=\/admin; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    expect(sent).not.toContain(ADMIN);
    const cookie = sent.split(';')[0]!;
    const behindTls = await call('POST', '/admin/api/session', { key: ADMIN }, { ...SAME, 'x-forwarded-proto': 'https' });
    expect(behindTls.headers.get('set-cookie')).toMatch(/; Secure$/);

    expect((await call('GET', '/admin/api/keys', undefined, { cookie })).status).toBe(200);
    expect((await call('GET', '/admin/api/keys', undefined, { cookie: `other=1; ${cookie}` })).status).toBe(200);
    const from: { sent: Record<string, string>; status: number }[] = [
      { sent: {}, status: 403 },
      { sent: { 'sec-fetch-site': 'none' }, status: 403 },
      { sent: { 'sec-fetch-site': 'same-site' }, status: 403 },
      { sent: { 'sec-fetch-site': 'cross-site' }, status: 403 },
      { sent: { origin: 'https://evil.example' }, status: 403 },
      { sent: { origin: url }, status: 201 },
      { sent: SAME, status: 201 },
    ];
    for (const { sent: more, status } of from)
      expect([more, (await call('POST', '/admin/api/keys', { name: 'a' }, { cookie, ...more })).status]).toEqual([more, status]);
    expect((await call('GET', '/v1/models', undefined, { cookie })).status).toBe(401);
  });

  it('end: when they are left, with the admin key, and never begin by guessing', async () => {
    const { call, gateway } = await world(WITH_KEY);
    const cookieOf = async () => (await call('POST', '/admin/api/session', { key: ADMIN }, SAME)).headers.get('set-cookie')!.split(';')[0]!;
    const cookie = await cookieOf();
    const other = await cookieOf();
    const left = await call('DELETE', '/admin/api/session', undefined, { cookie, ...SAME });
    expect(left.body).toEqual({ by: null, needs: 'key', expires_at: null });
    expect(left.headers.get('set-cookie')).toMatch(/^freehold_session=; .*Max-Age=0/);
    const may = async (sent: string) => (await call('GET', '/admin/api/keys', undefined, { cookie: sent })).status;
    expect(await may(cookie)).toBe(401);
    expect(await may(other)).toBe(200);
    const [name, token = ''] = other.split('=');
    const [end = '', random = '', mac = ''] = token.split('.');
    const later = (Number.parseInt(end, 36) + 1000).toString(36);
    for (const made of [
      '',
      'x',
      '..',
      `${end}.${random}`,
      `${end}.${random}.`,
      `${later}.${random}.${mac}`,
      `${end}.${random}.${mac.slice(1)}A`,
    ])
      expect([made, await may(`${name}=${made}`)]).toEqual([made, 401]);
    await gateway.apply(configFrom({ server: { port: 0 }, admin: { key: `sha256:${hashKey('another')}` } }));
    expect(await may(other)).toBe(401);
  });

  it('take ten wrong keys a minute from one address', async () => {
    const { call } = await world(WITH_KEY);
    const tries = [];
    for (let i = 0; i < 11; i++) tries.push((await call('POST', '/admin/api/session', { key: `wrong ${i}` }, SAME)).status);
    expect(tries).toEqual([...Array(10).fill(401), 429]);
    const right = await call('POST', '/admin/api/session', { key: ADMIN }, SAME);
    expect([right.status, Number(right.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await call('GET', '/admin/api/keys', undefined, { authorization: `Bearer ${ADMIN}` })).status).toBe(200);
  });

  it('are on record: who signed in and out from where, and who failed to', async () => {
    const { call, data } = await world(WITH_KEY);
    await call('POST', '/admin/api/session', { key: 'wrong' }, SAME);
    const begun = await call('POST', '/admin/api/session', { key: ADMIN }, SAME);
    await call('DELETE', '/admin/api/session', undefined, { cookie: begun.headers.get('set-cookie')!.split(';')[0]!, ...SAME });
    const lines = readdirSync(data, { recursive: true, encoding: 'utf8' })
      .filter((name) => /audit.*\.jsonl?$|audit/.test(name) && !/key/.test(name))
      .flatMap((name) => text(join(data, name)).split('\n'))
      .filter((line) => line.includes('session.'))
      .map((line) => JSON.parse(line) as { actor: string; action: string; outcome: string; from: string });
    expect(lines.map(({ actor, action, outcome }) => [actor, action, outcome])).toEqual([
      ['', 'session.begin', 'refused'],
      ['admin', 'session.begin', 'done'],
      ['admin', 'session.end', 'done'],
    ]);
    expect(lines.every(({ from }) => /127\.0\.0\.1$/.test(from))).toBe(true);
    expect(JSON.stringify(lines)).not.toContain(ADMIN);
  });

  it('need a key to be had', async () => {
    const { call } = await world();
    const answer = await call('POST', '/admin/api/session', { key: 'x' }, SAME);
    expect([answer.status, answer.body.error.message]).toEqual([400, expect.stringContaining('freehold key --admin')]);
    const locked = await world(WITH_KEY);
    for (const body of [{}, { key: 5 }, { key: '' }, []])
      expect((await locked.call('POST', '/admin/api/session', body, SAME)).status).toBe(400);
    expect((await locked.call('PUT', '/admin/api/session', {}, SAME)).status).toBe(405);
    expect((await locked.call('POST', '/admin/api/session', { key: 'x'.repeat(5000) }, SAME)).status).toBe(413);
  });
});

/** Of a file; nothing where it is a folder. */
function text(path: string): string {
  return statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
}
