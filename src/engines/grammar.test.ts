import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, startEngine } from './engine.ts';
import { health, post, send, time, weather } from './fixtures/calls.ts';
import { violations } from './fixtures/json-schema.ts';
import { randomModel, TOOL_TEMPLATE } from './fixtures/models.ts';

const START = 60_000;
const user = (content: string) => [{ role: 'user', content }];
// Random weights write anything a grammar leaves open, so these are tried out, not only read.
const SCHEMAS = [
  { type: 'object' },
  { type: 'object', properties: { a: { type: 'boolean' }, b: { type: 'null' }, c: { enum: ['x', 1, null] }, d: { const: 'd"\n' } } },
  {
    type: 'object',
    properties: { a: { type: 'boolean' }, b: { type: 'boolean' }, c: { type: 'boolean' } },
    required: ['b'],
    additionalProperties: false,
  },
  { type: 'array', minItems: 2, maxItems: 3, items: { type: 'integer', minimum: -5, maximum: 12 } },
  { anyOf: [{ type: 'string', maxLength: 4, minLength: 2 }, { type: 'number' }] },
  { type: ['integer', 'null'], minimum: 0 },
  {
    $defs: {
      n: {
        type: 'object',
        properties: { v: { type: 'boolean' }, next: { anyOf: [{ $ref: '#/$defs/n' }, { type: 'null' }] } },
        required: ['v', 'next'],
      },
    },
    $ref: '#/$defs/n',
  },
  {
    allOf: [
      { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] },
      { properties: { b: { type: 'boolean' } }, required: ['b'] },
    ],
  },
  { type: 'object', additionalProperties: { type: 'boolean' }, properties: { z: { type: 'boolean' } }, required: ['z'] },
  { type: 'string', format: 'date-time' },
];
describe('a model that was taught to call tools', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = startEngine({
      name: 'caller',
      model: randomModel('caller', { chatTemplate: TOOL_TEMPLATE, contextTokens: 4096 }),
      sequences: 1,
      gpu: false,
    });
    await engine.ready();
  }, START);
  afterAll(() => engine.stop());

  it('is prompted in its own form, and its calls and their results are read back', async () => {
    const ask = { messages: user('Paris?'), tools: [weather, time], tool_choice: 'required', temperature: 1, seed: 3, max_tokens: 400 };
    const first = await post(engine, '/chat/completions', ask);
    expect(first.body.choices[0].finish_reason).toBe('tool_calls');
    const { message } = first.body.choices[0];
    const second = await post(engine, '/chat/completions', {
      ...ask,
      tool_choice: 'auto',
      messages: [...ask.messages, message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '18 degrees' }],
      max_tokens: 8,
    });
    expect(second.status).toBe(200);
    expect(second.body.usage.prompt_tokens).toBeGreaterThan(first.body.usage.prompt_tokens);
    expect(second.body.usage.prompt_tokens_details.cached_tokens).toBeGreaterThan(first.body.usage.prompt_tokens - 40);
  });
  it('lets go of its sequence at once when the client leaves, working or waiting', async () => {
    // Half a million characters may not end before this test does: only letting go frees the sequence.
    const endless = { type: 'array', minItems: 500, items: { type: 'string', minLength: 500 } };
    const ask = {
      messages: user('x'),
      stream: true,
      temperature: 1,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: endless } },
    };
    const leaving = new AbortController();
    const working = await send(engine, '/chat/completions', ask, leaving.signal);
    await working.body?.getReader().read();
    const waiting = send(engine, '/chat/completions', ask, leaving.signal).catch(() => 'left');
    await expect.poll(() => health(engine)).toMatchObject({ busy: 1, waiting: 1 });
    leaving.abort();
    expect(await waiting).toBe('left');
    await expect.poll(() => health(engine), { timeout: 5000 }).toMatchObject({ busy: 0, waiting: 0 });
    expect((await post(engine, '/chat/completions', { messages: user('x'), max_tokens: 2 })).status).toBe(200);
  });

  it.each(SCHEMAS)('can only write what %j allows', async (schema) => {
    for (const seed of [1, 2, 3, 4]) {
      const ask = {
        messages: user('x'),
        temperature: 1.5,
        top_k: 0,
        top_p: 1,
        min_p: 0,
        seed,
        max_tokens: 3000,
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      };
      const { body } = await post(engine, '/chat/completions', ask);
      const text: string = body.choices[0].message.content;
      // Random weights also write bytes that are no text; how many characters those are is anybody's count.
      if (body.choices[0].finish_reason === 'length' || text.includes('\uFFFD')) continue;
      expect(violations(schema, JSON.parse(text)), text).toEqual([]);
    }
  });
});
