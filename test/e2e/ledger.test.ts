import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import type { ExchangeRow } from '../../src/store/ports.ts';
import { open, post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const ASK = { model: 'up/fake', messages: [{ role: 'user', content: 'a secret question' }] };

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'freehold-ledger-'));
  stops.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const world = (data: string, ...scripts: Script[]) => worldWith({}, data, ...scripts);

async function worldWith(store: object, data: string, ...scripts: Script[]) {
  const up = await FakeUpstream.start(...scripts);
  stops.push(() => up.stop());
  const provider = { dialect: 'openai-chat', url: up.url, zone: 'own', models: ['fake'] };
  return startGateway({ data, store, server: { drain_seconds: 0 }, providers: { up: provider } });
}

async function rowsIn(data: string): Promise<ExchangeRow[]> {
  const store = await openStore({ file: join(data, 'ledger.sqlite') });
  const { rows } = await store.exchanges.page({ limit: 100 });
  const whole = await Promise.all(rows.map(({ id }) => store.exchanges.get(id)));
  await store.close();
  return whole.map((row) => row!).reverse();
}

describe('the ledger', () => {
  it('holds each exchange once after the gateway has gone: answered, refused, unreadable; no content', async () => {
    const data = folder();
    const { gateway, url, records } = await world(data, json(200, chat.whole('a secret answer')), json(400, { error: { message: 'no' } }));
    const tool = { 'user-agent': 'claude-cli/2.0.1 (external)' };
    await post(`${url}/v1/chat/completions`, ASK, tool);
    await post(`${url}/v1/chat/completions`, ASK);
    await post(`${url}/v1/messages`, 'no JSON');
    const metrics = async () => (await fetch(`${url}/metrics`)).text();
    await expect.poll(metrics).toContain('freehold_store_rows_total{end="written"} 3');
    expect(await metrics()).toMatch(/^freehold_store_up 1$/m);
    await gateway.close();
    const rows = await rowsIn(data);
    expect(rows.map(({ id }) => id).sort()).toEqual(records.map(({ id }) => id).sort());
    const [answered] = rows.filter(({ outcome }) => outcome === 'ok');
    expect(answered).toMatchObject({
      client: 'claude-cli',
      provider: 'up',
      model: 'fake',
      zone: 'own',
      status: 200,
      input_tokens: 5,
      output_tokens: 2,
    });
    expect(rows.map(({ outcome, outcome_class }) => `${outcome} ${outcome_class}`).sort()).toEqual([
      'invalid client',
      'invalid client',
      'ok ok',
    ]);
    expect(JSON.stringify(rows)).not.toContain('a secret');
  });

  it('holds what was said only where that is switched on, streamed and whole, as it went over the wire', async () => {
    const data = folder();
    const stream = sse([chat.start(), chat.text('a secret answer'), chat.stop(), chat.done]);
    const { gateway, url, records } = await worldWith({ content: true }, data, json(200, chat.whole('a secret answer')), stream);
    const whole = await post(`${url}/v1/messages`, { ...ASK, max_tokens: 9 });
    const streamed = await post(`${url}/v1/chat/completions`, { ...ASK, stream: true });
    await gateway.close();
    const store = await openStore({ file: join(data, 'ledger.sqlite') });
    const kept = await Promise.all(records.map(({ id }) => store.exchanges.content(id)));
    await store.close();
    expect(kept.map((content) => content?.answer)).toEqual([whole.text, streamed.text]);
    expect(JSON.parse(kept[0]!.request)).toEqual({ ...ASK, max_tokens: 9 });
    expect(kept[1]!.request).toContain('a secret question');
  });

  it('holds an answer that the gateway’s own end broke off', async () => {
    const data = folder();
    const { gateway, url } = await world(data, sse([chat.start(), chat.text('Hel')], 'hang'));
    const call = open(`${url}/v1/chat/completions`, { ...ASK, stream: true });
    await (await call.response).once('data', () => {});
    await gateway.close();
    await call.answer;
    expect(await rowsIn(data)).toMatchObject([{ outcome: 'cancelled', outcome_class: 'cancelled' }]);
  });

  it('belongs to one gateway: a second one on the folder is refused and the first goes on', async () => {
    const data = folder();
    const { gateway, url } = await world(data, json(200, chat.whole('ok')));
    await expect(world(data, json(200, chat.whole('ok')))).rejects.toThrow(new RegExp(`in use by process ${process.pid}`));
    expect((await post(`${url}/v1/chat/completions`, ASK)).status).toBe(200);
    await gateway.close();
    expect(await rowsIn(data)).toHaveLength(1);
  });
});
