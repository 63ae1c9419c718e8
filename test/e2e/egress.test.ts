import { afterEach, describe, expect, it } from 'vitest';
import { configFrom } from '../../src/config/load.ts';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

interface World extends Started {
  own: FakeUpstream;
  leased: FakeUpstream;
  vendor: FakeUpstream;
}

/** A gateway with one upstream in each zone, which all serve the model `fake`; `auto` prefers the nearest. */
async function world(settings: Record<string, unknown>, ...scripts: Script[]): Promise<World> {
  const whole = scripts.length ? scripts : [json(200, chat.whole('ok'))];
  const [own, leased, vendor] = (await Promise.all([0, 1, 2].map(() => FakeUpstream.start(...whole)))) as [
    FakeUpstream,
    FakeUpstream,
    FakeUpstream,
  ];
  const provider = (up: FakeUpstream, zone: string) => ({ dialect: 'openai-chat', url: up.url, zone, models: ['fake'] });
  const providers = { own: provider(own, 'own'), leased: provider(leased, 'leased'), vendor: provider(vendor, 'vendor') };
  const started = await startGateway({ providers, ...settings });
  stops.push(() => started.gateway.close(), ...[own, leased, vendor].map((up) => () => up.stop()));
  return { ...started, own, leased, vendor };
}

const ask = (model: string, text = 'hello') => ({ model, max_tokens: 50, messages: [{ role: 'user', content: text }] });
const seen = ({ own, leased, vendor }: World) => [own, leased, vendor].map((up) => up.seen.length);

