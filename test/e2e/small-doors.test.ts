import { createHash } from 'node:crypto';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

/** The doors beside the conversations, with the official SDKs against a real server. */

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function world(
  dialect: string,
  script: Script,
  more: object = {},
  models: unknown = ['fake'],
): Promise<Started & { up: FakeUpstream }> {
  const up = await FakeUpstream.start(script);
  const started = await startGateway({ providers: { up: { dialect, url: up.url, zone: 'own', models } }, ...more });
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
  );
  return { ...started, up };
}

describe('token counts', () => {
  const request = { model: 'up/fake', messages: [{ role: 'user' as const, content: 'How many tokens are these?' }] };
  const nobody = json(500, {});

  it('are estimated for any model, 34 at once, and nobody is asked', async () => {
    const { url, up } = await world('openai-chat', nobody);
    const client = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 });
    const { input_tokens } = await client.messages.countTokens(request);
    expect(input_tokens).toBeGreaterThan(6);
    expect(input_tokens).toBeLessThan(30);
    const burst = await Promise.all(
      Array.from({ length: 34 }, () => client.beta.messages.countTokens({ ...request, model: 'unheard-of' })),
    );
    expect(burst).toEqual(burst.map(() => ({ input_tokens, estimated: true })));
    expect(up.seen).toEqual([]);
  });

  it('need the key where one is set, and say what is wrong in the caller’s shape', async () => {
    const key = 'fh-test-key-123';
    const { url } = await world('openai-chat', nobody, {
      keys: { alice: `sha256:${createHash('sha256').update(key).digest('hex')}` },
    });
    const path = `${url}/v1/messages/count_tokens`;
    expect((await post(path, request)).status).toBe(401);
    expect((await post(path, request, { 'x-api-key': key })).status).toBe(200);
    const broken = await post(path, { model: 'm', messages: 'hi' }, { 'x-api-key': key });
    expect([broken.status, JSON.parse(broken.text)]).toEqual([
      400,
      expect.objectContaining({
        type: 'error',
        error: { type: 'invalid_request_error', message: expect.stringContaining('messages') },
      }),
    ]);
  });
});

