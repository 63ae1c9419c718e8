import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/accounts/directory.ts';
import * as contract from '../../src/http/contract.ts';
import { adminWorld } from '../fake/admin.ts';
import { startGateway } from '../fake/start.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const ADMIN = 'an-admin-key-of-the-tests';

const world = (settings?: Record<string, unknown>) => adminWorld(stops, settings);

describe('who may use the admin API', () => {
  it('without an admin key: this machine, and nobody through a proxy, with a gateway key or from a page of another site', async () => {
    const { call, url } = await world();
    expect((await call('GET', '/admin/api/keys')).status).toBe(200);
    const made = await call('POST', '/admin/api/keys', { name: 'a' });
    const strangers: Record<string, string>[] = [
      { 'x-forwarded-for': '10.0.0.1' },
      { forwarded: 'for=10.0.0.1' },
      { authorization: `Bearer ${made.body.key}` },
      { 'x-api-key': made.body.key },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of strangers)
      expect([headers, (await call('GET', '/admin/api/keys', undefined, headers)).status]).toEqual([headers, 403]);
    expect((await call('GET', '/admin/api/keys', undefined, { origin: url })).status).toBe(200);
    const { body } = await call('GET', '/admin/api/keys', undefined, { via: '1.1 proxy' });
    expect(body.error.message).toContain('freehold key --admin');
  });

  it('with one: its holder, from anywhere', async () => {
    const { call } = await world({ admin: { key: `sha256:${hashKey(ADMIN)}` } });
    const made = await call('POST', '/admin/api/keys', { name: 'a' }, { authorization: `Bearer ${ADMIN}` });
    expect(made.status).toBe(201);
    expect(
      (await call('GET', '/admin/api/keys', undefined, { authorization: `Bearer ${ADMIN}`, 'x-forwarded-for': '1.2.3.4' })).status,
    ).toBe(200);
    for (const key of ['', made.body.key, `${ADMIN}x`, 'x'])
      expect((await call('GET', '/admin/api/keys', undefined, key ? { authorization: `Bearer ${key}` } : {})).status).toBe(401);
    expect((await call('GET', `/admin/api/keys?key=${ADMIN}`)).status).toBe(401);
    expect((await call('POST', '/key/generate', {})).status).toBe(401);
  });

  it('a strange Host is refused before anything else, and a form cannot send anything', async () => {
    const { url, call } = await world();
    const { hostname, port } = new URL(url);
    const status = await new Promise((resolve, reject) =>
      request({ hostname, port, path: '/admin/api/keys', headers: { host: 'evil.example' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end(),
    );
    expect(status).toBe(421);
    expect((await call('POST', '/admin/api/keys', { name: 'a' }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await call('GET', '/admin/api/keys')).body.keys).toEqual([]);
  });
});

describe('keys', () => {
  it('are made, used, changed, rotated and revoked; each takes effect at once', async () => {
    const { call, ask, gateway } = await world();
    expect((await ask('none')).status).toBe(200);
    const made = await call('POST', '/admin/api/keys', { name: 'Alice B.', models: ['up/*'], budget: '20/day', expires_in: '30d' });
    expect(made.status).toBe(201);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const { key, id, prefix } = contract.madeKey.parse(made.body);
    expect([key, prefix, id]).toEqual([expect.stringMatching(/^fh_[\w-]{43}$/), key.slice(0, 8), expect.stringMatching(/^alice-b-/)]);
    expect((await ask('none')).status).toBe(401);
    expect((await ask(key)).status).toBe(200);
    expect(gateway.accounts.directory.find(key, Date.now())).toMatchObject({ id, models: [['up/*']] });

    await call('PATCH', `/admin/api/keys/${id}`, { models: ['other/*'], budget: null });
    expect((await ask(key)).status).toBe(403);
    const shown = contract.keyView.parse((await call('GET', `/admin/api/keys/${id}`)).body);
    expect(shown).toMatchObject({ state: 'active', rules: { models: ['other/*'] }, expires_at: expect.any(Number) });
    expect(shown.rules).not.toHaveProperty('budget');
    await call('PATCH', `/admin/api/keys/${id}`, { models: null, disabled: true });
    expect((await ask(key)).status).toBe(401);
    await call('PATCH', `/admin/api/keys/${id}`, { disabled: null, expires_at: null });
    expect((await ask(key)).status).toBe(200);

    const rotated = contract.madeKey.parse((await call('POST', `/admin/api/keys/${id}/rotate`, { grace: '1h' })).body);
    expect(rotated.id).toBe(id);
    expect([(await ask(key)).status, (await ask(rotated.key)).status]).toEqual([200, 200]);
    const again = contract.madeKey.parse((await call('POST', `/admin/api/keys/${id}/rotate`, { grace: '0s' })).body);
    expect([(await ask(key)).status, (await ask(rotated.key)).status, (await ask(again.key)).status]).toEqual([401, 401, 200]);

    expect((await call('DELETE', `/admin/api/keys/${id}`)).body).toMatchObject({ state: 'revoked' });
    expect([(await ask(again.key)).status, (await ask('none')).status]).toEqual([401, 401]);
    expect(contract.keyList.parse((await call('GET', '/admin/api/keys')).body).keys.map(({ state }) => state)).toEqual(['revoked']);
  });

  it('outlive a restart, as hashes only; every change is on record and no key is', async () => {
    const first = await world();
    const { key, id } = (await first.call('POST', '/admin/api/keys', { name: 'a' })).body;
    await first.ask(key);
    await first.close();
    const second = await startGateway({ data: first.data, providers: {} });
    stops.push(() => second.gateway.close());
    const { status } = await fetch(`${second.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    expect([status, (await fetch(`${second.url}/v1/models`)).status]).toEqual([200, 401]);
    await fetch(`${second.url}/admin/api/keys/${id}`, { method: 'DELETE' });
    const journal = join(first.data, 'journal');
    const audit = readdirSync(journal)
      .filter((name) => name.startsWith('audit'))
      .map((name) => readFileSync(join(journal, name), 'utf8'))
      .join('');
    expect([...audit.matchAll(/"action":"([\w.]+)"/g)].map(([, action]) => action)).toEqual(['key.create', 'key.revoke']);
    expect(audit).toContain('"actor":"local"');
    const everything = readdirSync(first.data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('');
    expect(everything).toContain(id);
    expect([everything.includes(key), everything.includes(key.slice(8))]).toEqual([false, false]);
    expect([...first.log, ...second.log].join()).not.toContain(key);
  });

  it.each([
    [{}, 'name'],
    [{ name: 'a', budjet: '1/day' }, 'budjet'],
    [{ name: 'a', budget: '1/fortnight' }, 'budget'],
    [{ name: 'a', zone: 'mars' }, 'zone'],
    [{ name: 'a', team: 'nobody' }, 'team'],
    [{ name: 'a', expires_in: 'soon' }, 'expires_in'],
    [{ name: 'a', id: 'b' }, 'id'],
    [[], 'body'],
  ])('%j is refused and the field named', async (body, field) => {
    const { call } = await world();
    const answer = await call('POST', '/admin/api/keys', body);
    expect([answer.status, answer.body.error.message]).toEqual([400, expect.stringMatching(new RegExp(`^${field}: `))]);
  });

  it('of the configuration are shown and stay as they are', async () => {
    const { call } = await world({ keys: { alice: { hash: `sha256:${hashKey('k')}`, budget: '1/day' } } });
    expect((await call('GET', '/admin/api/keys')).body.keys).toMatchObject([{ id: 'alice', source: 'config', prefix: null }]);
    expect((await call('DELETE', '/admin/api/keys/alice')).status).toBe(409);
    expect(JSON.stringify((await call('GET', '/admin/api/keys/alice')).body)).not.toContain(hashKey('k'));
  });

  it('are paged', async () => {
    const { call } = await world();
    for (const name of ['a', 'b', 'c']) await call('POST', '/admin/api/keys', { name });
    const first = contract.keyList.parse((await call('GET', '/admin/api/keys?limit=2')).body);
    const second = contract.keyList.parse((await call('GET', `/admin/api/keys?limit=2&after=${first.next}`)).body);
    expect([first.keys, second.keys].map((keys) => keys.map(({ name }) => name))).toEqual([['a', 'b'], ['c']]);
    expect(second.next).toBeNull();
  });
});

describe('teams and projects', () => {
  it('hold rules for all their keys, and when they are removed their keys open nothing', async () => {
    const { call, ask } = await world();
    expect((await call('PUT', '/admin/api/teams/core', { zone: 'vendor', requests_per_minute: 2 })).status).toBe(200);
    await call('PUT', '/admin/api/projects/shop', { team: 'core', models: ['up/fake'] });
    const { key, id } = (await call('POST', '/admin/api/keys', { name: 'a', project: 'shop' })).body;
    expect((await ask(key, { model: 'up/free' })).status).toBe(403);
    expect([(await ask(key)).status, (await ask(key)).status, (await ask(key)).status]).toEqual([200, 200, 429]);
    contract.groupList.parse((await call('GET', '/admin/api/teams')).body);
    await call('DELETE', '/admin/api/teams/core');
    expect((await ask(key)).status).toBe(401);
    expect((await call('GET', `/admin/api/keys/${id}`)).body.state).toBe('broken');
    expect((await call('GET', '/admin/api/teams/core')).status).toBe(404);
  });
});

describe('what the rest of the API tells', () => {
  it('budgets, prices, exchanges, usage and health, each as the contract says', async () => {
    const { call, ask, records } = await world({ budgets: { total: '100/month', zones: { vendor: '50/day' } } });
    const { key, id } = (await call('POST', '/admin/api/keys', { name: 'a', budget: '20/lifetime' })).body;
    await ask(key);
    await expect.poll(async () => (await call('GET', '/admin/api/exchanges')).body.exchanges.length).toBe(1);
    const { budgets } = contract.budgetList.parse((await call('GET', '/admin/api/budgets')).body);
    expect(budgets).toMatchObject([
      { account: `key:${id}`, period: 'lifetime', limit_nanos: 20e9, spent_nanos: 9000, reserved_nanos: 0, resets_at: null },
      { account: 'total', period: 'month', limit_nanos: 100e9, spent_nanos: 9000, resets_at: expect.any(Number) },
      { account: 'zone:vendor', period: 'day', spent_nanos: 9000 },
    ]);
    const { prices } = contract.priceList.parse((await call('GET', '/admin/api/prices')).body);
    expect(prices.map(({ address, kind }) => `${address} ${kind}`)).toEqual(['up/fake tokens', 'up/free unpriced']);
    expect(prices[0]!.price).toMatchObject({ input: 1, source: 'the configuration' });
    const listed = contract.exchangeList.parse((await call('GET', `/admin/api/exchanges?key=${id}`)).body);
    expect(listed.exchanges).toMatchObject([{ id: records[0]!.id, cost_nanos: 9000, price_source: 'the configuration' }]);
    const one = contract.exchangeView.parse((await call('GET', `/admin/api/exchanges/${records[0]!.id}`)).body);
    expect(one.attempts).toMatchObject([{ provider: 'up', costNanos: 9000 }]);
    const now = Date.now();
    const usage = contract.usageView.parse((await call('GET', `/admin/api/usage?from=${now - 1000}&to=${now + 1000}&by=key,model`)).body);
    expect(usage.groups).toMatchObject([{ of: { key: id, model: 'fake' }, exchanges: 1, cost_nanos: 9000 }]);
    expect(contract.healthView.parse((await call('GET', '/admin/api/health')).body)).toMatchObject({ ok: true, store: { written: 1 } });
  });

  it('refuses what it does not know, with what there is', async () => {
    const { call } = await world();
    const strange = [
      await call('GET', '/admin/api/nothing'),
      await call('PUT', '/admin/api/keys'),
      await call('GET', '/admin/api/exchanges?limit=9999'),
      await call('GET', '/admin/api/keys/%zz'),
      await call('GET', '/admin/api/exchanges?cursor=what'),
      await call('GET', '/admin/api/usage'),
      await call('GET', '/admin/api/exchanges/none'),
    ];
    expect(strange.map(({ status }) => status)).toEqual([404, 405, 400, 400, 400, 400, 404]);
  });

  it('without a data folder says so', async () => {
    const { call } = await world({ data: undefined });
    const made = await call('POST', '/admin/api/keys', { name: 'a' });
    expect([made.status, made.body.error.message]).toEqual([503, expect.stringContaining('FREEHOLD_DATA')]);
    expect((await call('GET', '/admin/api/prices')).status).toBe(200);
  });
});
