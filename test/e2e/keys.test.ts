import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/accounts/directory.ts';
import { type Cluster, postgresPrograms, startCluster } from '../../src/store/contract/cluster.ts';
import { adminWorld } from '../fake/admin.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const world = (settings?: Record<string, unknown>, env?: NodeJS.ProcessEnv) => adminWorld(stops, settings, env);

/** A request with headers as they stand, which no HTTP library would send. */
function raw(url: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(`${url}/v1/models`, { headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, text }));
    });
    call.on('error', reject).end();
  });
}

describe('keys that somebody made up', () => {
  it.each([
    ['SQL', "' OR '1'='1' --"],
    ['more SQL', "fh_x'; DROP TABLE keys;--"],
    ['very long', 'x'.repeat(10_000)],
    ['a hash of a key', hashKey('k')],
    ['one letter too many', 'kk'],
    ['no letters at all', '   '],
    ['signs beyond ASCII', Buffer.from('schlüssel-🔑').toString('latin1')],
    ['an object’s own name', '__proto__'],
  ])('%s', async (_, key) => {
    const { url, log } = await world({ keys: { alice: { hash: `sha256:${hashKey('k')}` } } });
    const shown: Record<string, string>[] = [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }, { authorization: key }];
    for (const headers of shown) {
      const { status, text } = await raw(url, headers);
      expect(status).toBe(401);
      if (key.trim()) expect(text).not.toContain(key);
    }
    expect(log.join()).not.toContain(key.trim() || 'nothing');
    expect((await raw(url, { authorization: 'Bearer k' })).status).toBe(200);
  });

  it('may come with spaces and line ends around them, as pasted ones do', async () => {
    const { url } = await world({ keys: { alice: { hash: `sha256:${hashKey('k')}` } } });
    expect((await raw(url, { authorization: 'Bearer   k ' })).status).toBe(200);
    expect((await raw(url, { 'x-api-key': ' k ' })).status).toBe(200);
    expect((await fetch(`${url}/v1/models?key=k%0D%0A`)).status).toBe(200);
  });

  it('headers beyond the limit are refused, and the gateway goes on', async () => {
    const { url } = await world({ keys: { alice: { hash: `sha256:${hashKey('k')}` } } });
    expect((await raw(url, { authorization: `Bearer ${'x'.repeat(40_000)}` })).status).toBe(431);
    expect((await raw(url, { authorization: 'Bearer k' })).status).toBe(200);
  });
});

const programs = postgresPrograms();
if (!programs) console.warn('no PostgreSQL here: keys of several nodes are not tested; apt-get install postgresql');

describe.skipIf(!programs)('nodes on one PostgreSQL', () => {
  let cluster: Cluster;
  const env = { FREEHOLD_SECRET: 'a'.repeat(64) };
  beforeAll(async () => {
    cluster = await startCluster(programs!);
  });
  afterAll(() => cluster?.stop());

  it('a key made on one opens the other, and a revoked one neither, within a second', async () => {
    const store = { url: await cluster.database() };
    const [a, b] = [await world({ store }, env), await world({ store }, env)];
    // The first key closes the other node as well.
    await a.call('POST', '/admin/api/keys', { name: 'first' });
    await expect.poll(async () => (await b.ask('none')).status, { timeout: 1000, interval: 20 }).toBe(401);
    const { body } = await a.call('POST', '/admin/api/keys', { name: 'a' });
    expect((await a.ask(body.key)).status).toBe(200);
    await expect.poll(async () => (await b.ask(body.key)).status, { timeout: 1000, interval: 20 }).toBe(200);
    const revoked = performance.now();
    expect((await b.call('DELETE', `/admin/api/keys/${body.id}`)).status).toBe(200);
    expect((await b.ask(body.key)).status).toBe(401);
    await expect.poll(async () => (await a.ask(body.key)).status, { timeout: 1000, interval: 20 }).toBe(401);
    expect(performance.now() - revoked).toBeLessThan(1000);
  });

  it('a node with another secret does not start, because no key would fit', async () => {
    const store = { url: await cluster.database() };
    await world({ store }, env);
    await expect(world({ store }, { FREEHOLD_SECRET: 'b'.repeat(64) })).rejects.toThrow(/FREEHOLD_SECRET/);
  });

  it('while the server is away known keys live on for a time, and then get a 503, never a 401', async () => {
    const store = { url: await cluster.database(), keys_live_on_minutes: 0.05 };
    const { call, gateway, url } = await world({ store }, env);
    const { body } = await call('POST', '/admin/api/keys', { name: 'a' });
    const listing = async (key: string) => (await raw(url, { authorization: `Bearer ${key}` })).status;
    expect([await listing(body.key), await listing('other')]).toEqual([200, 401]);
    await cluster.kill();
    await expect.poll(() => listing('other'), { timeout: 5000 }).toBe(503);
    expect(await listing(body.key)).toBe(200);
    await expect.poll(() => listing(body.key), { timeout: 6000 }).toBe(503);
    expect(gateway.readiness().ready).toBe(true);
    await cluster.start();
    await expect.poll(() => listing(body.key), { timeout: 10_000 }).toBe(200);
    expect(await listing('other')).toBe(401);
  });
});
