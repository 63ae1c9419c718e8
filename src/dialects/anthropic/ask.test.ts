import { describe, expect, test } from 'vitest';
import type { Block } from '../../protocol/block.ts';
import type { Target } from '../../protocol/dialect.ts';
import type { Prompt, Turn } from '../../protocol/prompt.ts';
import { anthropic } from './index.ts';

const say = (text: string): Turn => ({ role: 'user', blocks: [{ kind: 'text', text }] });
const reply = (...blocks: Block[]): Turn => ({ role: 'assistant', blocks });
const callOf = (id: string, args = '{}'): Block => ({ kind: 'tool-call', id, name: 'f', input: 'json', arguments: args });
const resultOf = (id: string, ...content: Block[]): Turn => ({
  role: 'user',
  blocks: [{ kind: 'tool-result', id, input: 'json', content }],
});
const signed: Block = { kind: 'reasoning', text: 'hm', seal: { by: 'anthropic', raw: { signature: 'sig' } } };
const MODEL: Target = { model: 'claude-x' };
const ADAPTIVE: Target = { ...MODEL, quirks: new Set(['thinking-adaptive']) };

/** A prompt of some other dialect, asked here. */
function ask(prompt: Partial<Prompt>, target = MODEL) {
  const whole: Prompt = {
    dialect: 'other',
    model: 'm',
    stream: false,
    turns: [say('hi')],
    tools: [],
    maxTokens: 20_000,
    sampling: {},
    ...prompt,
  };
  const { request, notes } = anthropic.ask(whole, target);
  return { body: request.body, notes: notes.map((note) => `${note.action} ${note.path}`) };
}
const tools: Prompt['tools'] = [{ kind: 'function', name: 'f', schema: { type: 'object' } }];

describe('max_tokens', () => {
  test.each<[string, number | undefined, number | undefined, number, string[]]>([
    ['as set', 100, 64_000, 100, []],
    ['held to what the model writes', 100_000, 64_000, 64_000, ['changed max_tokens']],
    ['made up from the model', undefined, 32_000, 32_000, ['changed max_tokens']],
    ['made up from nothing', undefined, undefined, 8192, ['changed max_tokens']],
  ])('%s', (_, maxTokens, maxOutput, sent, told) => {
    const { body, notes } = ask({ maxTokens }, { ...MODEL, maxOutput });
    expect([body.max_tokens, notes]).toEqual([sent, told]);
  });

  test('one that is made up leaves room for thoughts', () => {
    expect(ask({ maxTokens: undefined, reasoning: { effort: 'high' } }).body).toMatchObject({
      max_tokens: 8192 + 24_576,
      thinking: { type: 'enabled', budget_tokens: 24_576 },
    });
  });
});