describe('embeddings', () => {
  const two = [
    { object: 'embedding', index: 1, embedding: [0.5, -0.25] },
    { object: 'embedding', index: 0, embedding: [1, 0] },
  ];
  const usage = { prompt_tokens: 7, total_tokens: 7 };
  const floats = json(200, { object: 'list', data: two, model: 'fake', usage });
  const packed = json(200, { object: 'list', data: [{ object: 'embedding', index: 0, embedding: 'AACAPwAAAL4=' }], model: 'fake', usage });
  const openai = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });

  it.each(['openai-chat', 'openai-responses'])('come from a provider of %s, in the encoding asked for and in order', async (dialect) => {
    const { url, up, records } = await world(dialect, floats);
    // The SDK asks for base64 by itself and decodes without looking; this provider gives floats to everyone.
    const { data } = await openai(url).embeddings.create({ model: 'up/fake', input: ['a', 'b'] });
    expect(data.map(({ embedding }) => [...embedding])).toEqual([
      [1, 0],
      [0.5, -0.25],
    ]);
    expect(up.seen.map((seen) => seen.url)).toEqual(['/v1/embeddings']);
    expect(JSON.parse(up.seen[0]!.body)).toEqual({ model: 'fake', input: ['a', 'b'], encoding_format: 'base64' });
    expect(records[0]).toMatchObject({ outcome: 'ok', usage: { input: 7 }, path: 'relay', stream: false });
  });

  it('are relayed byte for byte where the provider does as asked', async () => {
    const { url, up } = await world('openai-chat', packed);
    const asked = { model: 'up/fake', input: [1, 2, 3], encoding_format: 'base64', user: 'ann', tomorrow: { a: 1 } };
    const { status, text, headers } = await post(`${url}/embeddings`, asked);
    expect([status, text, headers['x-freehold-provider']]).toEqual([
      200,
      '{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAL4="}],"model":"fake","usage":{"prompt_tokens":7,"total_tokens":7}}',
      'up',
    ]);
    expect(JSON.parse(up.seen[0]!.body)).toEqual({ ...asked, model: 'fake' });
    const plain = JSON.parse((await post(`${url}/v1/embeddings`, { ...asked, encoding_format: 'float' })).text);
    expect(plain).toMatchObject({ data: [{ embedding: [1, -0.125] }], usage });
  });

  it('of another length than asked for are told', async () => {
    const { url } = await world('openai-chat', packed);
    const { headers } = await post(`${url}/v1/embeddings`, { model: 'up/fake', input: 'a', encoding_format: 'base64', dimensions: 64 });
    expect(headers['x-freehold-notes']).toMatch(/dimensions.*vectors of 2/);
  });

  it.each<[string, object, RegExp, string]>([
    ['no input', {}, /input/, 'openai-chat'],
    ['an empty text', { input: ['a', ''] }, /input\[1\]/, 'openai-chat'],
    ['a wrong encoding', { input: 'a', encoding_format: 'int8' }, /encoding_format/, 'openai-chat'],
    ['wrong dimensions', { input: 'a', dimensions: 0.5 }, /dimensions/, 'openai-chat'],
    ['a provider without them', { input: 'a' }, /"up" makes no embeddings/, 'anthropic'],
  ])('with %s are refused before anybody is asked', async (_, fields, message, dialect) => {
    const { url, up } = await world(dialect, floats);
    const { status, text } = await post(`${url}/v1/embeddings`, { model: 'up/fake', ...fields });
    expect([status, JSON.parse(text).error.message]).toEqual([400, expect.stringMatching(message)]);
    expect(up.seen).toEqual([]);
  });

  it.each<[string, Script, number, RegExp]>([
    ['fewer than asked for', floats, 502, /2 embeddings for 3 inputs/],
    ['none', json(200, { object: 'list', data: [] }), 502, /without a single embedding/],
    ['holes', json(200, { data: [{ embedding: [1, null] }, { embedding: [1] }, { embedding: [1] }] }), 502, /no list of numbers/],
    ['a text', (response) => void response.writeHead(200).end('ready'), 502, /not JSON/],
    ['one number twice', json(200, { data: [1, 1, 0].map((index) => ({ index, embedding: [1] })) }), 502, /numbered/],
    ['an error inside a 200', json(200, { error: { message: 'model not loaded', code: 503 } }), 503, /not loaded/],
    ['a refusal', json(400, { error: { message: 'this model has no embeddings' } }), 400, /has no embeddings/],
  ])('that a provider answers with %s are no success', async (_, script, status, message) => {
    const { url, records } = await world('openai-chat', script);
    const answer = await post(`${url}/v1/embeddings`, { model: 'up/fake', input: ['a', 'b', 'c'] });
    expect([answer.status, JSON.parse(answer.text).error.message]).toEqual([status, expect.stringMatching(message)]);
    expect(records[0]?.outcome).not.toBe('ok');
  });

  it('of a large body keep all but the name', async () => {
    const { url, up } = await world('openai-chat', packed);
    const input = 'é'.repeat(40_000);
    expect((await post(`${url}/v1/embeddings`, { input: [input], model: 'up/fake', encoding_format: 'base64' })).status).toBe(200);
    expect(JSON.parse(up.seen[0]!.body)).toEqual({ input: [input], model: 'fake', encoding_format: 'base64' });
  });
});

