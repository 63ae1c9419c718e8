import { afterEach, describe, expect, it } from 'vitest';
import { dialects, type Fixture, having } from '../../src/dialects/contract/fixtures.ts';
import { framesOf, hearFrames, readBack } from '../../src/dialects/contract/run.ts';
import type { Part } from '../../src/protocol/part.ts';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, silence, sse } from '../fake/upstream.ts';

/** What a client gets of an upstream that breaks: relayed streams of every dialect, cut in the middle of tool calls. */

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

/** A gateway with upstreams of one dialect, in this order; `auto` tries them all. */
async function world(
  dialect: string,
  scripts: Script[][],
  settings: Record<string, unknown> = {},
): Promise<Started & { ups: FakeUpstream[] }> {
  const ups = await Promise.all(scripts.map((script) => FakeUpstream.start(...script)));
  const providers = ups.map(({ url }, at) => [`up${at}`, { dialect, url, zone: 'own', models: ['fake'] }]);
  const started = await startGateway({ providers: Object.fromEntries(providers), ...settings });
  running.push({ stop: () => started.gateway.close() }, ...ups);
  return { ...started, ups };
}

const TYPES: Readonly<Record<string, string>> = { sse: 'text/event-stream', ndjson: 'application/x-ndjson' };

/** Sends bytes in two packets and ends without a word, or by cutting the connection. */
function broken({ dialect }: Fixture, bytes: Uint8Array, split: number, cut: boolean): Script {
  return async (response) => {
    response.writeHead(200, { 'content-type': TYPES[dialect.framing] });
    for (const packet of [bytes.subarray(0, split), bytes.subarray(split)]) {
      if (packet.length) await new Promise<void>((sent) => response.write(packet, () => sent()));
      await new Promise((resume) => setTimeout(resume, 1));
    }
    if (cut) response.destroy();
    else response.end();
  };
}

function ask({ dialect }: Fixture, model: string): { path: string; body: Record<string, unknown> } {
  const door = dialect.doors.findLast((one) => !one.includes('*')) ?? dialect.doors.find((one) => /stream/i.test(one))!;
  const asked = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
  const messages = [{ role: 'user', content: 'hi' }];
  const first = dialect.doors[0]!;
  if (first.includes('*')) return { path: `${door.replace('*', model)}?alt=sse`, body: asked };
  if (/responses/.test(first)) return { path: first, body: { model, stream: true, store: false, input: 'hi' } };
  // Who does not ask for the usage does not get the frame that tells it.
  const usage = dialect.usageSwitch && { [dialect.usageSwitch.member]: dialect.usageSwitch.on };
  return { path: first, body: { model, stream: true, max_tokens: 50, messages, ...usage } };
}

/** The calls among parts: begun, and ended. */
function calls(parts: readonly Part[]): { begun: number; ended: number } {
  const begun = parts
    .filter((part) => part.type === 'block-start' && part.block.kind === 'tool-call')
    .map((part) => Reflect.get(part, 'index'));
  return { begun: begun.length, ended: parts.filter((part) => part.type === 'block-end' && begun.includes(part.index)).length };
}

/** Byte offsets behind each frame of a stream. */
function ends({ dialect, stream }: Fixture & { stream: Uint8Array }): number[] {
  const found: number[] = [];
  let count = 0;
  for (let at = 1; at <= stream.length; at++) {
    if (stream[at - 1] !== 10 && at < stream.length) continue;
    const frames = framesOf(dialect, [stream.subarray(0, at)]).length;
    if (frames > count) found.push(at);
    count = frames;
  }
  return found;
}

const called = having('stream').filter(([name, fixture]) => {
  const parts = hearFrames(fixture.dialect, framesOf(fixture.dialect, [fixture.stream]));
  return (
    calls(parts).begun > 0 && parts.some(({ type }) => type === 'finish') && fixture.stream.length < 20_000 && !name.includes('legacy')
  );
});

