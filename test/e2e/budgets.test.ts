import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { NANOS } from '../../src/catalog/price.ts';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const KEY = 'fh_test';
const HASH = `sha256:${createHash('sha256').update(KEY).digest('hex')}`;
const CHAT = '/v1/chat/completions';
/** 5 tokens read and 2 written at a dollar each: $7 per million answers. */
const PRICE = { input: 1_000_000, output: 1_000_000 };
const ASK = { model: 'up/fake', max_tokens: 2, messages: [{ role: 'user', content: 'hi' }] };

interface World extends Started {
  up: FakeUpstream;
  home: FakeUpstream;
  ask(more?: object, door?: string): ReturnType<typeof post>;
}

async function world(settings: Record<string, unknown>, script: Script, price: object | null = PRICE): Promise<World> {
  const up = await FakeUpstream.start(script);
  const home = await FakeUpstream.start(json(200, chat.whole('from home')));
  const provider = (url: string, zone: string, models: object) => ({ dialect: 'openai-chat', url, zone, models });
  const providers = { up: provider(up.url, 'vendor', { fake: price && { price } }), home: provider(home.url, 'own', { tiny: null }) };
  const started = await startGateway({ providers, ...settings });
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
    () => home.stop(),
  );
  return {
    ...started,
    up,
    home,
    ask: (more, door = CHAT) => post(started.url + door, { ...ASK, ...more }, { authorization: `Bearer ${KEY}` }),
  };
}

const fine = json(200, chat.whole('ok'));

describe('budgets', () => {
  it('a thousand requests at once never spend more than the budget, and the ledger equals what the provider counted', async () => {
    const slow: Script = async (response) => {
      await new Promise((resume) => setTimeout(resume, 5));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chat.whole('ok')));
    };
    const { up, ask, records, gateway } = await world({ budgets: { total: '2000/day' } }, slow);
    let most = 0;
    const watch = setInterval(() => {
      const { used, held } = gateway.accounts.meter.state(gateway.accounts.general[0]!.limit, Date.now());
      most = Math.max(most, used + held);
    }, 1);
    const answers = await Promise.all(Array.from({ length: 1000 }, () => ask()));
    clearInterval(watch);
    const good = answers.filter(({ status }) => status === 200).length;
    expect(good).toBeGreaterThan(10);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    expect(up.seen).toHaveLength(good);
    expect(most).toBeLessThanOrEqual(2000 * NANOS);
    const cost = records.flatMap(({ attempts }) => attempts).reduce((sum, { costNanos = 0 }) => sum + costNanos, 0);
    expect(cost).toBe(good * 7 * NANOS);
    const { used, held } = gateway.accounts.meter.state(gateway.accounts.general[0]!.limit, Date.now());
    expect([used, held]).toEqual([cost, 0]);
    expect(records.flatMap(({ charges = [] }) => charges).reduce((sum, { nanos }) => sum + nanos, 0)).toBe(cost);
  });

  it.each([
    ['/v1/chat/completions', (body: unknown) => (body as { error: { message: string } }).error.message],
    ['/v1/messages', (body: unknown) => (body as { error: { message: string } }).error.message],
    ['/v1/responses', (body: unknown) => (body as { error: { message: string } }).error.message],
  ])('a spent budget is told at %s with the reason and when to come back', async (door, read) => {
    const { ask, up } = await world({ keys: { alice: { hash: HASH, budget: '0.001/day' } } }, fine);
    const { status, headers, text } = await ask({ input: 'hi' }, door);
    expect([status, up.seen.length]).toEqual([429, 0]);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(read(JSON.parse(text))).toMatch(/budget of key:alice is \$0\.001000 a day/);
  });

  it('own: when the money is spent, own models go on', async () => {
    const { ask, home, up } = await world(
      { budgets: { total: { usd: 0, per: 'month', on_breach: 'own' } }, aliases: { any: 'auto' } },
      fine,
    );
    expect((await ask({ model: 'any' })).headers['x-freehold-zone']).toBe('own');
    expect((await ask()).status).toBe(429);
    expect([up.seen.length, home.seen.length]).toEqual([0, 1]);
  });

  it('alert: goes on and tells', async () => {
    const { ask } = await world({ budgets: { zones: { vendor: { usd: 0, per: 'week', on_breach: 'alert' } } } }, fine);
    const { status, headers } = await ask();
    expect([status, headers['x-freehold-notes']]).toEqual([200, expect.stringContaining('zone:vendor')]);
  });

  it('a target without a price is not taken for free: a budget bars it and names the mend', async () => {
    const { ask, up } = await world({ budgets: { total: '100/day' } }, fine, null);
    const { status, text } = await ask();
    expect([status, up.seen.length]).toEqual([403, 0]);
    expect(JSON.parse(text).error.message).toContain('providers.up.models.fake.price');
  });

  it('a whole answer tells what it cost, one without a price that it has none', async () => {
    const priced = await world({}, fine, { input: 1, output: 2 });
    expect((await priced.ask()).headers['x-freehold-cost']).toBe('0.000009');
    expect((await priced.ask({ model: 'home/tiny' })).headers).not.toHaveProperty('x-freehold-cost');
    const { ask, url } = await world({}, fine, null);
    expect((await ask()).headers['x-freehold-cost']).toBe('unpriced');
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('freehold_unpriced_total{provider="up",model="fake"} 1');
    expect(await (await fetch(`${priced.url}/metrics`)).text()).toContain(
      'freehold_cost_dollars_total{provider="up",model="fake"} 0.000009',
    );
  });

  it('what failed is given back, what broke off costs what was seen', async () => {
    const cut = sse([chat.start(), chat.text('a'.repeat(400)), chat.text('b'.repeat(400))], 'cut');
    const failing = await world({ budgets: { total: '1000/day' } }, json(500, { error: { message: 'no' } }));
    expect((await failing.ask()).status).toBe(500);
    expect(failing.records[0]?.attempts[0]).toMatchObject({ costNanos: 0 });
    expect(failing.records[0]?.charges).toBeUndefined();
    const broken = await world({ budgets: { total: '1000/day' } }, cut);
    await broken.ask({ stream: true });
    const [attempt] = broken.records[0]!.attempts;
    expect(attempt).toMatchObject({ estimated: true });
    expect(attempt!.costNanos).toBeGreaterThan(10 * NANOS);
    expect(broken.records[0]!.charges).toEqual([{ account: 'total', window: expect.stringMatching(/^day /), nanos: attempt!.costNanos }]);
  });
});

