import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

/** What models get that print what should be told apart, as clients see it: the official SDKs against a real server. */

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function world(script: Script, quirks: string[], model = 'fake'): Promise<Started & { up: FakeUpstream; client: OpenAI }> {
  const up = await FakeUpstream.start(script);
  const started = await startGateway({ providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'own', models: [model], quirks } } });
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
  );
  return { ...started, up, client: new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'none', maxRetries: 0 }) };
}

const messages = [{ role: 'user' as const, content: 'read a.txt' }];
const parameters = { type: 'object', properties: { path: { type: 'string', pattern: '^\\w+$' } }, required: ['path'] };
const tools = [{ type: 'function' as const, function: { name: 'read', parameters } }];
const call = '{"name": "read", "arguments": {"path": "a"}}';
const printed = sse([chat.start(), ...[...call].map((letter) => chat.text(letter)), chat.stop(), chat.done]);

describe('a call that a model prints', () => {
  it('is a call to the client, and told', async () => {
    const { client, records } = await world(printed, [], 'qwen2.5-coder:7b');
    const stream = client.chat.completions.stream({ model: 'up/qwen2.5-coder:7b', messages, tools });
    const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0]!;
    expect([message.content, finish_reason]).toEqual([null, 'tool_calls']);
    expect(message.tool_calls).toMatchObject([{ function: { name: 'read', arguments: '{"path":"a"}' } }]);
    expect(records[0]?.notes).toEqual([{ path: 'answer.read', action: 'changed', why: expect.stringContaining('printed') }]);
  });

  it('is one to a client of another dialect too', async () => {
    const { url } = await world(printed, ['printed-calls']);
    const client = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 });
    const tool = { name: 'read', input_schema: { ...parameters, type: 'object' as const } };
    const { content, stop_reason } = await client.messages.create({ model: 'up/fake', max_tokens: 99, messages, tools: [tool] });
    expect([stop_reason, content]).toMatchObject(['tool_use', [{ type: 'tool_use', name: 'read', input: { path: 'a' } }]]);
  });

  it('costs requests without tools nothing: they are relayed', async () => {
    const { client, records } = await world(printed, ['printed-calls']);
    const stream = client.chat.completions.stream({ model: 'up/fake', messages });
    expect((await stream.finalChatCompletion()).choices[0]!.message.content).toBe(call);
    expect(records[0]).toMatchObject({ path: 'relay', notes: [] });
  });
});

it('tokens of the template are taken off the end of a completion', async () => {
  const answer = { id: 'c', object: 'text_completion', created: 1, model: 'fake' };
  const choice = (text: string, finish_reason: string | null) => ({ index: 0, text, logprobs: null, finish_reason });
  const body = { ...answer, choices: [choice('return a\n<|fim_middle|><|endoftext|>', 'stop')], usage: { completion_tokens: 4 } };
  const { client, records } = await world(json(200, body), ['leaked-tokens']);
  const { choices } = await client.completions.create({ model: 'up/fake', prompt: 'def f(a):\n  ', suffix: '\n', max_tokens: 9 });
  expect(choices[0]).toMatchObject({ text: 'return a\n', finish_reason: 'stop' });
  expect(records[0]?.notes).toMatchObject([{ path: 'answer.text', action: 'changed' }]);
});

it('patterns go out as the engine takes them', async () => {
  const { client, up, records } = await world(printed, ['simple-patterns']);
  await client.chat.completions.stream({ model: 'up/fake', messages, tools }).finalChatCompletion();
  expect(JSON.parse(up.seen[0]!.body).tools[0].function.parameters.properties.path.pattern).toBe('^[A-Za-z0-9_]+$');
  expect(records[0]?.notes).toMatchObject([{ path: 'tools[0].parameters.properties.path.pattern', action: 'changed' }]);
});

describe('a door of its own for filling in', () => {
  const fill = { model: 'up/fake', prompt: 'def f(a):\n  ', suffix: '\n\nf(1)', max_tokens: 20, stop: ['\n\n'], seed: 7, logprobs: 2 };
  const sent = { model: 'fake', prompt: fill.prompt, suffix: fill.suffix, max_tokens: 20, stop: fill.stop, random_seed: 7 };
  const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };

  it('answers whole', async () => {
    const choice = { index: 0, message: { role: 'assistant', content: 'return a' }, finish_reason: 'stop' };
    const { client, up, records } = await world(json(200, { id: 'f', object: 'chat.completion', choices: [choice], usage }), ['fim-path']);
    const answer = await client.completions.create(fill);
    expect(answer).toMatchObject({ object: 'text_completion', choices: [{ text: 'return a', finish_reason: 'stop' }], usage });
    expect([up.seen[0]!.url, JSON.parse(up.seen[0]!.body)]).toEqual(['/v1/fim/completions', sent]);
    expect(records[0]?.notes).toMatchObject([{ path: 'logprobs', action: 'dropped' }]);
  });

  it('answers in a stream', async () => {
    const script = sse([chat.start(), chat.text('return'), chat.text(' a'), chat.stop(), chat.done]);
    const { client, up } = await world(script, ['fim-path']);
    let text = '';
    for await (const chunk of await client.completions.create({ ...fill, stream: true })) text += chunk.choices[0]?.text ?? '';
    expect([text, JSON.parse(up.seen[0]!.body)]).toEqual(['return a', { ...sent, stream: true }]);
  });
});
