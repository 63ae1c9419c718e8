import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, datas, open, post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, reset, type Script, silence, sse } from '../fake/upstream.ts';

/** The three doors, each asking the same thing; the upstream speaks openai-chat, so the first relays and the others translate. */
const DOORS = [
  { door: '/v1/chat/completions', ask: (stream: boolean) => ({ model: 'up/fake', stream, messages: [{ role: 'user', content: 'hi' }] }) },
  {
    door: '/v1/messages',
    ask: (stream: boolean) => ({ model: 'up/fake', stream, max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] }),
  },
  { door: '/v1/responses', ask: (stream: boolean) => ({ model: 'up/fake', stream, input: 'hi' }) },
] as const;

const open_: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open_.splice(0).map((one) => one.stop()));
});

interface World extends Started {
  up: FakeUpstream;
  other: FakeUpstream;
}

/** A gateway with the upstream `up` in front and `other` behind it; `auto` tries both. */
async function world(script: Script | Script[], settings: Record<string, unknown> = {}): Promise<World> {
  const up = await FakeUpstream.start(...[script].flat());
  const other = await FakeUpstream.start((response, seen) =>
    seen.body.includes('"stream":true') ? sse(TEXT)(response, seen) : json(200, chat.whole('from the other'))(response, seen),
  );
  const provider = (url: string) => ({ dialect: 'openai-chat', url, zone: 'own', models: ['fake'] });
  const started = await startGateway({ providers: { up: provider(up.url), other: provider(other.url) }, ...settings });
  open_.push({ stop: () => started.gateway.close() }, up, other);
  return { ...started, up, other };
}

