import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, postgresPrograms, startCluster } from '../../src/store/contract/cluster.ts';
import { startGateway } from '../fake/start.ts';
import { rate, talk } from '../fake/swap.ts';
import { until } from '../fake/targets.ts';
import { chat, FakeUpstream, json } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const programs = postgresPrograms();

describe.skipIf(!programs)('two nodes on one store', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(programs!);
  }, 60_000);
  afterAll(() => cluster?.stop());

  it('see the same swaps, give a conversation the same model, and roll back together', async () => {
    const far = await FakeUpstream.start(json(200, chat.whole('Here it is.')));
    const own = await FakeUpstream.start(json(200, chat.whole('Here it is.')));
    stops.push(
      () => far.stop(),
      () => own.stop(),
    );
    const providers = {
      far: { dialect: 'openai-chat', url: far.url, zone: 'vendor', models: { 'large-1': { price: { input: 5, output: 25 } } } },
      own: { dialect: 'openai-chat', url: own.url, zone: 'own', models: { 'small-2': null } },
    };
    const url = await cluster.database();
    const node = async () => {
      const data = mkdtempSync(join(tmpdir(), 'freehold-nodes-'));
      const settings = { data, providers, store: { url }, evaluation: { shadow: { share: 1 } } };
      const started = await startGateway(settings, [], { FREEHOLD_SECRET: 'a'.repeat(64) });
      stops.push(
        () => rmSync(data, { recursive: true, force: true }),
        () => started.gateway.close(),
      );
      return started;
    };
    const [one, two] = [await node(), await node()];
    const swap = await one.gateway.live.begin({ from: 'far/large-1', to: 'own/small-2', share: 0.5, approve: true }, { actor: 'test' });
    const at = ({ gateway }: typeof one) => gateway.live.swaps.get(swap.id);
    await until(() => at(two)?.state === 'canary');
    for (let n = 0; n < 12; n++) {
      const next = talk(one.url);
      const { model } = await next();
      expect((await next({ say: 'And the other one, please.', url: two.url })).model).toBe(model);
    }
    await one.gateway.live.look();
    await two.gateway.live.look();
    await one.gateway.live.look();
    const of = ({ gateway }: typeof one) => gateway.live.figures(at({ gateway } as typeof one)!);
    const { old, new: fresh } = of(one);
    expect(old.exchanges + fresh.exchanges).toBe(24);
    expect(of(two).new.exchanges).toBe(fresh.exchanges);
    while (at(one)?.state === 'canary') {
      const answered = await talk(one.url)();
      await rate(one.url, answered, answered.model === 'small-2' ? 'bad' : 'good');
    }
    await until(() => at(two)?.state === 'rolled-back');
    expect(at(two)?.history).toEqual(at(one)?.history);
    expect((await talk(two.url)()).model).toBe('large-1');
  });
});
