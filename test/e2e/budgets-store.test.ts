import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NANOS } from '../../src/catalog/price.ts';
import { type Cluster, postgresPrograms, startCluster } from '../../src/store/contract/cluster.ts';
import { openStore } from '../../src/store/open.ts';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** 5 tokens read and 2 written at a dollar each: $7 an answer. */
const PRICE = { input: 1_000_000, output: 1_000_000 };
const ANSWER = 7 * NANOS;
const ASK = { model: 'up/fake', max_tokens: 2, messages: [{ role: 'user', content: 'hi' }] };
const fine = json(200, chat.whole('ok'));
const slow: Script = async (response) => {
  await new Promise((resume) => setTimeout(resume, 3));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chat.whole('ok')));
};

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'freehold-budgets-'));
  stops.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function upstream(script: Script): Promise<FakeUpstream> {
  const up = await FakeUpstream.start(script);
  stops.push(() => up.stop());
  return up;
}

async function node(up: FakeUpstream, settings: Record<string, unknown>) {
  const models = { fake: { price: PRICE } };
  const providers = { up: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models } };
  // Nodes that share a store share the secret.
  const started = await startGateway({ providers, ...settings }, [], { FREEHOLD_SECRET: 'a'.repeat(64) });
  let isOpen = true;
  const stop = async () => {
    if (isOpen) await started.gateway.close();
    isOpen = false;
  };
  stops.push(stop);
  return { ...started, stop, ask: () => post(`${started.url}/v1/chat/completions`, ASK) };
}

describe('budgets and the store', () => {
  it('what was spent before a restart counts, and a refusal tells the whole', async () => {
    const up = await upstream(fine);
    const settings = { data: folder(), budgets: { total: '100/month' } };
    const first = await node(up, settings);
    for (let i = 0; i < 4; i++) expect((await first.ask()).status).toBe(200);
    await first.stop();
    const second = await node(up, settings);
    const statuses: number[] = [];
    let refusal = '';
    for (let i = 0; i < 12; i++) {
      const { status, text } = await second.ask();
      statuses.push(status);
      if (status === 429) refusal ||= text;
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(up.seen.length * ANSWER).toBeLessThanOrEqual(100 * NANOS);
    expect(Number(/\$(\d+)\.\d\d are spent/.exec(refusal)?.[1])).toBeGreaterThan(28);
    await second.stop();
    const store = await openStore({ file: join(settings.data, 'ledger.sqlite') });
    const [totals] = await store.reports.totals({ from: 0, to: Date.now() + 1, grain: 'day' });
    await store.close();
    expect([totals?.exchanges, totals?.cost_nanos]).toEqual([16, up.seen.length * ANSWER]);
  });

  it('an alert tells across a restart, and never stops', async () => {
    const up = await upstream(fine);
    const settings = { data: folder(), budgets: { total: { usd: 10, per: 'month', on_breach: 'alert' } } };
    const first = await node(up, settings);
    expect((await first.ask()).status).toBe(200);
    await first.stop();
    const second = await node(up, settings);
    const { status, headers } = await second.ask();
    expect([status, headers['x-freehold-notes']]).toEqual([200, expect.stringContaining('budget of total')]);
  });
});

const programs = postgresPrograms();
if (!programs) console.warn('no PostgreSQL here: budgets of several nodes are not tested; apt-get install postgresql');

describe.skipIf(!programs)('nodes on one PostgreSQL', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(programs!);
  });
  afterAll(() => cluster?.stop());

  it('share a budget and never pass it together', async () => {
    const up = await upstream(slow);
    const store = { url: await cluster.database() };
    const budgets = { total: '2000/day' };
    const nodes = [await node(up, { data: folder(), store, budgets }), await node(up, { data: folder(), store, budgets })];
    const asked = Array.from({ length: 600 }, (_, at) => nodes[at % 2]!.ask());
    const answers = await Promise.all(asked);
    const good = answers.filter(({ status }) => status === 200).length;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    expect([good, up.seen.length]).toEqual([up.seen.length, good]);
    expect(good * ANSWER).toBeLessThanOrEqual(2000 * NANOS);
    expect(good).toBeGreaterThan(10);
    for (const each of nodes) expect(each.records.some(({ outcome }) => outcome === 'ok')).toBe(true);
    for (const { stop } of nodes) await stop();
    const after = await openStore({ url: store.url });
    const window = `day ${new Date().toISOString().slice(0, 10)}T00:00`;
    const [state] = await after.budgets.read([{ account: 'total', window }]);
    await after.close();
    expect(state).toEqual({ account: 'total', window, spent_nanos: good * ANSWER, leased_nanos: 0 });
  });

  it('while the server is away no budget is passed: what cannot be leased is not spent, and the client is told to come back', async () => {
    const up = await upstream(fine);
    const store = { url: await cluster.database() };
    const { ask } = await node(up, { data: folder(), store, budgets: { total: '500/day' } });
    expect((await ask()).status).toBe(200);
    await cluster.kill();
    let refused = await ask();
    while (refused.status === 200) refused = await ask();
    const seen = up.seen.length;
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    expect((await ask()).status).toBe(503);
    expect(up.seen.length).toBe(seen);
    await cluster.start();
    await expect.poll(async () => (await ask()).status, { timeout: 15_000, interval: 200 }).toBe(200);
  });
});
