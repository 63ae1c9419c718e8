import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testModel } from '../../src/engines/fixtures/models.ts';
import { type Started, startGateway } from '../fake/start.ts';

/**
 * The main job, with nothing simulated: the official SDKs, a real server, a real llama.cpp engine in its own process.
 * FREEHOLD_TEST_MODEL names real weights; where there are none, a tiny model with random weights is written.
 */
let started: Started;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  started = await startGateway({ engines: { local: { model: testModel(), parallel: 2, threads: 2 } } });
  await until(async () => (await fetch(`${started.url}/readyz`)).status === 200);
  openai = new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'none', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: started.url, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => started?.gateway.close());

const user = [{ role: 'user' as const, content: 'Once upon a time' }];
/** The client's types no longer know the field; the protocol and older models do. */
const STEADY: object = { temperature: 0 };
const SCHEMA = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false };
const PARAMETERS = {
  type: 'object',
  properties: { city: { type: 'string', enum: ['Paris', 'Rome'] } },
  required: ['city'],
  additionalProperties: false,
};

it('embeddings, as numbers and packed', async () => {
  const input = ['a dog', 'a cat'];
  const packed = await openai.embeddings.create({ model: 'auto', input });
  const plain = await openai.embeddings.create({ model: 'auto', input, encoding_format: 'float' });
  expect(packed.data).toHaveLength(2);
  expect(plain.data[0]!.embedding.length).toBeGreaterThan(8);
  for (const [at, { embedding }] of plain.data.entries())
    for (const [n, value] of embedding.entries()) expect(packed.data[at]!.embedding[n]).toBeCloseTo(value, 3);
  expect(plain.usage.prompt_tokens).toBeGreaterThan(0);
});

it('a text is continued as it is, whole and streamed', async () => {
  const asked = { model: 'auto', prompt: 'Once upon a time', max_tokens: 8, temperature: 0 };
  const whole = await openai.completions.create(asked);
  let text = '';
  for await (const chunk of await openai.completions.create({ ...asked, stream: true })) text += chunk.choices[0]?.text ?? '';
  expect(text).toBe(whole.choices[0]?.text);
  expect(whole.usage?.completion_tokens).toBeGreaterThan(0);
});

describe('Chat Completions', () => {
  it('whole and streamed', async () => {
    const whole = await openai.chat.completions.create({ model: 'auto', messages: user, max_tokens: 12, temperature: 0 });
    expect(whole.choices[0]?.finish_reason).toMatch(/stop|length/);
    expect(whole.usage?.completion_tokens).toBeGreaterThan(0);
    const stream = openai.chat.completions.stream({
      model: 'auto',
      messages: user,
      max_tokens: 12,
      temperature: 0,
      stream_options: { include_usage: true },
    });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(streamed.usage?.completion_tokens).toBe(whole.usage?.completion_tokens);
  });

  it('structured output', async () => {
    const answer = await openai.chat.completions.create({
      model: 'auto',
      messages: user,
      max_tokens: 200,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: SCHEMA, strict: true } },
    });
    expect(typeof JSON.parse(answer.choices[0]!.message.content!).ok).toBe('boolean');
  });

  it('a tool that must be called', async () => {
    const answer = await openai.chat.completions.create({
      model: 'auto',
      messages: user,
      max_tokens: 200,
      tool_choice: 'required',
      tools: [{ type: 'function', function: { name: 'weather', parameters: PARAMETERS } }],
    });
    const [call] = answer.choices[0]!.message.tool_calls ?? [];
    expect(answer.choices[0]!.finish_reason).toBe('tool_calls');
    expect(call?.type === 'function' && ['Paris', 'Rome'].includes(JSON.parse(call.function.arguments).city)).toBe(true);
  });

  it('a prompt beyond the window is told in the words clients know', async () => {
    const long = [{ role: 'user' as const, content: 'once upon '.repeat(60_000) }];
    await expect(openai.chat.completions.create({ model: 'auto', messages: long })).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
    });
  });
});

