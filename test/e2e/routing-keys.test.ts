import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const KEYS = {
  alice: { hash: hash('a') },
  bob: { hash: hash('b') },
  poor: { hash: hash('p'), budget: '0.001/day' },
  bot: { hash: hash('t'), tasks: ['documentation'] },
};
const FAR = 'claude-opus-4-5';
const OWN = 'qwen3-coder:30b';

async function world(data?: string): Promise<Started> {
  const [own, far] = await Promise.all([
    FakeUpstream.start(json(200, chat.whole('own'))),
    FakeUpstream.start(json(200, chat.whole('far'))),
  ]);
  const started = await startGateway({
    ...(data !== undefined && { data }),
    keys: KEYS,
    providers: {
      own: { dialect: 'openai-chat', url: own.url, zone: 'own', models: [OWN] },
      far: { dialect: 'openai-chat', url: far.url, zone: 'vendor', models: { [FAR]: { price: { input: 5, output: 25 } } } },
    },
    routing: { mode: 'best' },
  });
  stops.push(
    () => own.stop(),
    () => far.stop(),
    () => started.gateway.close(),
  );
  return started;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'freehold-routing-'));
  stops.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const as = (key: string) => ({ authorization: `Bearer ${key}` });
const ask = (
  { url }: Started,
  key: string,
  content = 'Why does this loop never end? while (x) { y++ }',
  more: Record<string, string> = {},
) => post(`${url}/v1/chat/completions`, { model: 'auto', messages: [{ role: 'user', content }] }, { ...as(key), ...more });
const idOf = (answer: Awaited<ReturnType<typeof ask>>) => String(answer.headers['x-freehold-request-id']);
const rate = ({ url }: Started, key: string, exchange: string, score: number) => post(`${url}/v1/feedback`, { exchange, score }, as(key));

describe('a key', () => {
  it('without money is given what costs nothing, and told why', async () => {
    const all = await world();
    const answer = await ask(all, 'p');
    expect(answer.headers['x-freehold-model']).toBe(OWN);
    expect(all.records[0]!.decision!.plan.excluded).toEqual([
      { address: `far/${FAR}`, gate: 'budget', why: 'the budget of key:poor a day is used up' },
    ]);
  });

  it('for one class of work is refused for others', async () => {
    const all = await world();
    const refused = await ask(all, 't', 'Fix the bug: this test fails with TypeError: x is undefined\n    at sum (src/sum.ts:3:9)');
    expect([refused.status, refused.text]).toEqual([403, expect.stringMatching(/is for documentation, and this looks like bug_fix/)]);
    expect((await ask(all, 't', 'Write documentation for this function: add a JSDoc comment that explains its parameters.')).status).toBe(
      200,
    );
  });

  it('speaks of its own exchanges only, and sees only their decisions', async () => {
    const all = await world();
    const id = idOf(await ask(all, 'a'));
    expect((await rate(all, 'b', id, 1)).status).toBe(404);
    expect((await rate(all, 'a', id, 1)).status).toBe(200);
    const see = async (key: string) => (await fetch(`${all.url}/v1/exchanges/${id}/decision`, { headers: as(key) })).status;
    expect([await see('a'), await see('b')]).toEqual([200, 404]);
    expect((await post(`${all.url}/v1/feedback`, { exchange: id, score: 1 })).status).toBe(401);
  });
});

it('what was decided and said lives on in the store, over a restart', async () => {
  const data = folder();
  const first = await world(data);
  const id = idOf(await ask(first, 'a'));
  for (let n = 0; n < 3; n++) await rate(first, 'a', idOf(await ask(first, 'a', undefined, { 'x-freehold-session': `s${n}` })), 0);
  await ask(first, 'a', undefined, { 'x-freehold-session': 'last' });
  const belief = ({ records }: Started) =>
    records.at(-1)!.decision!.input.contenders.find(({ address }) => address === `far/${FAR}`)!.belief;
  const before = belief(first);
  expect(before.mean).toBeLessThan(
    first.records[0]!.decision!.input.contenders.find(({ address }) => address === `far/${FAR}`)!.belief.mean,
  );
  await first.gateway.close();

  const second = await world(data);
  await ask(second, 'a', undefined, { 'x-freehold-session': 'after' });
  expect(belief(second).mean).toBeCloseTo(before.mean, 3);
  const why = await fetch(`${second.url}/v1/exchanges/${id}/decision`, { headers: as('a') });
  expect(await why.json()).toMatchObject({ exchange: id, chosen: `far/${FAR}`, isReproduced: true, task: { class: expect.any(String) } });
  expect((await fetch(`${second.url}/v1/exchanges/${id}/decision`, { headers: as('b') })).status).toBe(404);
  expect([(await rate(second, 'b', id, 1)).status, (await rate(second, 'a', id, 1)).status]).toEqual([404, 200]);
});