describe('rates', () => {
  it('requests a minute', async () => {
    const { ask } = await world({ keys: { alice: { hash: HASH, requests_per_minute: 2 } } }, fine);
    const answers = [await ask(), await ask(), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(answers[2]!.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(answers[2]!.text).toContain('2 requests a minute');
  });

  it('tokens a minute, also of own models', async () => {
    const { ask } = await world({ keys: { alice: { hash: HASH, tokens_per_minute: 100 } } }, fine);
    expect((await ask({ model: 'home/tiny' })).status).toBe(200);
    const { status, text } = await ask({ model: 'home/tiny', max_tokens: 100 });
    expect([status, text]).toEqual([429, expect.stringContaining('tokens a minute')]);
  });

  it('of one key are no ill of the provider: others are answered', async () => {
    const other = 'fh_other';
    const hash = `sha256:${createHash('sha256').update(other).digest('hex')}`;
    const { ask, url } = await world({ keys: { alice: { hash: HASH, tokens_per_minute: 10 }, bob: { hash } } }, fine);
    expect((await ask({ max_tokens: 100 })).status).toBe(429);
    const { status } = await post(url + CHAT, ASK, { authorization: `Bearer ${other}` });
    expect(status).toBe(200);
  });

  it('requests at the same time, freed when they end or their client leaves', async () => {
    const { ask, url, up } = await world({ teams: { core: { parallel: 1 } }, keys: { alice: { hash: HASH, team: 'core' } } }, fine);
    up.scripts = [sse([chat.start(), chat.text('a')], 'hang'), fine];
    const leaving = new AbortController();
    const first = fetch(url + CHAT, {
      method: 'POST',
      body: JSON.stringify({ ...ASK, stream: true }),
      headers: { authorization: `Bearer ${KEY}` },
      signal: leaving.signal,
    });
    await (await first).body!.getReader().read();
    expect((await ask()).status).toBe(429);
    leaving.abort();
    await expect.poll(async () => (await ask()).status).toBe(200);
  });
});

describe('access', () => {
  it('a key asks only for what it may, by address, name or alias', async () => {
    const { ask } = await world(
      { keys: { alice: { hash: HASH, models: ['home/*', 'fa*'] } }, teams: {}, aliases: { big: 'up/fake' } },
      fine,
    );
    expect((await ask({ model: 'home/tiny' })).status).toBe(200);
    expect((await ask({ model: 'up/fake' })).status).toBe(200);
    const closed = await world({ keys: { alice: { hash: HASH, models: ['home/*'] } }, aliases: { big: 'up/fake' } }, fine);
    for (const model of ['up/fake', 'fake', 'big']) {
      const { status, text } = await closed.ask({ model });
      expect([status, JSON.parse(text).error.message]).toEqual([403, expect.stringContaining('it may use home/*')]);
    }
    expect(closed.up.seen).toHaveLength(0);
    expect((await closed.ask({ model: 'auto' })).headers['x-freehold-provider']).toBe('home');
  });
});