describe('thinking', () => {
  const enabled = (budget: number) => ({ type: 'enabled', budget_tokens: budget });
  test.each<[string, Prompt['reasoning'], unknown, string[]]>([
    ['nothing said', undefined, undefined, []],
    ['only a summary', { summary: 'auto' }, undefined, ['dropped reasoning.summary']],
    ['off', { mode: 'off' }, { type: 'disabled' }, []],
    ['effort none', { effort: 'none' }, { type: 'disabled' }, []],
    ['low', { effort: 'low' }, enabled(4096), []],
    ['on', { mode: 'on' }, enabled(10_240), []],
    ['an effort beyond max_tokens', { effort: 'max' }, enabled(16_000), ['changed reasoning.budget']],
    ['a budget', { mode: 'on', budget: 5000 }, enabled(5000), []],
    ['a budget too small', { mode: 'on', budget: 100 }, enabled(1024), ['changed reasoning.budget']],
    ['a budget beyond max_tokens', { mode: 'on', budget: 50_000 }, enabled(19_999), ['changed reasoning.budget']],
    ['hidden', { effort: 'low', summary: 'omitted' }, { ...enabled(4096), display: 'omitted' }, []],
  ])('with a budget: %s', (_, reasoning, thinking, told) => {
    const { body, notes } = ask({ reasoning });
    expect([body.thinking, body.output_config, notes]).toEqual([thinking, undefined, told]);
  });

  test.each<[string, Prompt['reasoning'], unknown, string | undefined, string[]]>([
    ['off', { mode: 'off' }, { type: 'disabled' }, undefined, []],
    ['an effort', { effort: 'xhigh' }, { type: 'adaptive' }, 'xhigh', []],
    ['the least', { effort: 'minimal' }, { type: 'adaptive' }, 'low', ['changed reasoning.effort']],
    ['a small budget', { mode: 'on', budget: 2000 }, { type: 'adaptive' }, 'low', ['changed reasoning.budget']],
    ['a large budget', { mode: 'on', budget: 31_999 }, { type: 'adaptive' }, 'max', ['changed reasoning.budget']],
    ['shown', { effort: 'low', summary: 'auto' }, { type: 'adaptive', display: 'summarized' }, 'low', []],
  ])('adaptive: %s', (_, reasoning, thinking, effort, told) => {
    const { body, notes } = ask({ reasoning }, ADAPTIVE);
    expect([body.thinking, body.output_config, notes]).toEqual([thinking, effort && { effort }, told]);
  });

  test('a model that always thinks is asked for the least', () => {
    const target = { ...MODEL, quirks: new Set(['thinking-adaptive', 'thinking-always']) };
    expect(ask({ reasoning: { mode: 'off' } }, target)).toMatchObject({
      body: { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      notes: ['changed reasoning'],
    });
  });

  test('there is no room for the least budget', () => {
    expect(ask({ maxTokens: 1000, reasoning: { effort: 'high' } })).toMatchObject({
      body: { max_tokens: 1000, thinking: { type: 'disabled' } },
      notes: ['changed reasoning'],
    });
  });

  const loop = (...blocks: Block[]) => [say('go'), reply(...blocks), resultOf('a', { kind: 'text', text: 'ok' })];
  test.each<[string, Turn[], Target, string]>([
    ['goes on behind a signed thought', loop(signed, callOf('a')), MODEL, 'enabled'],
    ['is off when the thought was lost', loop(callOf('a')), MODEL, 'disabled'],
    ['is off when the thought is another model’s', loop({ ...signed, seal: { by: 'x', raw: 1 } }, callOf('a')), MODEL, 'disabled'],
    ['is off when the answer is prefilled', [say('go'), reply({ kind: 'text', text: '{' })], MODEL, 'disabled'],
    ['is on when the last answer called nothing', [say('go'), reply({ kind: 'text', text: 'a' }), say('b')], MODEL, 'enabled'],
    ['is on for a model that demands no thought', loop(callOf('a')), ADAPTIVE, 'adaptive'],
  ])('%s', (_, turns, target, type) => {
    expect(ask({ turns, tools, reasoning: { effort: 'low' } }, target).body.thinking).toMatchObject({ type });
  });

  test('no thoughts are sent once thinking is off', () => {
    const turns = [say('go'), reply(signed, { kind: 'text', text: 'a' }), say('b'), ...loop(callOf('a')).slice(1)];
    const { body, notes } = ask({ turns, tools, reasoning: { effort: 'low' } });
    expect(JSON.stringify(body.messages)).not.toContain('thinking');
    expect(notes).toEqual(['changed reasoning', 'dropped messages[1][0]']);
  });
});

describe('what thinking forbids beside it', () => {
  const sampling = { temperature: 0, topP: 0.5, topK: 9 };
  test.each<[string, Partial<Prompt>, Target, Record<string, unknown>, string[]]>([
    [
      'sampling with a budget',
      { sampling, reasoning: { effort: 'low' } },
      MODEL,
      {},
      ['dropped temperature', 'dropped top_p', 'dropped top_k'],
    ],
    [
      'sampling when adaptive',
      { sampling, reasoning: { effort: 'low' } },
      ADAPTIVE,
      {},
      ['dropped temperature', 'dropped top_p', 'dropped top_k'],
    ],
    ['the default temperature', { sampling: { temperature: 1, topP: 0.97 }, reasoning: { effort: 'low' } }, MODEL, { top_p: 0.97 }, []],
    ['nothing without thinking', { sampling: { temperature: 0, topK: 9 } }, MODEL, { temperature: 0, top_k: 9 }, []],
    ['both temperature and top_p', { sampling: { temperature: 0.2, topP: 0.5 } }, MODEL, { temperature: 0.2 }, ['dropped top_p']],
    ['a temperature above 1', { sampling: { temperature: 1.4 } }, MODEL, { temperature: 1 }, ['changed temperature']],
    [
      'fields it never had',
      { sampling: { seed: 1, frequencyPenalty: 1, presencePenalty: 0 }, cacheKey: 'k' },
      MODEL,
      {},
      ['dropped seed', 'dropped frequency_penalty', 'dropped cacheKey'],
    ],
  ])('%s', (_, prompt, target, sent, told) => {
    const { body, notes } = ask(prompt, target);
    const { temperature, top_p, top_k } = body;
    expect({ temperature, top_p, top_k }).toEqual({ temperature: undefined, top_p: undefined, top_k: undefined, ...sent });
    expect(notes).toEqual(told);
  });

  test('a forced tool with a budget', () => {
    const forced: Partial<Prompt> = { tools, toolChoice: { mode: 'named', name: 'f' }, parallelTools: false, reasoning: { effort: 'low' } };
    expect(ask(forced)).toMatchObject({
      body: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
      notes: ['changed toolChoice'],
    });
    expect(ask(forced, ADAPTIVE)).toMatchObject({ body: { tool_choice: { type: 'tool', name: 'f' } }, notes: [] });
  });
});

describe('tools', () => {
  test.each<[string, Partial<Prompt>, unknown, string[]]>([
    ['none', { tools }, undefined, []],
    ['auto', { tools, toolChoice: { mode: 'auto' } }, { type: 'auto' }, []],
    ['none wanted', { tools, toolChoice: { mode: 'none' }, parallelTools: false }, { type: 'none' }, []],
    ['required', { tools, toolChoice: { mode: 'required' } }, { type: 'any' }, []],
    ['one at a time', { tools, parallelTools: false }, { type: 'auto', disable_parallel_tool_use: true }, []],
    ['no tools', { toolChoice: { mode: 'required' } }, undefined, ['dropped toolChoice']],
    ['a namespace', { tools, toolChoice: { mode: 'named', name: 'f', namespace: 'n' } }, { type: 'tool', name: 'n__f' }, []],
  ])('choice: %s', (_, prompt, choice, told) => {
    const { body, notes } = ask(prompt);
    expect([body.tool_choice, notes]).toEqual([choice, told]);
  });

  test('as the API takes them', () => {
    const { body, notes } = ask({
      tools: [
        { kind: 'function', name: 'bare' },
        { kind: 'function', name: 'with.dot', namespace: 'mcp', schema: { properties: {} }, strict: false },
        {
          kind: 'function',
          name: 'tight',
          strict: true,
          schema: { type: 'object', properties: { n: { type: 'integer', minimum: 1, description: 'Count.' } } },
        },
        { kind: 'text', name: 'patch', description: 'Applies a patch.' },
        { kind: 'opaque', dialect: 'other', label: 'web', raw: {} },
        { kind: 'opaque', dialect: 'anthropic', label: 'web_search_20250305', raw: { type: 'web_search_20250305' } },
      ],
    });
    expect(body.tools).toMatchObject([
      { name: 'bare', input_schema: { type: 'object' } },
      { name: expect.stringMatching(/^mcp__with_dot_\w+$/), input_schema: { type: 'object', properties: {} } },
      {
        name: 'tight',
        strict: true,
        input_schema: { additionalProperties: false, properties: { n: { type: 'integer', description: 'Count. (minimum: 1)' } } },
      },
      { name: 'patch', input_schema: { type: 'object', required: ['input'] } },
      { type: 'web_search_20250305' },
    ]);
    expect(notes).toEqual(['dropped tools[4]', 'changed tools[2].schema']);
  });

  test('those not allowed are not sent', () => {
    const prompt: Partial<Prompt> = {
      tools: [...tools, { kind: 'function', name: 'g' }],
      toolChoice: { mode: 'required', allowed: ['g'] },
    };
    const { body, notes } = ask(prompt);
    expect([body.tools, body.tool_choice, notes]).toEqual([
      [{ name: 'g', input_schema: { type: 'object' } }],
      { type: 'any' },
      ['changed toolChoice.allowed'],
    ]);
  });
});

describe('output', () => {
  test('a schema', () => {
    const schema = { type: 'object', properties: { a: { oneOf: [{ type: 'string', maxLength: 4 }, { type: 'null' }] } }, required: ['a'] };
    const { body, notes } = ask({ output: { kind: 'schema', schema, name: 'n', strict: true } });
    expect(body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: { a: { anyOf: [{ type: 'string', description: '(maxLength: 4)' }, { type: 'null' }] } },
          required: ['a'],
          additionalProperties: false,
        },
      },
    });
    expect(notes).toEqual(['dropped output.name', 'changed output.schema']);
  });

  test('a field that is named like a keyword stays a field', () => {
    const schema = { type: 'object', properties: { minimum: { type: 'number' } }, additionalProperties: false };
    const { body, notes } = ask({ output: { kind: 'schema', schema } });
    expect([body.output_config, notes]).toEqual([{ format: { type: 'json_schema', schema } }, []]);
  });

  test('JSON without a schema is asked for in words', () => {
    const { body, notes } = ask({ output: { kind: 'json' } });
    expect(body.system).toEqual([{ type: 'text', text: expect.stringContaining('JSON object') }]);
    expect([body.output_config, notes]).toEqual([undefined, ['changed output']]);
  });

  test('stop sequences, user and stream', () => {
    const { body, notes } = ask({ stop: ['\n', 'END'], user: 'u', stream: true });
    expect(body).toMatchObject({ stop_sequences: ['END'], metadata: { user_id: 'u' }, stream: true });
    expect(notes).toEqual(['dropped stop']);
  });
});
