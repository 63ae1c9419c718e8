import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { JournalKeys } from '../../src/egress/journal/keys.ts';
import { sign } from '../../src/evals/certificate.ts';
import type { Certificate } from '../../src/evals/evidence.ts';
import { ROUTES } from '../../src/http/api/routes.ts';
import * as contract from '../../src/http/contract.ts';
import { adminWorld } from '../fake/admin.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A world, and who asks its admin API and holds the answer against the contract. */
async function world(settings?: Record<string, unknown>) {
  const started = await adminWorld(stops, settings);
  const get = async <T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> => {
    const { status, body } = await started.call('GET', `/admin/api${path}`);
    expect([path, status, body.error?.message]).toEqual([path, 200, undefined]);
    return schema.parse(body);
  };
  /** Answers that are in the store. */
  const answered = async (times: number, model = 'up/fake') => {
    for (let time = 0; time < times; time++) expect((await started.ask('none', { model })).status).toBe(200);
    // The first read starts a thread, which takes its time on a busy machine.
    await expect
      .poll(async () => (await started.call('GET', '/admin/api/exchanges')).body.exchanges.length, { timeout: 15_000 })
      .toBe(times);
  };
  return { ...started, get, answered };
}

it('every route refuses who comes through a proxy, with a gateway key, or from a page of another site', async () => {
  const { call } = await world();
  const { key } = (await call('POST', '/admin/api/keys', { name: 'a' })).body;
  const strangers: Record<string, string>[] = [
    { 'x-forwarded-for': '10.0.0.1' },
    { authorization: `Bearer ${key}` },
    { origin: 'https://evil.example' },
  ];
  const open: string[] = [];
  for (const route of Object.keys(ROUTES)) {
    const [method, path] = route.split(' ') as [string, string];
    for (const headers of strangers) {
      const { status } = await call(method, path.replaceAll('*', 'x'), method === 'GET' ? undefined : {}, headers);
      if (status !== 403) open.push(`${route} ${status}`);
    }
  }
  expect(open).toEqual([]);
  expect((await call('GET', '/admin/api/keys')).body.keys).toHaveLength(1);
});

describe('models', () => {
  it('are shown with what they cost, how they fare and what they did', async () => {
    const { get, answered, call } = await world();
    const before = await get('/models', contract.modelList);
    expect(before.models).toMatchObject([
      {
        address: 'up/fake',
        zone: 'vendor',
        listed: 'config',
        healthy: true,
        breaker: 'closed',
        engine: null,
        price: { kind: 'tokens', price: { input: 1, output: 2 } },
        speed: null,
        use: { exchanges: 0, share: 0 },
        verdicts: [],
      },
      { address: 'up/free', price: { kind: 'unpriced' } },
    ]);
    await answered(3);
    const { models, providers } = await get('/models', contract.modelList);
    expect(models[0]).toMatchObject({ speed: { answers: 3 }, use: { exchanges: 3, share: 1, cost_nanos: 27_000 } });
    expect(models[0]!.speed!.first_ms).toBeGreaterThan(0);
    expect(models[0]!.first_token!.p95).toBeGreaterThanOrEqual(models[0]!.first_token!.p50);
    expect(models[1]!.first_token).toBeNull();
    expect(providers).toMatchObject([{ name: 'up', healthy: true, models: 2 }]);

    const one = await get(`/models/${encodeURIComponent('up/fake')}`, contract.modelDetail);
    expect(one.expectations).toHaveLength(14);
    for (const { mean, low, high, prior } of one.expectations) {
      expect([low <= mean, mean <= high, prior.source.length > 0]).toEqual([true, true, true]);
      expect(high - low).toBeGreaterThan(0);
    }
    expect((await call('GET', '/admin/api/models/none')).status).toBe(404);
  });

  it('that nobody can reach say why', async () => {
    const { get, up } = await world();
    const { url } = up;
    await up.stop();
    const providers = { gone: { dialect: 'openai-chat', url, zone: 'own' } };
    const other = await world({ providers });
    const { models } = await other.get('/models', contract.modelList);
    const { providers: states } = await other.get('/models', contract.modelList);
    expect([models, states[0]!.healthy, states[0]!.reason]).toEqual([[], false, expect.stringMatching(/\S/)]);
    await get('/models', contract.modelList);
  });
});

