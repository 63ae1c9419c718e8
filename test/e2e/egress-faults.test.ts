import { describe, expect, it } from 'vitest';
import { Inspector } from '../../src/egress/inspect.ts';
import { egressSchema } from '../../src/egress/policy.ts';
import { Scanner } from '../../src/egress/scan.ts';
import type { Stage } from '../../src/exchange/stage.ts';
import { Egress } from '../../src/exchange/stages/egress.ts';
import { egressRules } from '../../src/exchange/stages/egress-rules.ts';
import { zonesSchema } from '../../src/policy/zones.ts';
import { post } from '../fake/call.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, sse } from '../fake/upstream.ts';

const CORE = 'R7kP2mX9qT4vW8nB3cL6zD1fH5jS0aYeU2iO';
const TOKEN = `ghp_${CORE}`;

describe('detectors that do not work', () => {
  const settings = egressSchema.parse({ budget_ms: 30 });
  const rules = egressRules(zonesSchema.parse({}), settings);
  const inspector = (whole: (text: string) => never[]) =>
    new Scanner(new Inspector({ keyword: [], token: [], number: [], whole: [whole] }));
  const broken = {
    throw: inspector(() => {
      throw new Error(`a detector saw ${TOKEN}`);
    }),
    'are slow': inspector(() => {
      const from = performance.now();
      while (performance.now() - from < 20);
      return [];
    }),
    'go mad': {
      scan: () => {
        throw new RangeError('Maximum call stack size exceeded');
      },
    },
    'are given too much': new Scanner(new Inspector({ keyword: [], token: [], number: [], whole: [] })),
  };

  it.each(Object.entries(broken))('that %s let nothing leave, and own models answer', async (how, scanner) => {
    const limited = how === 'are given too much' ? { ...settings, limitLength: 20 } : settings;
    const stage = new Egress({
      rules: () => ({ ...rules, settings: limited, scanner }),
      key: Buffer.alloc(32),
      clock: () => performance.now(),
    });
    const [own, leased, vendor] = (await Promise.all([0, 1, 2].map(() => FakeUpstream.start(json(200, chat.whole('ok')))))) as [
      FakeUpstream,
      FakeUpstream,
      FakeUpstream,
    ];
    const provider = (one: FakeUpstream, zone: string) => ({ dialect: 'openai-chat', url: one.url, zone, models: ['fake'] });
    const { gateway, url, log } = await startGateway(
      {
        egress: { detect: false },
        providers: { own: provider(own, 'own'), leased: provider(leased, 'leased'), vendor: provider(vendor, 'vendor') },
      },
      [stage],
    );
    try {
      const ask = (model: string) => ({
        model,
        messages: [
          { role: 'user', content: TOKEN },
          { role: 'assistant', content: 'a longer text' },
          { role: 'user', content: 'and one more' },
        ],
      });
      for (const model of ['vendor/fake', 'leased/fake']) {
        const refused = await post(`${url}/v1/chat/completions`, ask(model));
        expect(refused.status).toBe(403);
        expect(refused.text).toContain('could not be read');
        expect(refused.text + log.join()).not.toContain(CORE);
      }
      expect((await post(`${url}/v1/chat/completions`, ask('auto'))).status).toBe(200);
      expect([own.seen.length, leased.seen.length, vendor.seen.length]).toEqual([1, 0, 0]);
    } finally {
      await gateway.close();
      await Promise.all([own, leased, vendor].map((one) => one.stop()));
    }
  });
});

describe('a stage of the embedding program', () => {
  it('cannot undo by accident what was replaced', async () => {
    const up = await FakeUpstream.start(json(200, chat.whole('ok')));
    const providers = { far: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models: ['fake'] } };
    const undo: Stage = { name: 'undo', prepare: ({ asked }) => ({ asked }) };
    const { gateway, url } = await startGateway({ providers }, [undo]);
    try {
      for (const door of ['/v1/chat/completions', '/v1/messages']) {
        const answer = await post(url + door, { model: 'far/fake', max_tokens: 9, messages: [{ role: 'user', content: `use ${TOKEN}` }] });
        expect([answer.status, up.seen.length]).toEqual([403, 0]);
      }
      expect(
        (await post(`${url}/v1/messages`, { model: 'far/fake', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] })).status,
      ).toBe(200);
    } finally {
      await gateway.close();
      await up.stop();
    }
  });
});

it('a body too deep to be read does not leave, and the client hears why', async () => {
  const up = await FakeUpstream.start(json(200, chat.whole('ok')));
  const providers = { far: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models: ['fake'] } };
  const zones = { rules: [{ path: '**/crypto/**', zone: 'own' }] };
  const { gateway, url } = await startGateway({ providers, zones });
  try {
    const deep = `{"model":"far/fake","messages":[{"role":"user","content":"${'pad '.repeat(5000)}"}],"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    const answer = await post(`${url}/v1/chat/completions`, deep);
    expect([answer.status, up.seen.length]).toEqual([400, 0]);
    expect(answer.text).toContain('nested too deeply');
  } finally {
    await gateway.close();
    await up.stop();
  }
});

it('an answer that breaks off and is continued elsewhere takes no secret along', async () => {
  const mask = (body: string) => /fh-secret-\w{12}/.exec(body)![0];
  const first = await FakeUpstream.start((response, seen) =>
    sse([chat.start(), chat.text('The token is '), chat.text(mask(seen.body)), chat.text(' and it belongs to'), chat.text(' the')], 'cut')(
      response,
      seen,
    ),
  );
  const second = await FakeUpstream.start((response, seen) =>
    sse([chat.start(), chat.text(' the'), chat.text(' bot.'), chat.stop(), chat.done])(response, seen),
  );
  const provider = ({ url }: FakeUpstream) => ({ dialect: 'openai-chat', url, zone: 'vendor', models: ['fake'] });
  const { gateway, url } = await startGateway({ providers: { first: provider(first), second: provider(second) } });
  try {
    const answer = await post(`${url}/v1/chat/completions`, {
      model: 'auto',
      stream: true,
      messages: [{ role: 'user', content: `whose is ${TOKEN}?` }],
    });
    expect(answer.text).toContain(TOKEN);
    expect(first.seen.length).toBeGreaterThan(0);
    expect(second.seen.length).toBeGreaterThan(0);
    for (const { body } of [...first.seen, ...second.seen]) expect(body).not.toContain(CORE);
    expect(second.seen[0]!.body).toContain(mask(first.seen[0]!.body));
  } finally {
    await gateway.close();
    await Promise.all([first.stop(), second.stop()]);
  }
});