describe('a relayed stream that breaks in a tool call', () => {
  it('is tried in every dialect', () => {
    expect(new Set(called.map(([, { dialect }]) => dialect.name))).toEqual(new Set(dialects.map(({ name }) => name)));
  });

  it.each(called)('shows no half call and is no success: %s', async (_, fixture) => {
    const { dialect, stream } = fixture;
    const places = ends(fixture);
    const isOver = (to: number) => hearFrames(dialect, framesOf(dialect, [stream.subarray(0, to)])).some(({ type }) => type === 'finish');
    const cuts = places
      .filter((at) => !isOver(at))
      .flatMap((at, n) => [at, at + 7].map((to) => ({ to, split: Math.floor(to / (1 + (n % 3))), cut: n % 2 === 0 })));
    const scripts = cuts.map(({ to, split, cut }) => broken(fixture, stream.subarray(0, to), split, cut));
    const { url, records } = await world(dialect.name, [scripts]);
    for (const { to } of cuts) {
      const { path, body } = ask(fixture, 'up0/fake');
      const { status, text, complete } = await post(url + path, body);
      const where = `after ${to} bytes: ${text}`;
      expect(records.at(-1)?.outcome, where).not.toBe('ok');
      if (status !== 200) continue;
      const parts = hearFrames(dialect, framesOf(dialect, [new TextEncoder().encode(text)]));
      const { begun, ended } = calls(parts);
      expect(begun, where).toBe(ended);
      expect(
        parts.some(({ type }) => type === 'finish'),
        where,
      ).toBe(false);
      if (dialect.cutsBrokenStreams) expect(complete, where).toBe(false);
      else
        expect(
          readBack(dialect, text).some(({ type }) => type === 'fault'),
          where,
        ).toBe(true);
    }
  });

  it.each(called)('is whole byte for byte when it does not break: %s', async (_, fixture) => {
    const { stream, dialect } = fixture;
    const { url, records } = await world(
      dialect.name,
      [1, 2, 3, 5].map((n) => broken(fixture, stream, Math.floor(stream.length / n), false)).map((script) => [script]),
    );
    for (const at of [0, 1, 2, 3]) {
      const { path, body } = ask(fixture, `up${at}/fake`);
      const { text } = await post(url + path, body);
      expect(Buffer.from(text).equals(Buffer.from(stream)), `split ${at}`).toBe(true);
      expect(records.at(-1)).toMatchObject({ outcome: 'ok', path: 'relay' });
    }
  });

  it.each(called.filter(([, { dialect }]) => dialect.cutsBrokenStreams))(
    'is answered by the next target, where a call came first: %s',
    async (_, fixture) => {
      const { dialect, stream } = fixture;
      const whole = hearFrames(dialect, framesOf(dialect, [stream]));
      if (
        whole.find(({ type }) => type === 'block-start') !==
        whole.find((part) => part.type === 'block-start' && part.block.kind === 'tool-call')
      )
        return;
      const places = ends(fixture);
      const within = (at: number) => calls(hearFrames(dialect, framesOf(dialect, [stream.subarray(0, at)]))).begun > 0;
      const half = broken(fixture, stream.subarray(0, places.find(within)), 5, true);
      const { url } = await world(dialect.name, [[half], [broken(fixture, stream, 9, false)]]);
      const { path, body } = ask(fixture, 'auto');
      const answer = await post(url + path, body);
      expect([answer.headers['x-freehold-provider'], answer.complete]).toEqual(['up1', true]);
      expect(Buffer.from(answer.text).equals(Buffer.from(stream))).toBe(true);
    },
  );
});

const CHAT = { model: 'up0/fake', messages: [{ role: 'user', content: 'hi' }] };
const TEXT = [chat.start(), chat.text('Hello'), chat.stop(), chat.done];

describe('a call that a silent stream was kept alive for', () => {
  it('is still answered by the next target when the first breaks off', async () => {
    const call = chat.chunk({ tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{"a"' } }] });
    const slow: Script = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chat.start() + call);
      setTimeout(() => response.destroy(), 300);
    };
    const { url } = await world('openai-chat', [[slow], [sse(TEXT)]], { server: { keepalive_seconds: 0.1 } });
    const answer = await post(`${url}/v1/chat/completions`, { ...CHAT, model: 'auto', stream: true });
    expect(answer.text).toMatch(/^: keepalive\n\n(: keepalive\n\n)*data: /);
    expect(answer.text.endsWith(TEXT.join(''))).toBe(true);
    expect(answer.text).not.toContain('tool_calls');
  });

  it('keeps the content type of the form that was asked for', async () => {
    const settings = { server: { keepalive_seconds: 0.05 }, timeouts: { first_byte_seconds: 0.4 } };
    const { url } = await world('openai-chat', [[silence]], settings);
    const body = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };
    const list = await post(`${url}/v1beta/models/up0%2Ffake:streamGenerateContent`, body);
    expect([list.status, list.headers['content-type']]).toEqual([200, expect.stringContaining('application/json')]);
    const events = await post(`${url}/v1beta/models/up0%2Ffake:streamGenerateContent?alt=sse`, body);
    expect([events.status, events.headers['content-type']]).toEqual([200, expect.stringContaining('text/event-stream')]);
  });
});

describe('a refusal', () => {
  it.each(['openai-chat', 'anthropic'])(
    'of too many requests says when to come back, in whole seconds, also passed through from %s',
    async (name) => {
      const headers = [{}, { 'retry-after': '1.5' }, { 'retry-after-ms': '2100' }, { 'retry-after': 'soon' }];
      const bodies = [{ error: { message: 'slow' } }, { error: { message: 'no', code: 'content_filter' } }, 'busy'];
      const scripts = headers.flatMap((one) => bodies.map((body) => json(429, body, one as Record<string, string>)));
      const { url } = await world(name, [scripts]);
      for (const _ of scripts) {
        const answer = await post(`${url}/v1/chat/completions`, CHAT);
        if (answer.status === 429) expect(answer.headers['retry-after']).toMatch(/^\d+$/);
        else expect(answer.status).toBe(400);
      }
    },
  );

  it.each(['openai-chat', 'anthropic'])('of our key or of a model that we named does not become the client’s own at %s', async (name) => {
    for (const status of [401, 403, 404]) {
      const refused = json(status, { type: 'error', error: { type: 'not_found_error', message: 'model: fake', code: 'model_not_found' } });
      const { url } = await world(name, [[refused], [refused]]);
      const alone = await post(`${url}/v1/chat/completions`, CHAT);
      expect([alone.status, alone.text]).toEqual([502, expect.stringMatching(/up0|key/)]);
    }
    const { url } = await world('openai-chat', [[json(404, { error: { message: 'gone' } })], [json(200, chat.whole('ok'))]]);
    const answer = await post(`${url}/v1/chat/completions`, { ...CHAT, model: 'auto' });
    expect([answer.status, answer.headers['x-freehold-provider']]).toEqual([200, 'up1']);
  });
});