describe('completions', () => {
  const facts = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'fake' };
  const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
  const said = (text: string, finish_reason: string | null = 'stop') => ({
    ...facts,
    choices: [{ index: 0, text, logprobs: null, finish_reason }],
  });
  const whole = json(200, { ...said('return a'), usage });
  const event = (body: object) => `data: ${JSON.stringify(body)}\n\n`;
  const done = 'data: [DONE]\n\n';
  const streamed = sse([
    event(said('return', null)),
    event(said(' a', null)),
    event(said('')),
    event({ ...facts, choices: [], usage }),
    done,
  ]);
  const fill = { model: 'up/fake', prompt: 'def f(a):\n  ', suffix: '\n\nf(1)', max_tokens: 20, stop: ['\n\n'], temperature: 0 };
  const openai = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  const read = async (url: string): Promise<string> => {
    let text = '';
    for await (const chunk of await openai(url).completions.create({ ...fill, stream: true })) text += chunk.choices[0]?.text ?? '';
    return text;
  };

  it('go out with what stands in front and behind, never as a conversation', async () => {
    const { url, up, records } = await world('openai-chat', whole);
    const { choices } = await openai(url).completions.create(fill);
    expect(choices[0]).toMatchObject({ text: 'return a', finish_reason: 'stop' });
    expect(up.seen[0]?.url).toBe('/v1/completions');
    expect(JSON.parse(up.seen[0]!.body)).toEqual({ ...fill, model: 'fake' });
    expect(records[0]).toMatchObject({ outcome: 'ok', path: 'relay', usage: { input: 9, output: 3 } });
  });

  it('go out in the tokens of the model where the engine takes no suffix', async () => {
    const models = { 'qwen2.5-coder': { quirks: ['no-suffix'] }, plain: { quirks: ['no-suffix'] } };
    const { url, up } = await world('openai-chat', streamed, {}, models);
    let text = '';
    for await (const chunk of await openai(url).completions.create({ ...fill, model: 'up/qwen2.5-coder', stream: true }))
      text += chunk.choices[0]?.text ?? '';
    expect([text, up.seen[0]?.url]).toEqual(['return a', '/v1/completions']);
    const sent = JSON.parse(up.seen[0]!.body);
    expect(sent.prompt).toBe(`<|fim_prefix|>${fill.prompt}<|fim_suffix|>${fill.suffix}<|fim_middle|>`);
    expect(sent.stop).toEqual(expect.arrayContaining(['\n\n', '<|fim_middle|>', '<|endoftext|>']));
    expect([sent.model, sent.stream, 'suffix' in sent]).toEqual(['qwen2.5-coder', true, false]);
    const refused = await post(`${url}/v1/completions`, { ...fill, model: 'up/plain' });
    expect([refused.status, JSON.parse(refused.text).error.message]).toEqual([400, expect.stringMatching(/suffix.*quirk/)]);
    expect(up.seen).toHaveLength(1);
  });

  it('stream', async () => {
    const { url, records } = await world('openai-chat', streamed);
    expect(await read(url)).toBe('return a');
    expect(records[0]).toMatchObject({ outcome: 'ok', usage: { input: 9, output: 3 } });
  });

  it('come in the form asked for, whatever the provider does', async () => {
    const eager = await world('openai-chat', streamed);
    expect(await openai(eager.url).completions.create(fill)).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, text: 'return a', finish_reason: 'stop' }],
      usage,
    });
    const slow = await world('openai-chat', whole);
    expect(await read(slow.url)).toBe('return a');
  });

  it('may be empty, since there may be nothing to fill in', async () => {
    const { url, records } = await world('openai-chat', json(200, said('')));
    expect((await openai(url).completions.create(fill)).choices[0]?.text).toBe('');
    const stream = await world('openai-chat', sse([event(said('')), done]));
    expect(await read(stream.url)).toBe('');
    expect([records[0]?.outcome, stream.records[0]?.outcome]).toEqual(['ok', 'ok']);
  });

  it('of which the stream breaks off are no success', async () => {
    const { url, records } = await world('openai-chat', sse([event(said('retu', null))], 'cut'));
    await expect(read(url)).rejects.toThrow();
    expect(records[0]?.outcome).not.toBe('ok');
  });

  it.each(['anthropic', 'openai-responses', 'ollama'])('are refused where the provider speaks %s, and nobody is asked', async (dialect) => {
    const { url, up } = await world(dialect, whole);
    const { status, text } = await post(`${url}/v1/completions`, fill);
    expect([status, JSON.parse(text).error.message]).toEqual([400, expect.stringMatching(/cannot carry prompt, suffix/)]);
    expect(up.seen).toEqual([]);
  });

  it.each<[object, RegExp]>([
    [{ prompt: undefined }, /prompt/],
    [{ suffix: 1 }, /suffix/],
    [{ stream: 'yes' }, /stream/],
    [{ model: '' }, /model/],
  ])('with %j are refused by their field', async (fields, message) => {
    const { url, up } = await world('openai-chat', whole);
    const { status, text } = await post(`${url}/v1/completions`, { ...fill, ...fields });
    expect([status, JSON.parse(text).error.message]).toEqual([400, expect.stringMatching(message)]);
    expect(up.seen).toEqual([]);
  });
});