const TEXT = [chat.start(), chat.text('Hel'), chat.text('lo'), chat.stop(), chat.done];
/** What each dialect's stream says when it ended well, and what when it did not. */
const FINE = /\[DONE\]|message_stop|response\.completed/;
const FAILED = /"error":\{|response\.failed/;

/** A stream that broke off is cut: an error event would end the task of some clients, which ask again after a cut. */
function expectBroken({ text, complete }: Answer): void {
  expect([complete, text.match(FAILED)]).toEqual([false, null]);
  expect(text).not.toMatch(FINE);
}

describe.each(DOORS)('$door', ({ door, ask }) => {
  it('answers whole and streamed', async () => {
    const { url } = await world((response, seen) =>
      (seen.body.includes('"stream":true') ? sse(TEXT) : json(200, chat.whole('Hello')))(response, seen),
    );
    const whole = await post(url + door, ask(false));
    expect(whole.status).toBe(200);
    expect(whole.text).toContain('Hello');
    expect(whole.headers).toMatchObject({ 'x-freehold-provider': 'up', 'x-freehold-model': 'fake', 'x-freehold-zone': 'own' });
    expect(Number(whole.headers['x-freehold-overhead-ms'])).toBeGreaterThanOrEqual(0);
    const stream = await post(url + door, ask(true));
    expect(stream.headers['content-type']).toContain('text/event-stream');
    // Proxies on the way must pass each event on at once.
    expect(stream.headers).toMatchObject({ 'x-accel-buffering': 'no', 'cache-control': expect.stringContaining('no-transform') });
    expect(stream.text).toMatch(FINE);
    expect(stream.text).not.toMatch(FAILED);
  });

  it.each([
    ['cut after content', sse(TEXT.slice(0, 2), 'cut')],
    ['ended cleanly without a terminal event', sse(TEXT.slice(0, 3))],
    ['ended by an in-band error', sse([...TEXT.slice(0, 3), 'data: {"error":{"message":"boom","type":"server_error"}}\n\n'])],
    ['ended by a frame that is no JSON', sse([...TEXT.slice(0, 3), 'data: {"choi\n\n'])],
  ])('a stream %s is an error in the client’s dialect, never a success', async (_, script) => {
    const { url, records } = await world(script);
    const answer = await post(url + door, ask(true));
    expectBroken(answer);
    expect(answer.text).not.toMatch(/message_stop|response\.completed|"finish_reason":"stop"/);
    expect(records[0]?.outcome).not.toBe('ok');
  });

  it.each([
    ['an in-band error', sse(['data: {"error":{"message":"overloaded","type":"server_error","code":503}}\n\n'])],
    ['an empty stream', sse([])],
    ['a stop without a word', sse([chat.start(), chat.stop(), chat.done])],
    ['a cut', sse([chat.start()], 'cut')],
    ['a body that is no JSON', (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('<html>')],
    ['an empty body', (response) => void response.writeHead(200).end()],
    ['a reset', reset],
    ['500', json(500, { error: { message: 'boom' } })],
    ['our key refused', json(401, { error: { message: 'bad key' } })],
  ] as [string, Script][])(
    '%s before content is answered with its status, and by the next target where there is one',
    async (_, script) => {
      for (const stream of [true, false]) {
        const { url } = await world(script);
        const alone = await post(url + door, ask(stream));
        expect(alone.status).toBeGreaterThanOrEqual(500);
        expect(JSON.parse(alone.text)).toHaveProperty('error');
        expect(alone.text).not.toContain('<html>');
        const both = await post(url + door, { ...ask(stream), model: 'auto' });
        expect(both.status).toBe(200);
        expect(both.headers['x-freehold-provider']).toBe('other');
      }
    },
  );

  it('half an answer is never sent whole, whatever form the provider chose', async () => {
    for (const script of [
      sse(TEXT.slice(0, 3)),
      sse(TEXT.slice(0, 3), 'cut'),
      sse([...TEXT.slice(0, 3), 'data: {"error":{"message":"boom"}}\n\n']),
    ]) {
      const { url } = await world(script);
      expect((await post(url + door, ask(false))).status).toBeGreaterThanOrEqual(500);
      const both = await post(url + door, { ...ask(false), model: 'auto' });
      expect([both.status, both.headers['x-freehold-provider']]).toEqual([200, 'other']);
    }
  });

  it('a rate limit keeps its class and always says when to come back', async () => {
    const { url, up } = await world(json(429, { error: { message: 'slow down' } }, { 'retry-after': '7' }));
    const told = await post(url + door, ask(true));
    expect([told.status, told.headers['retry-after']]).toEqual([429, '7']);
    // Whoever comes within that time is told so without asking the provider again.
    const again = await post(url + door, ask(true));
    expect([again.status, Number(again.headers['retry-after'])]).toEqual([429, expect.closeTo(7, 0)]);
    expect(up.seen).toHaveLength(1);
    const other = await world(json(429, { error: { message: 'slow down' } }), { resilience: { retries: 0 } });
    const untold = await post(other.url + door, ask(true));
    expect([untold.status, untold.headers['retry-after']]).toEqual([429, '1']);
  });

  it('a client that leaves ends the upstream call at once: before headers, in mid-stream, and without streaming', async () => {
    const { url, up, records } = await world([silence, sse(TEXT.slice(0, 2), 'hang'), silence]);
    for (const [at, stream] of [true, true, false].entries()) {
      const call = open(url + door, ask(stream));
      await until(() => up.seen.length === at + 1);
      if (at === 1) await call.response;
      call.leave();
      await up.seen[at]!.aborted;
      await until(() => records.length === at + 1);
      expect(records[at]).toMatchObject({ outcome: 'cancelled', status: 499 });
    }
  });

  it('keeps a silent stream alive, also before the upstream answers, and the idle clock still runs', async () => {
    const { url, records } = await world(silence, { server: { keepalive_seconds: 0.1 }, timeouts: { first_byte_seconds: 0.6 } });
    const answer = await post(url + door, ask(true));
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^(: keepalive|event: ping)/);
    expectBroken(answer);
    expect(records[0]?.outcome).toBe('timeout');
  });

  it('an upstream that falls silent in mid-answer is given up', async () => {
    const { url, records } = await world(sse(TEXT.slice(0, 2), 'hang'), { timeouts: { idle_seconds: 0.2 } });
    const answer = await post(url + door, ask(true));
    expectBroken(answer);
    expect(records[0]?.outcome).toBe('timeout');
  });

  it.each([
    ['no JSON', '{"model":"up/fake",', 'body'],
    ['an empty body', '', 'body'],
    ['no object', '[1]', ''],
    ['no model', '{"messages":[],"input":"x","max_tokens":1}', 'model'],
  ])('tells %s in its own shape', async (_, body, field) => {
    const { url, up } = await world(json(200, chat.whole('x')));
    const answer = await post(url + door, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error.message).toContain(field);
    expect(up.seen).toHaveLength(0);
  });

  it('an unknown model is a 404 that names near ones', async () => {
    const { url } = await world(json(200, chat.whole('x')));
    const answer = await post(url + door, { ...ask(false), model: 'up/fakke' });
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('up/fake');
  });
});

describe('relay', () => {
  it('sends the client’s bytes with only the model renamed, and returns the provider’s bytes', async () => {
    const reply =
      '{"id":"x" , "choices":[{"index":0,"message":{"role":"assistant","content":"ok","new_field":1},"finish_reason":"stop"}],"brand_new":{"a":[1]}}';
    const { url, up } = await world(
      (response) => void response.writeHead(200, { 'content-type': 'application/json', 'x-ratelimit-remaining-tokens': '9' }).end(reply),
    );
    const body = '{ "unknown" : 1.50, "messages":[{"role":"user","content":"\\u00e9"}],"model":"up/fake" }';
    const answer = await post(`${url}/v1/chat/completions?beta=true`, body, { 'x-custom': 'kept', authorization: 'Bearer caller' });
    expect(up.seen[0]?.body).toBe('{ "unknown" : 1.50, "messages":[{"role":"user","content":"\\u00e9"}],"model":"fake" }');
    expect(up.seen[0]?.url).toBe('/v1/chat/completions?beta=true');
    expect(up.seen[0]?.headers).toMatchObject({ 'x-custom': 'kept' });
    expect(up.seen[0]?.headers.authorization).toBeUndefined();
    expect(answer.text).toBe(reply);
    expect(answer.headers['x-ratelimit-remaining-tokens']).toBe('9');
  });

  it('returns a stream byte for byte, comments and unknown events included', async () => {
    const pieces = [': hello\n\n', chat.start(), 'event: new\r\ndata: {"choices":[]}\r\n\r\n', chat.text('é'), chat.stop(), chat.done];
    const { url } = await world(sse(pieces, 'end', 5));
    const answer = await post(`${url}/v1/chat/completions`, DOORS[0].ask(true));
    expect(answer.text).toBe(pieces.join(''));
  });

  it('answers a stream when the provider sent a whole answer, and whole when it sent a stream', async () => {
    const { url } = await world([json(200, chat.whole('Hello')), sse(TEXT)]);
    const stream = await post(`${url}/v1/chat/completions`, DOORS[0].ask(true));
    expect(datas(stream.text).at(-1)).toBe('[DONE]');
    expect(stream.text).toContain('"content":"Hello"');
    const whole = await post(`${url}/v1/chat/completions`, DOORS[0].ask(false));
    expect(JSON.parse(whole.text).choices[0].message.content).toBe('Hello');
  });

  it('passes a provider’s refusal in its own words', async () => {
    const { url } = await world(
      json(400, { error: { message: 'max_tokens is too large', type: 'invalid_request_error', param: 'max_tokens', code: null } }),
    );
    const answer = await post(`${url}/v1/chat/completions`, DOORS[0].ask(false));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error).toEqual({
      message: 'max_tokens is too large',
      type: 'invalid_request_error',
      param: 'max_tokens',
      code: null,
    });
  });

  it('asks again with whole characters when a provider refuses half ones', async () => {
    const { url, up } = await world((response, seen) =>
      (seen.body.includes('\\ud83d') ? json(400, { error: { message: 'no low surrogate in string' } }) : json(200, chat.whole('ok')))(
        response,
        seen,
      ),
    );
    const content = 'cut \ud83d emoji 🚀';
    const answer = await post(`${url}/v1/chat/completions`, { model: 'up/fake', messages: [{ role: 'user', content }] });
    expect(answer.status).toBe(200);
    expect(up.seen.map(({ body }) => JSON.parse(body).messages[0].content)).toEqual([content, 'cut \ufffd emoji 🚀']);
  });

  it('tells what is wrong with a large body in its own words when the provider refuses it', async () => {
    const { url } = await world(json(400, { error: { message: 'bad request' } }));
    const answer = await post(
      `${url}/v1/chat/completions`,
      `{"model":"up/fake","messages":[{"role":"user","content":"${'x'.repeat(20_000)}"}`,
    );
    expect(JSON.parse(answer.text).error.message).toContain('not valid JSON');
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resume) => setTimeout(resume, 5));
}