describe('zones', () => {
  it('a header keeps a request near; the answer says which zone it came from', async () => {
    const it = await world({});
    const answer = await post(`${it.url}/v1/chat/completions`, ask('vendor/fake'), { 'x-freehold-zone': 'leased' });
    expect([answer.status, seen(it)]).toEqual([403, [0, 0, 0]]);
    expect(answer.text).toMatch(/zone \\"leased\\" \(header x-freehold-zone\).*zone \\"vendor\\" only/);
    const near = await post(`${it.url}/v1/chat/completions`, ask('leased/fake'), { 'x-freehold-zone': 'leased' });
    expect([near.status, near.headers['x-freehold-zone'], seen(it)]).toEqual([200, 'leased', [0, 1, 0]]);
    expect(it.records[1]).toMatchObject({ ceiling: 'leased', ceilingRule: 'header x-freehold-zone' });
  });

  it('a header that names no zone is refused', async () => {
    const it = await world({});
    const answer = await post(`${it.url}/v1/messages`, ask('own/fake'), { 'x-freehold-zone': 'moon' });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      400,
      { type: 'error', error: { message: expect.stringContaining('own, leased, vendor') } },
    ]);
  });

  it('a fallback never goes farther', async () => {
    const it = await world({ resilience: { retries: 0 } }, json(500, { error: { message: 'down' } }));
    const answer = await post(`${it.url}/v1/chat/completions`, ask('auto'), { 'x-freehold-zone': 'leased' });
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(seen(it)).toEqual([1, 1, 0]);
  });

  const rules = {
    zones: {
      rules: [
        { name: 'crypto', path: '**/crypto/**', zone: 'own' },
        { repo: 'github.com/acme/secret-*', zone: 'leased' },
      ],
    },
  };

  it.each([
    ['/v1/chat/completions', { messages: [{ role: 'user', content: 'look at src/crypto/aes.ts' }] }],
    [
      '/v1/chat/completions',
      {
        messages: [
          {
            role: 'assistant',
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'read', arguments: '{"file_path":"/w/src/crypto/x.ts"}' } }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'code' },
        ],
      },
    ],
    [
      '/v1/messages',
      {
        max_tokens: 5,
        system: [{ type: 'text', text: '<env>\n  Working directory: /w/crypto/lib\n</env>' }],
        messages: [{ role: 'user', content: 'hi' }],
      },
    ],
    [
      '/v1/messages',
      { max_tokens: 5, messages: [{ role: 'user', content: [{ type: 'text', text: 'diff --git a/crypto/x.c b/crypto/x.c' }] }] },
    ],
    [
      '/v1/responses',
      {
        input: [
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: '<environment_context>\n  <cwd>/w/crypto/y</cwd>' }] },
        ],
      },
    ],
  ])('a path rule keeps what speaks of the path at home: %s %#', async (door, body) => {
    const it = await world(rules);
    const far = await post(it.url + door, { model: 'vendor/fake', ...body });
    expect([far.status, seen(it)]).toEqual([403, [0, 0, 0]]);
    expect(far.text).toContain('rule \\"crypto\\"');
    expect((await post(it.url + door, { model: 'auto', ...body })).status).toBe(200);
    expect(seen(it)).toEqual([1, 0, 0]);
  });

  it('a repository rule holds for a remote and for a declared repository', async () => {
    const it = await world(rules);
    const remote = ask('vendor/fake', 'origin\tgit@github.com:acme/secret-x.git (fetch)');
    expect((await post(`${it.url}/v1/chat/completions`, remote)).status).toBe(403);
    const declared = { 'x-freehold-repository': 'https://github.com/acme/secret-y.git' };
    expect((await post(`${it.url}/v1/chat/completions`, ask('vendor/fake'), declared)).status).toBe(403);
    expect((await post(`${it.url}/v1/chat/completions`, ask('leased/fake'), declared)).status).toBe(200);
    expect(it.records.at(-1)).toMatchObject({ repository: 'github.com/acme/secret-y', ceiling: 'leased' });
    expect(
      (await post(`${it.url}/v1/chat/completions`, ask('vendor/fake'), { 'x-freehold-repository': 'github.com/acme/app' })).status,
    ).toBe(200);
    expect(seen(it)).toEqual([0, 1, 1]);
    expect(it.vendor.seen[0]!.headers).not.toHaveProperty('x-freehold-repository');
  });

  it('a conversation stays where a rule once put it, also when its history is cut', async () => {
    const it = await world(rules);
    const session = { 'x-claude-code-session-id': 'one' };
    expect((await post(`${it.url}/v1/messages`, ask('vendor/fake', 'read src/crypto/aes.ts'), session)).status).toBe(403);
    expect((await post(`${it.url}/v1/messages`, ask('vendor/fake', 'go on'), session)).status).toBe(403);
    expect((await post(`${it.url}/v1/messages`, ask('vendor/fake', 'go on'), { 'x-claude-code-session-id': 'two' })).status).toBe(200);
    expect(seen(it)).toEqual([0, 0, 1]);
  });

  it('rules change with the configuration, without a restart', async () => {
    const it = await world({});
    const about = ask('vendor/fake', 'look at src/crypto/aes.ts');
    expect((await post(`${it.url}/v1/chat/completions`, about)).status).toBe(200);
    const provider = { dialect: 'openai-chat', url: it.vendor.url, zone: 'vendor', models: ['fake'] };
    await it.gateway.apply(configFrom({ server: { port: 0 }, providers: { vendor: provider }, ...rules }));
    expect((await post(`${it.url}/v1/chat/completions`, about)).status).toBe(403);
    await it.gateway.apply(
      configFrom({ server: { port: 0 }, providers: { vendor: { ...provider, zone: 'leased' } }, zones: { default: 'leased' } }),
    );
    expect((await post(`${it.url}/v1/chat/completions`, about)).status).toBe(200);
    expect(seen(it)).toEqual([0, 0, 2]);
  });

  it('two providers at one origin are as far as the farther one', async () => {
    const up = await FakeUpstream.start(json(200, chat.whole('ok')));
    const provider = (zone: string) => ({ dialect: 'openai-chat', url: up.url, zone, models: ['fake'] });
    const started = await startGateway({ providers: { near: provider('own'), far: provider('vendor') } });
    stops.push(
      () => started.gateway.close(),
      () => up.stop(),
    );
    const answer = await post(`${started.url}/v1/chat/completions`, ask('near/fake'), { 'x-freehold-zone': 'own' });
    expect([answer.status, up.seen.length]).toEqual([403, 0]);
  });
});

const KEY = 'ghp_R7kP2mX9qT4vW8nB3cL6zD1fH5jS0aYeU2iO';
const PRIVATE = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA7x2kQ9vT'.repeat(20)}\n-----END RSA PRIVATE KEY-----`;