describe('routing', () => {
  it('is a matrix of work and models, with intervals, shares and the rules', async () => {
    const { get, answered } = await world({
      routing: { mode: 'balanced', rules: [{ name: 'docs', when: { task: 'documentation' }, models: { 'up/free': 1, 'up/fake': 3 } }] },
      aliases: { fast: ['up/free', 'up/fake'] },
    });
    await answered(2, 'auto');
    const view = await get('/routing?models=1', contract.routingView);
    expect(view).toMatchObject({
      mode: 'balanced',
      rules: [
        {
          name: 'docs',
          when: { task: ['documentation'] },
          mode: null,
          models: [
            { name: 'up/free', weight: 1 },
            { name: 'up/fake', weight: 3 },
          ],
        },
      ],
      aliases: [{ name: 'fast', means: ['up/free', 'up/fake'] }],
      models: [{ address: 'up/fake', exchanges: 2, share: 1, cost_nanos: 18_000 }],
      more: 1,
    });
    const [busiest] = view.tasks;
    expect(busiest).toMatchObject({ exchanges: 2, share: 1 });
    expect(view.cells.filter(({ exchanges }) => exchanges)).toMatchObject([
      { model: 'up/fake', task: busiest!.task, share: 1, cost_nanos: 18_000 },
    ]);
    expect(view.cells).toHaveLength(14);
    const empty = await get('/routing?from=0&to=1', contract.routingView);
    expect(empty.tasks.every(({ exchanges, share }) => exchanges === 0 && share === 0)).toBe(true);
  });

  it('tells where a prompt would go, also for the holder of a key, and why an exchange went where it went', async () => {
    const { call, records, answered } = await world();
    await answered(1, 'auto');
    const explain = (body: unknown) => call('POST', '/admin/api/routing/explain', body);
    const open = await explain({ request: 'Write a function that adds two numbers.' });
    expect([open.status, open.body]).toEqual([200, expect.objectContaining({ chosen: 'up/free', verdicts: expect.any(Array) })]);
    const made = await call('POST', '/admin/api/keys', { name: 'a', models: ['none/*'] });
    expect((await explain({ request: 'Add.', key: made.body.id })).body).toMatchObject({ refused: 'forbidden' });
    expect((await explain({ request: 'Add.', key: 'nobody' })).status).toBe(400);
    expect((await explain({ request: 'Add.', door: '/nowhere' })).status).toBe(404);
    expect((await explain({ request: 'Add.', headers: { 'X-Freehold-Mode': 'best' } })).body).toMatchObject({ mode: 'best' });
    expect((await explain({})).status).toBe(400);
    const decided = await call('GET', `/admin/api/exchanges/${records[0]!.id}/decision`);
    expect(decided.body).toMatchObject({ chosen: 'up/free', isReproduced: true });
    // Nothing of all this was sent, or stands in the ledger.
    expect((await call('GET', '/admin/api/exchanges')).body.exchanges).toHaveLength(1);
  });
});

describe('egress', () => {
  it('tells what left by destination and rule, and which ceilings hold', async () => {
    const { get, answered } = await world({
      zones: { rules: [{ name: 'secret', repo: 'github.com/acme/secret-*', zone: 'own' }] },
      egress: { words: { codenames: ['Project Falcon', 'Project Eagle'] }, actions: { codenames: { vendor: 'block' } } },
    });
    const from = Date.now();
    await answered(2);
    const view = await get(`/egress?from=${from - 1000}`, contract.egressView);
    expect(view.left).toMatchObject({
      total: { requests: 2, failed: 0, open: 0, cost_nanos: 18_000 },
      destinations: [{ name: expect.stringContaining('up/fake (vendor'), requests: 2 }],
      rules: [{ requests: 2 }],
    });
    expect(view.left!.total.bytes_out).toBeGreaterThan(100);
    expect(view.ceilings).toEqual({
      default: 'vendor',
      rules: [{ rule: 'secret', conditions: { repo: 'github.com/acme/secret-*' }, zone: 'own' }],
    });
    expect(view.detectors.own).toEqual([{ name: 'codenames', kind: 'words', size: 2 }]);
    expect(JSON.stringify(view)).not.toContain('Falcon');
    expect(view.detectors.actions).toContainEqual({ rule: 'codenames', own: null, leased: null, vendor: 'block' });
    expect(view.detectors.actions).toContainEqual({ rule: 'private-key', own: 'allow', leased: 'note', vendor: 'block' });
    const none = await get(`/egress?from=${from + 100_000}`, contract.egressView);
    expect(none.left).toMatchObject({ total: { requests: 0 }, destinations: [] });
  });

  it('is checked in the background, and an edit is found', async () => {
    const { get, answered, call, data } = await world();
    expect(await get('/egress/verify', contract.checkView)).toMatchObject({ state: 'never' });
    await answered(2);
    const checked = async () => {
      await call('POST', '/admin/api/egress/verify');
      await expect.poll(async () => (await get('/egress/verify', contract.checkView)).state, { timeout: 10_000 }).not.toBe('running');
      return get('/egress/verify', contract.checkView);
    };
    const sound = await checked();
    expect(sound).toMatchObject({ state: 'sound', reason: null });
    expect([sound.checked, sound.journals.length > 0]).toEqual([sound.files, true]);
    const folder = join(data, 'journal');
    const name = readdirSync(folder).find((one) => /^egress-\d+\.jsonl$/.test(one))!;
    writeFileSync(join(folder, name), readFileSync(join(folder, name), 'utf8').replace('up/fake', 'up/fall'));
    writeFileSync(join(folder, name), readFileSync(join(folder, name), 'utf8').replace('"fake"', '"fall"'));
    const broken = await checked();
    expect(broken.state).toBe('broken');
    expect(broken.journals.flatMap(({ problems }) => problems)).toContainEqual(expect.objectContaining({ file: name, kind: 'forged' }));
  });

  it('without a data folder says so', async () => {
    const { get, call } = await world({ data: undefined });
    expect(await get('/egress', contract.egressView)).toMatchObject({ left: null, journal: null });
    expect((await call('POST', '/admin/api/egress/verify')).status).toBe(503);
  });
});