describe('Responses', () => {
  it('whole and streamed', async () => {
    const whole = await openai.responses.create({ model: 'auto', input: 'Once upon a time', max_output_tokens: 16, temperature: 0 });
    expect(['completed', 'incomplete']).toContain(whole.status);
    expect(whole.usage?.output_tokens).toBeGreaterThan(0);
    const streamed = await openai.responses
      .stream({ model: 'auto', input: 'Once upon a time', max_output_tokens: 16, temperature: 0 })
      .finalResponse();
    expect(streamed.output_text).toBe(whole.output_text);
  });

  it('structured output and a tool that must be called', async () => {
    const answer = await openai.responses.create({
      model: 'auto',
      input: 'hi',
      max_output_tokens: 200,
      text: { format: { type: 'json_schema', name: 'answer', schema: SCHEMA, strict: true } },
    });
    expect(typeof JSON.parse(answer.output_text).ok).toBe('boolean');
    const called = await openai.responses
      .stream({
        model: 'auto',
        input: 'hi',
        max_output_tokens: 200,
        tool_choice: 'required',
        tools: [{ type: 'function', name: 'weather', parameters: PARAMETERS, strict: true }],
      })
      .finalResponse();
    expect(called.output.map((item) => item.type)).toContain('function_call');
  });
});

describe('Messages', () => {
  it('whole and streamed', async () => {
    const whole = await anthropic.messages.create({ model: 'auto', messages: user, max_tokens: 12, ...STEADY });
    expect(whole.stop_reason).toMatch(/end_turn|max_tokens/);
    expect(whole.usage.output_tokens).toBeGreaterThan(0);
    const streamed = await anthropic.messages.stream({ model: 'auto', messages: user, max_tokens: 12, ...STEADY }).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
  });

  it('structured output and a tool that must be called', async () => {
    const answer = await anthropic.messages.create({
      model: 'auto',
      messages: user,
      max_tokens: 200,
      output_config: { format: { type: 'json_schema', schema: SCHEMA } },
    });
    const [block] = answer.content;
    expect(block?.type === 'text' && typeof JSON.parse(block.text).ok).toBe('boolean');
    const called = await anthropic.messages
      .stream({
        model: 'auto',
        messages: user,
        max_tokens: 200,
        tool_choice: { type: 'any' },
        tools: [{ name: 'weather', input_schema: { ...PARAMETERS, type: 'object' } }],
      })
      .finalMessage();
    expect(called.stop_reason).toBe('tool_use');
    const call = called.content.find((one) => one.type === 'tool_use');
    expect(call?.input).toEqual({ city: expect.stringMatching(/^(Paris|Rome)$/) });
  });
});

describe('the engine', () => {
  it('is free again when a client hangs up, streamed or not', async () => {
    const before = started.records.length;
    for (const stream of [true, false]) {
      const abort = new AbortController();
      const asking = openai.chat.completions.create(
        { model: 'auto', messages: user, max_tokens: 100_000, stream },
        { signal: abort.signal },
      );
      if (stream) for await (const _ of (await asking) as AsyncIterable<unknown>) break;
      abort.abort();
      if (!stream) await expect(asking).rejects.toThrow();
    }
    await until(() => started.records.length >= before + 1);
    // Two seats: all of these are answered only when nobody computes for those who left.
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => openai.chat.completions.create({ model: 'auto', messages: user, max_tokens: 4 })),
    );
    expect(answers).toHaveLength(4);
  });

  it('answers through every name it has', async () => {
    const models = await openai.models.list();
    const id = models.data.map((model) => model.id).find((name) => name.startsWith('local/'))!;
    for (const model of [id, id.slice('local/'.length), 'local', 'claude-sonnet-4-5', 'gpt-5']) {
      const answer = await openai.chat.completions.create({ model, messages: user, max_tokens: 2 });
      expect(answer.choices).toHaveLength(1);
    }
    await expect(openai.chat.completions.create({ model: 'nobody', messages: user })).rejects.toMatchObject({ status: 404 });
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resume) => setTimeout(resume, 50));
}
