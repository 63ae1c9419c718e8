import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ZONES, type Zone } from '../../src/protocol/zone.ts';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, reset, type Script, sse } from '../fake/upstream.ts';

/** Upstreams that stand for as long as the file: two in each zone. */
let upstreams: { zone: Zone; up: FakeUpstream }[];
beforeAll(async () => {
  upstreams = await Promise.all([...ZONES, ...ZONES].map(async (zone) => ({ zone, up: await FakeUpstream.start() })));
});
afterAll(() => Promise.all(upstreams.map(({ up }) => up.stop())));

const stream = sse([chat.start(), chat.text('ok'), chat.stop(), chat.done]);
const SCRIPTS: Record<string, Script> = {
  well: (response, seen) => (seen.body.includes('"stream":true') ? stream : json(200, chat.whole('ok')))(response, seen),
  down: json(503, { error: { message: 'down' } }),
  rate: json(429, { error: { message: 'slow down' } }, { 'retry-after': '1' }),
  cut: sse([chat.start(), chat.text('o')], 'cut'),
  reset,
  away: (response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/elsewhere' }).end(),
};

const zone = fc.constantFrom(...ZONES);
const NAMES = upstreamsNames();
function upstreamsNames(): string[] {
  return [...ZONES, ...ZONES].map((one, at) => `${one}${at}`);
}

const configs = fc.record({
  key: fc.option(zone, { nil: undefined }),
  team: fc.option(zone, { nil: undefined }),
  fallback: zone,
  rules: fc.array(fc.record({ word: fc.constantFrom('alpha', 'beta', 'gamma'), zone }), { maxLength: 3 }),
  order: fc.shuffledSubarray(NAMES, { minLength: 2 }),
  scripts: fc.array(fc.constantFrom(...Object.keys(SCRIPTS)), { minLength: 6, maxLength: 6 }),
  alias: fc.constantFrom(...NAMES),
});

const turns = fc.array(
  fc.record({
    door: fc.constantFrom('/v1/chat/completions', '/v1/messages', '/v1/responses'),
    model: fc.constantFrom('auto', 'fake', 'mine', ...NAMES.map((name) => `${name}/fake`)),
    header: fc.option(zone, { nil: undefined }),
    words: fc.uniqueArray(fc.constantFrom('alpha', 'beta', 'gamma', 'delta'), { maxLength: 2 }),
    bluebird: fc.boolean(),
    session: fc.option(fc.constantFrom('s1', 's2'), { nil: undefined }),
    continues: fc.boolean(),
    stream: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

const nearest = (zones: readonly (Zone | undefined)[]) =>
  zones.reduce<Zone>((a, b) => (b && ZONES.indexOf(b) < ZONES.indexOf(a) ? b : a), 'vendor');

it('no byte of a request reaches a farther zone than all its limits allow', async () => {
  let reached = 0;
  let marks = 0;
  await fc.assert(
    fc.asyncProperty(configs, turns, async (config, history) => {
      for (const [at, { up }] of upstreams.entries()) up.scripts = [SCRIPTS[config.scripts[at]!]!];
      const secret = 'fh_a-key-for-tests';
      const hash = `sha256:${createHash('sha256').update(secret).digest('hex')}`;
      const { gateway, url } = await startGateway({
        providers: Object.fromEntries(
          config.order.map((name) => {
            const { zone: lies, up } = upstreams[NAMES.indexOf(name)]!;
            return [name, { dialect: 'openai-chat', url: up.url, zone: lies, models: ['fake'] }];
          }),
        ),
        aliases: { mine: config.order.includes(config.alias) ? `${config.alias}/fake` : 'auto' },
        keys: { me: { hash, team: 'core', ...(config.key && { zone: config.key }) } },
        teams: { core: config.team ? { zone: config.team } : {} },
        zones: { default: config.fallback, rules: config.rules.map((rule) => ({ path: `**/${rule.word}/**`, zone: rule.zone })) },
        egress: { words: { birds: ['bluebird'] }, actions: { words: 'own' } },
      });
      let previous: { id: string; limit: Zone; words: string[]; bird: boolean } | undefined;
      try {
        for (const turn of history) {
          const mark = `mark${++marks}x`;
          const text = `${mark} ${turn.words.map((word) => `src/${word}/a.ts`).join(' and ')} ${turn.bluebird ? 'bluebird' : ''}`;
          const before = turn.continues && turn.door === '/v1/responses' ? previous : undefined;
          const words = [...turn.words, ...(before?.words ?? [])];
          const bird = turn.bluebird || (before?.bird ?? false);
          const told = config.rules.filter(({ word }) => words.includes(word)).map((rule) => rule.zone);
          const asked = nearest([config.key, config.team, turn.header, before?.limit]);
          const most = nearest([asked, ...(told.length ? told : [config.fallback]), bird ? 'own' : undefined]);
          const body =
            turn.door === '/v1/responses'
              ? { input: text, ...(before && { previous_response_id: before.id }) }
              : { max_tokens: 9, messages: [{ role: 'user', content: text }] };
          const headers = {
            authorization: `Bearer ${secret}`,
            ...(turn.header && { 'x-freehold-zone': turn.header }),
            ...(turn.session && { 'session-id': turn.session }),
          };
          const answer = await post(url + turn.door, { model: turn.model, stream: turn.stream, ...body }, headers);
          for (const { zone: lies, up } of upstreams)
            for (const { body: received } of up.seen)
              if (received.includes(mark)) {
                reached++;
                expect(ZONES.indexOf(lies), `${mark} in ${lies}, allowed ${most}`).toBeLessThanOrEqual(ZONES.indexOf(most));
              }
          if (turn.door === '/v1/responses' && answer.status === 200) {
            const id = /"id":"(resp_[^"]+)"/.exec(answer.text)?.[1];
            if (id) previous = { id, limit: asked, words, bird };
          }
        }
      } finally {
        await gateway.close();
        for (const { up } of upstreams) up.seen.length = 0;
      }
    }),
    { numRuns: 150 },
  );
  expect(reached).toBeGreaterThan(30);
}, 120_000);

it('an answer that is continued takes its limit along', async () => {
  const [own, , vendor] = upstreams.map(({ up }) => up) as [FakeUpstream, FakeUpstream, FakeUpstream];
  own.scripts = vendor.scripts = [SCRIPTS['well']!];
  const provider = (up: FakeUpstream, lies: Zone) => ({ dialect: 'openai-chat', url: up.url, zone: lies, models: ['fake'] });
  const { gateway, url, records } = await startGateway({ providers: { own: provider(own, 'own'), far: provider(vendor, 'vendor') } });
  try {
    const ask = (body: object, headers = {}) => post(`${url}/v1/responses`, { store: true, ...body }, headers);
    const first = await ask({ model: 'auto', input: 'keep this near' }, { 'x-freehold-zone': 'own' });
    const id = (JSON.parse(first.text) as { id: string }).id;
    const second = await ask({ model: 'far/fake', input: 'and now?', previous_response_id: id });
    expect([second.status, vendor.seen.length]).toEqual([403, 0]);
    expect(second.text).toContain('the answer that it continues');
    const third = await ask({ model: 'auto', input: 'and now?', previous_response_id: id });
    expect([third.status, records.at(-1)?.ceiling]).toEqual([200, 'own']);
    expect((await ask({ model: 'far/fake', input: 'something else' })).status).toBe(200);
  } finally {
    await gateway.close();
  }
});