describe('settings', () => {
  it('tell how the gateway is set up and how it stands, and no secret', async () => {
    const { get } = await world({ admin: {}, routing: { mode: 'best' } });
    const view = await get('/settings', contract.settingsView);
    expect(view).toMatchObject({
      simulated: false,
      versions: { freehold: expect.stringMatching(/^\d/), node: process.version },
      config: { file: null, refused: null },
      store: { kind: 'file', ok: true },
      data: { ledger: expect.any(Number), free: expect.any(Number) },
    });
    expect(view.settings).toContainEqual({ path: 'routing.mode', value: 'best', source: 'program' });
    expect(view.advice.map(({ what }) => what).join()).toContain('No key is needed');
    const bare = await world({ data: undefined });
    const lone = await bare.get('/settings', contract.settingsView);
    expect([lone.data, lone.store, lone.advice[0]]).toEqual([null, null, expect.objectContaining({ level: 'problem' })]);
  });
});

const CERTIFICATE: Certificate = {
  version: 1,
  id: 'certificate-one',
  task: 'documentation',
  candidate: { address: 'up/fake' },
  reference: { address: 'up/free' },
  basis: { kind: 'suite', name: 'builtin', version: '1', hash: 'abc' },
  outcome: 'good enough',
  margin: { keep: 0.95 },
  alpha: 0.05,
  candidates: 1,
  pairs: 80,
  candidate_score: 0.9,
  reference_score: 0.91,
  interval: [0.82, 0.95],
  e: 31,
  executed: 80,
  judged: 0,
  at: 1_000,
  freehold: '0.1.0',
};

describe('evidence', () => {
  it('is listed with what counts, and a certificate is checked when it is looked at', async () => {
    const { get, call, gateway } = await world();
    expect(await get('/evidence/runs', contract.runList)).toEqual({ runs: [], more: false });
    expect(await get('/evidence/standings', contract.standingList)).toEqual({ standings: [] });
    const keys = new JournalKeys(Buffer.alloc(32, 7));
    const older = { ...CERTIFICATE, id: 'certificate-one', at: 1_000 };
    const newer: Certificate = { ...CERTIFICATE, id: 'certificate-two', at: 2_000, outcome: 'not good enough' };
    for (const one of [older, newer]) await gateway.verdicts.put(sign(one, keys));
    const { certificates } = await get('/evidence/certificates', contract.certificateList);
    expect(certificates.map(({ certificate, counts }) => [certificate.id, counts])).toEqual([
      ['certificate-two', true],
      ['certificate-one', false],
    ]);
    expect(await get('/evidence/certificates/certificate-one', contract.certificateDetail)).toMatchObject({
      problems: [],
      signer: 'other',
    });
    await gateway.verdicts.put({ ...sign(newer, keys), certificate: { ...newer, pairs: 999 } });
    const forged = await get('/evidence/certificates/certificate-two', contract.certificateDetail);
    expect(forged.problems.join()).toContain('signature');
    expect((await call('GET', '/admin/api/evidence/certificates/none')).status).toBe(404);
    expect((await call('GET', '/admin/api/evidence/runs/none')).status).toBe(404);
    const { models } = await get('/models', contract.modelList);
    expect(models[0]!.verdicts).toMatchObject([{ task: 'documentation', outcome: 'not good enough', id: 'certificate-two' }]);
  });
});