describe('findings', () => {
  it('are replaced towards vendors and put back in the answer, whole', async () => {
    const it = await world({}, (response, request) => {
      const said = (JSON.parse(request.body) as { messages: { content: string }[] }).messages[0]!.content;
      json(200, chat.whole(`you said: ${said}`))(response, request);
    });
    const answer = await post(`${it.url}/v1/chat/completions`, ask('vendor/fake', `my token is ${KEY}, keep it`));
    expect(JSON.parse(answer.text).choices[0].message.content).toBe(`you said: my token is ${KEY}, keep it`);
    expect(it.vendor.seen[0]!.body).not.toContain(KEY);
    expect(it.vendor.seen[0]!.body).toMatch(/my token is fh-secret-\w{12}, keep it/);
    expect(it.records[0]).toMatchObject({
      findings: [{ kind: 'secret', action: 'redact', count: 1 }],
      attempts: [{ redacted: expect.anything() }],
    });
    expect(JSON.stringify(it.records[0])).not.toContain(KEY.slice(4));
  });

  it('are put back in streams, in text and in arguments, however they are cut', async () => {
    const it = await world({}, (response, request) => {
      const said = (JSON.parse(request.body) as { messages: { content: string }[] }).messages[0]!.content;
      const mask = /fh-secret-\w{12}/.exec(said)![0];
      const call = (text: string, first: boolean) =>
        chat.chunk({
          tool_calls: [
            { index: 0, ...(first && { id: 'c1', type: 'function' }), function: { ...(first && { name: 'use' }), arguments: text } },
          ],
        });
      const pieces = [...mask].map((letter) => chat.text(letter));
      const args = [...JSON.stringify({ token: mask })].map((letter, at) => call(letter, at === 0));
      return sse([chat.start(), ...pieces, ...args, chat.chunk({}, 'tool_calls'), chat.done])(response, request);
    });
    for (const [door, extra] of [
      ['/v1/chat/completions', {}],
      ['/v1/messages', {}],
    ] as const) {
      const tool = door.endsWith('messages')
        ? { name: 'use', input_schema: { type: 'object' } }
        : { type: 'function', function: { name: 'use', parameters: { type: 'object' } } };
      const answer = await post(it.url + door, { ...ask('vendor/fake', `token ${KEY}`), ...extra, tools: [tool], stream: true });
      const texts = [...answer.text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => data!).join('\n');
      expect(texts).not.toContain('fh-secret');
      expect(texts.match(new RegExp(KEY, 'g'))!.length, door).toBeGreaterThanOrEqual(2);
    }
    expect(it.vendor.seen.every(({ body }) => !body.includes(KEY))).toBe(true);
  });

  it('leave models at home alone: what is relayed there is not touched', async () => {
    const it = await world({});
    await post(`${it.url}/v1/chat/completions`, ask('own/fake', `my token is ${KEY}`));
    expect(it.own.seen[0]!.body).toContain(KEY);
    expect(it.records[0]!.findings).toBeUndefined();
  });

  it('that may not leave are refused with the rule’s name, in the caller’s dialect, without what was found', async () => {
    const it = await world({});
    const answer = await post(`${it.url}/v1/messages`, ask('vendor/fake', PRIVATE));
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([403, { type: 'error', error: { type: 'permission_error' } }]);
    expect(answer.text).toContain('private-key');
    expect(answer.text).not.toContain('MIIE');
    expect(seen(it)).toEqual([0, 0, 0]);
  });

  it('for own models only go home, and the conversation stays there', async () => {
    const it = await world({ egress: { words: { projects: ['bluebird'] } } });
    const session = { 'session-id': 's' };
    const answer = await post(`${it.url}/v1/chat/completions`, ask('auto', 'what about Bluebird?'), session);
    expect([answer.status, seen(it)]).toEqual([200, [1, 0, 0]]);
    const far = await post(`${it.url}/v1/chat/completions`, ask('vendor/fake', 'what about Bluebird?'), session);
    expect([far.status, seen(it)]).toEqual([403, [1, 0, 0]]);
    expect(far.text).toContain('projects');
    expect((await post(`${it.url}/v1/chat/completions`, ask('vendor/fake', 'and now?'), session)).status).toBe(403);
  });

  it('in headers and parameters are left out, with a note', async () => {
    const it = await world({});
    const answer = await post(`${it.url}/v1/chat/completions?trace=${KEY}&lang=en`, ask('vendor/fake'), {
      'x-my-token': KEY,
      'x-harmless': 'yes',
    });
    expect(answer.status).toBe(200);
    const { headers, url } = it.vendor.seen[0]!;
    expect(JSON.stringify([headers, url])).not.toContain(KEY);
    expect([headers['x-harmless'], url]).toEqual(['yes', expect.stringContaining('lang=en')]);
    expect(answer.headers['x-freehold-notes']).toContain('x-my-token');
  });

  it('in the name of a model are refused', async () => {
    const up = await FakeUpstream.start(json(200, chat.whole('ok')));
    const started = await startGateway({ providers: { far: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models: [KEY] } } });
    stops.push(
      () => started.gateway.close(),
      () => up.stop(),
    );
    const answer = await post(`${started.url}/v1/chat/completions`, ask(`far/${KEY}`));
    expect([answer.status, up.seen.length]).toEqual([403, 0]);
  });

  it('behind a member that stands there twice do not leave', async () => {
    const it = await world({});
    const body = `{"model":"vendor/fake","max_tokens":9,"metadata":{"a":"${KEY}","a":"x"},"messages":[{"role":"user","content":"${KEY}"}],"messages":[{"role":"user","content":"hi"}]}`;
    expect((await post(`${it.url}/v1/chat/completions`, body)).status).toBe(200);
    expect(it.vendor.seen[0]!.body).not.toContain(KEY);
    expect(it.vendor.seen[0]!.body).toContain('hi');
  });
});
