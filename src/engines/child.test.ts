import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, startEngine } from './engine.ts';
import { health, post, send, stream, time, weather } from './fixtures/calls.ts';
import { testModel } from './fixtures/models.ts';

const START = 60_000;
const user = (content: unknown) => [{ role: 'user', content }];
const greedy = { temperature: 0, max_tokens: 12 };
describe('a model behind its door', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = startEngine({ name: 'tiny', model: testModel(), sequences: 2, contextTokens: 512, queueLength: 2, gpu: false });
    await engine.ready();
  }, START);
  afterAll(() => engine.stop());

  it('tells what it is, and only to who has the token', async () => {
    const models = await fetch(`${engine.url}/models`, { headers: { authorization: `Bearer ${engine.token}` } }).then((reply) =>
      reply.json(),
    );
    expect(models).toMatchObject({ object: 'list', data: [{ id: 'tiny', context_length: 512, capabilities: { embeddings: true } }] });
    const stranger = await fetch(`${engine.url}/models`);
    expect(stranger.status).toBe(401);
    expect(await stranger.json()).toMatchObject({ error: { type: 'authentication_error', code: 'invalid_api_key' } });
  });

  it('answers a chat whole, with truthful usage', async () => {
    const { status, body } = await post(engine, '/chat/completions', { ...greedy, messages: user('Once upon a time') });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'tiny',
      choices: [{ index: 0, finish_reason: 'length', message: { role: 'assistant' } }],
    });
    expect(body.choices[0].message.content).not.toBe('');
    expect(body.usage.completion_tokens).toBe(12);
    expect(body.usage.total_tokens).toBe(body.usage.prompt_tokens + 12);
  });

  it('streams the same answer, role first, usage when asked for, then [DONE]', async () => {
    const ask = { ...greedy, messages: user('Once upon a time') };
    const whole = await post(engine, '/chat/completions', ask);
    const chunks = await stream(engine, '/chat/completions', { ...ask, stream_options: { include_usage: true } });
    expect(chunks.at(-1)).toBe('[DONE]');
    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: '' });
    expect(
      chunks
        .slice(0, -2)
        .map((chunk) => chunk.choices[0].delta.content ?? '')
        .join(''),
    ).toBe(whole.body.choices[0].message.content);
    expect(chunks.at(-3).choices[0].finish_reason).toBe('length');
    expect(chunks.at(-2)).toMatchObject({ choices: [], usage: { completion_tokens: 12 } });
    const plain = await stream(engine, '/chat/completions', ask);
    expect(plain.some((chunk) => chunk.usage !== undefined)).toBe(false);
  });

  it('gives the same text for the same seed', async () => {
    const ask = { messages: user('The dog'), max_tokens: 16, temperature: 1.2, seed: 11 };
    const [a, b] = [await post(engine, '/chat/completions', ask), await post(engine, '/chat/completions', ask)];
    expect(a.body.choices[0].message.content).toBe(b.body.choices[0].message.content);
  });

  it('stops at a stop text and keeps it out of the answer', async () => {
    const free = await post(engine, '/completions', { prompt: 'Once upon a time', ...greedy });
    const text: string = free.body.choices[0].text;
    const stop = text.slice(4, 7);
    const { body } = await post(engine, '/completions', { prompt: 'Once upon a time', ...greedy, stop });
    expect(body.choices[0]).toMatchObject({ text: text.slice(0, text.indexOf(stop)), finish_reason: 'stop' });
  });

  it('writes JSON that satisfies the schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        mood: { enum: ['happy', 'sad'] },
        age: { type: 'integer', minimum: 3, maximum: 9 },
        note: { type: 'string', maxLength: 3 },
      },
      required: ['mood', 'age'],
    };
    const { body } = await post(engine, '/chat/completions', {
      messages: user('A cat'),
      max_tokens: 200,
      temperature: 1,
      seed: 5,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    });
    expect(body.choices[0].finish_reason).toBe('stop');
    const value = JSON.parse(body.choices[0].message.content);
    expect(['happy', 'sad']).toContain(value.mood);
    expect(value.age).toBeGreaterThanOrEqual(3);
    expect(value.age).toBeLessThanOrEqual(9);
  });

  it('says length, not stop, when JSON was cut', async () => {
    const { body } = await post(engine, '/chat/completions', {
      messages: user('A cat'),
      max_tokens: 3,
      temperature: 0,
      response_format: { type: 'json_object' },
    });
    expect(body.choices[0].finish_reason).toBe('length');
    expect(body.choices[0].message.content.trimStart().startsWith('{')).toBe(true);
  });

  it('calls the tool it must call, with arguments that satisfy its schema', async () => {
    const ask = { messages: user('Paris?'), tools: [weather, time], temperature: 0, max_tokens: 120 };
    const named = await post(engine, '/chat/completions', { ...ask, tool_choice: { type: 'function', function: { name: 'get_weather' } } });
    const [call] = named.body.choices[0].message.tool_calls;
    expect(named.body.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(call).toMatchObject({ id: expect.stringMatching(/^call_/), type: 'function', function: { name: 'get_weather' } });
    expect(JSON.parse(call.function.arguments).city.length).toBeLessThanOrEqual(6);

    const chunks = await stream(engine, '/chat/completions', { ...ask, tool_choice: 'required' });
    const deltas = chunks.slice(0, -1).flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? []);
    expect(deltas[0]).toMatchObject({ index: 0, id: expect.stringMatching(/^call_/), function: { arguments: '' } });
    expect(['get_weather', 'get_time']).toContain(deltas[0].function.name);
    JSON.parse(deltas.map((delta) => delta.function.arguments).join(''));
    expect(chunks.at(-2).choices[0].finish_reason).toBe('tool_calls');
  });

  it('reads a conversation with every role and parts', async () => {
    const { status } = await post(engine, '/chat/completions', {
      ...greedy,
      tools: [time],
      tool_choice: 'none',
      messages: [
        { role: 'developer', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What' },
            { type: 'text', text: ' time?' },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [{ id: 'c1', type: 'function', function: { name: 'get_time', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'c1', content: '12:00' },
      ],
    });
    expect(status).toBe(200);
  });

  it('finds the beginning of a longer prompt already read', async () => {
    const messages = user('One day a small girl went to the park with her mother and saw a big red ball in the tree.');
    const first = await post(engine, '/chat/completions', { ...greedy, messages });
    const again = await post(engine, '/chat/completions', { ...greedy, messages: user(`${messages[0]?.content} She was`) });
    expect(again.body.usage.prompt_tokens_details.cached_tokens).toBeGreaterThanOrEqual(first.body.usage.prompt_tokens - 2);
  });

  it('embeds texts, as numbers and as base64', async () => {
    const numbers = await post(engine, '/embeddings', { input: ['a dog', 'a cat'] });
    expect(numbers.body.data).toHaveLength(2);
    const packed = await post(engine, '/embeddings', { input: 'a dog', encoding_format: 'base64' });
    const bytes = Buffer.from(packed.body.data[0].embedding, 'base64');
    const unpacked = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    expect(unpacked[0]).toBeCloseTo(numbers.body.data[0].embedding[0], 4);
    expect(numbers.body.usage.prompt_tokens).toBeGreaterThan(0);
  });

  it('refuses a prompt beyond the window with both numbers, before it answers', async () => {
    const { status, body } = await post(engine, '/chat/completions', { messages: user('word '.repeat(900)) });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: 'context_length_exceeded',
      param: 'messages',
      message: expect.stringMatching(/\d+ tokens .* at most 510/),
    });
  });

  it('does not even count a prompt that cannot fit', async () => {
    const { status, body } = await post(engine, '/completions', { prompt: 'word '.repeat(1e6) });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: 'context_length_exceeded',
      param: 'prompt',
      message: expect.stringMatching(/at least \d+ tokens/),
    });
  });

  it('never writes beyond the window', async () => {
    const { body } = await post(engine, '/completions', { prompt: 'Once', max_tokens: 5000, temperature: 0, seed: 1 });
    expect(body.usage.total_tokens).toBeLessThan(512);
  });

  it.each([
    ['{"messages":', 'body'],
    ['[]', 'body'],
    [{ messages: 'hi' }, 'messages'],
    [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
    [{ messages: user([{ type: 'image_url', image_url: { url: 'data:' } }]) }, 'messages[0].content[0]'],
    [{ messages: user('x'), temperature: 'hot' }, 'temperature'],
    [{ messages: user('x'), max_tokens: 1.5 }, 'max_tokens'],
    [{ messages: user('x'), max_completion_tokens: 0 }, 'max_completion_tokens'],
    [{ messages: user('x'), stop: [1] }, 'stop'],
    [{ messages: user('x'), stream: 'yes' }, 'stream'],
    [{ messages: user('x'), n: 2 }, 'n'],
    [{ messages: user('x'), tools: [{ type: 'function' }] }, 'tools[0]'],
    [{ messages: user('x'), tools: [time], tool_choice: { type: 'function', function: { name: 'nope' } } }, 'tool_choice'],
    [{ messages: user('x'), response_format: { type: 'xml' } }, 'response_format'],
    [
      { messages: user('x'), response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { $ref: '#/nowhere' } } } },
      'response_format',
    ],
  ])('refuses %j naming %s', async (body, param) => {
    const reply = await send(engine, '/chat/completions', body);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { type: 'invalid_request_error', param } });
  });

  it('refuses a suffix where the model cannot fill a middle, and unknown paths', async () => {
    expect((await post(engine, '/completions', { prompt: 'a', suffix: 'b' })).body.error).toMatchObject({ param: 'suffix' });
    expect((await post(engine, '/images', {})).status).toBe(404);
  });

  it('turns away what the queue cannot hold, and is free again after', async () => {
    const leaving = new AbortController();
    const ask = () =>
      send(engine, '/completions', { prompt: 'Once', max_tokens: 480, temperature: 1.5 }, leaving.signal).catch(() => undefined);
    // Four may stay (two at work, two waiting); on a slow start of one the others may already be done, so it is tried again.
    let refused: Response | undefined;
    for (let round = 0; round < 20 && refused === undefined; round++) {
      refused = (await Promise.all(Array.from({ length: 12 }, ask))).find((reply) => reply?.status === 429);
    }
    expect(Number.isInteger(Number(refused?.headers.get('retry-after')))).toBe(true);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused?.json()).toMatchObject({ error: { code: 'engine_busy', type: 'rate_limit_error' } });
    leaving.abort();
    await expect.poll(() => health(engine), { timeout: 15_000 }).toMatchObject({ busy: 0, waiting: 0 });
  });
});
