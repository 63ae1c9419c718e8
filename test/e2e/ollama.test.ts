import Anthropic from '@anthropic-ai/sdk';
import { type GenerateResponse, Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

/** What clients of the native doors do beside a conversation, against a real server. */

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

interface World extends Started {
  up: FakeUpstream;
  client: Ollama;
}

async function world(dialect: string, script: Script, models: unknown = { fake: { context: 8192 } }, more: object = {}): Promise<World> {
  const up = await FakeUpstream.start(script);
  const started = await startGateway({
    providers: { up: { dialect, url: up.url, zone: 'own', models } },
    aliases: { coder: 'up/fake' },
    ...more,
  });
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
  );
  return { ...started, up, client: new Ollama({ host: started.url }) };
}

const FACTS = { model: 'fake', created_at: '2026-11-18T09:41:10.1Z' };
const DONE = { done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 2 };
const native = (...messages: object[]): Script => {
  const lines = messages.map(
    (message) => `${JSON.stringify({ ...FACTS, message: { role: 'assistant', content: '', ...message }, done: false })}\n`,
  );
  return (response) => void response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(lines.join(''));
};
const whole = json(200, { ...FACTS, message: { role: 'assistant', content: 'Hi' }, ...DONE });
const user = [{ role: 'user' as const, content: 'hi' }];

describe('a name from the list', () => {
  it('is known at every door', async () => {
    const { client, url, up } = await world('ollama', whole);
    const listed = (await client.list()).models.map(({ model }) => model);
    expect(listed).toEqual(['auto:latest', 'coder:latest', 'up/fake:latest']);
    for (const model of listed) {
      expect((await client.show({ model })).capabilities).toContain('tools');
      expect((await client.chat({ model, messages: user })).message.content).toBe('Hi');
      const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
      expect((await openai.chat.completions.create({ model, messages: user })).choices[0]?.message.content).toBe('Hi');
      expect((await openai.responses.create({ model, input: 'hi' })).output_text).toBe('Hi');
      const anthropic = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 });
      expect((await anthropic.messages.create({ model, max_tokens: 9, messages: user })).content).toMatchObject([{ text: 'Hi' }]);
    }
    expect(new Set(up.seen.map((seen) => seen.url))).toEqual(new Set(['/api/chat']));
    expect(new Set(up.seen.map((seen) => JSON.parse(seen.body).model))).toEqual(new Set(['fake']));
  });

  it('is told with its window, and what would change the server is refused', async () => {
    const { client, up } = await world('openai-chat', whole);
    const shown = await client.show({ model: 'up/fake' });
    expect(shown.model_info).toMatchObject({ 'freehold.context_length': 8192 });
    expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await client.ps()).models).toEqual([]);
    for (const change of [
      () => client.pull({ model: 'x' }),
      () => client.delete({ model: 'x' }),
      () => client.create({ model: 'x', from: 'y' }),
    ])
      await expect(change()).rejects.toMatchObject({ name: 'ResponseError', status_code: 403, error: expect.stringContaining('/api/') });
    await expect(client.show({ model: 'nobody' })).rejects.toMatchObject({ status_code: 404 });
    expect(up.seen).toEqual([]);
  });
});

describe('a question', () => {
  it('streams from another dialect, a line a piece', async () => {
    const { client } = await world('openai-chat', sse([chat.start(), chat.text('a'), chat.text('b'), chat.stop(), chat.done]));
    const lines: GenerateResponse[] = [];
    for await (const line of await client.generate({ model: 'coder', prompt: 'hi', stream: true })) lines.push(line);
    expect(lines.map(({ response, done }) => [response, done])).toEqual([
      ['a', false],
      ['b', false],
      ['', true],
    ]);
  });

  it('to fill in is passed on in its own dialect and refused in others', async () => {
    const answer = json(200, { ...FACTS, response: 'b', ...DONE });
    const request = { model: 'coder', prompt: 'a', suffix: 'c' };
    const own = await world('ollama', answer);
    expect((await own.client.generate(request)).response).toBe('b');
    expect(JSON.parse(own.up.seen[0]!.body)).toEqual({ ...request, model: 'fake', stream: false });
    const other = await world('openai-chat', answer);
    await expect(other.client.generate(request)).rejects.toMatchObject({ status_code: 400, error: expect.stringContaining('suffix') });
    expect(other.up.seen).toEqual([]);
  });
});

describe('a stream', () => {
  it('is the default', async () => {
    const { url } = await world('openai-chat', sse([chat.start(), chat.text('a'), chat.stop(), chat.done]));
    const { headers, text } = await post(`${url}/api/chat`, { model: 'coder', messages: user });
    expect(headers['content-type']).toBe('application/x-ndjson');
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).done),
    ).toEqual([false, true]);
  });

  it.each([
    ['relayed', 'ollama', native({ content: 'half' })],
    ['translated', 'openai-chat', sse([chat.start(), chat.text('half')], 'cut')],
  ])('that breaks off is no answer: %s', async (_, dialect, script) => {
    const { client, records } = await world(dialect, script);
    const read: string[] = [];
    const reading = async () => {
      for await (const line of await client.chat({ model: 'coder', messages: user, stream: true })) read.push(line.message.content);
    };
    await expect(reading()).rejects.toThrow(/broke off|ended its answer/);
    expect(read).toEqual(['half']);
    expect(records[0]?.outcome).not.toBe('ok');
  });

  it('kept alive by space is read as if nothing was', async () => {
    const slow: Script = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      await new Promise((resume) => setTimeout(resume, 2500));
      response.end(chat.start() + chat.text('late') + chat.stop() + chat.done);
    };
    const { client, url } = await world('openai-chat', slow, ['fake'], { server: { keepalive_seconds: 1 } });
    const raw = await post(`${url}/api/chat`, { model: 'coder', messages: user });
    expect(raw.text.startsWith(' ')).toBe(true);
    let text = '';
    for await (const line of await client.chat({ model: 'coder', messages: user, stream: true })) text += line.message.content;
    expect(text).toBe('late');
  }, 15_000);
});

describe('a prompt that does not fit', () => {
  it('is refused in words that agents know, before anybody is asked', async () => {
    const { url, up } = await world('ollama', whole);
    const messages = [{ role: 'user', content: 'word '.repeat(10_000) }];
    const openai = await post(`${url}/v1/chat/completions`, { model: 'coder', messages });
    expect([openai.status, JSON.parse(openai.text).error.code]).toEqual([400, 'context_length_exceeded']);
    const anthropic = await post(`${url}/v1/messages`, { model: 'coder', max_tokens: 9, messages });
    expect([anthropic.status, JSON.parse(anthropic.text).error.message]).toEqual([400, expect.stringContaining('prompt is too long')]);
    expect(up.seen).toEqual([]);
  });

  it('as the server says it keeps its class', async () => {
    const { url } = await world(
      'ollama',
      json(400, { error: 'the prompt is longer than the context length currently available to the model' }),
    );
    const { status, text } = await post(`${url}/v1/chat/completions`, { model: 'coder', messages: user });
    expect([status, JSON.parse(text).error.code]).toEqual([400, 'context_length_exceeded']);
  });
});
