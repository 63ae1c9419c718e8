import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../protocol/errors.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { call, TARGET } from '../contract/run.ts';
import { openaiChat } from './index.ts';

const body = (fields: object) => ({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields });
const accept = (fields: object): Prompt => openaiChat.accept(call(openaiChat, body(fields)));
const said = (...messages: object[]): Prompt => accept({ messages });
/** What the same dialect would send for it. */
const again = (prompt: Prompt) => JSON.parse(JSON.stringify(openaiChat.ask(prompt, TARGET).request.body)) as Record<string, unknown>;

describe('a field that is wrong is named with the mend', () => {
  test.each<[string, object, string]>([
    ['no model', { model: undefined }, 'model'],
    ['an empty model', { model: '' }, 'model'],
    ['no messages', { messages: undefined }, 'messages'],
    ['empty messages', { messages: [] }, 'messages'],
    ['messages as text', { messages: 'Hi' }, 'messages'],
    ['a message that is no object', { messages: ['Hi'] }, 'messages[0]'],
    ['an unknown role', { messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
    ['content of a wrong type', { messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
    ['a part without type', { messages: [{ role: 'user', content: [{ text: 'x' }] }] }, 'messages[0].content[0].type'],
    ['a text part without text', { messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
    [
      'an image without url',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
      'messages[0].content[0].image_url.url',
    ],
    [
      'audio without data',
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] },
      'messages[0].content[0].input_audio.data',
    ],
    ['calls that are no list', { messages: [{ role: 'assistant', tool_calls: {} }] }, 'messages[0].tool_calls'],
    [
      'a call without name',
      { messages: [{ role: 'assistant', tool_calls: [{ function: {} }] }] },
      'messages[0].tool_calls[0].function.name',
    ],
    ['a function message without name', { messages: [{ role: 'function', content: 'x' }] }, 'messages[0].name'],
    ['tools as an object', { tools: {} }, 'tools'],
    ['a flat tool', { tools: [{ type: 'function', name: 'f' }] }, 'tools[0].function'],
    ['a tool without name', { tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    ['parameters as text', { tools: [{ type: 'function', function: { name: 'f', parameters: 'x' } }] }, 'tools[0].function.parameters'],
    ['an unknown choice', { tool_choice: 'maybe' }, 'tool_choice'],
    ['a choice of nothing', { tool_choice: { type: 'function', function: {} } }, 'tool_choice.function.name'],
    ['temperature as text', { temperature: '0.7' }, 'temperature'],
    ['a limit as text', { max_tokens: '10' }, 'max_tokens'],
    ['stream as text', { stream: 'yes' }, 'stream'],
    ['stop as a number', { stop: 5 }, 'stop'],
    ['stop with a number', { stop: ['a', 5] }, 'stop'],
    ['a format as text', { response_format: 'json' }, 'response_format'],
  ])('%s', (_, fields, field) => {
    expect(() => accept(fields)).toThrow(GatewayError);
    try {
      accept(fields);
    } catch (thrown) {
      expect(thrown).toMatchObject({ kind: 'invalid', status: 400, field });
      expect((thrown as Error).message.length).toBeGreaterThan(field.length + 10);
    }
  });
});

describe('messages become turns', () => {
  test('all roles, one turn each', () => {
    const { turns } = said(
      { role: 'developer', content: 'D' },
      { role: 'user', content: [{ type: 'text', text: 'U' }, 'bare'] },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c1', content: '[tool error] no such file' },
    );
    expect(turns.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(turns[1]!.blocks).toEqual([
      { kind: 'text', text: 'U' },
      { kind: 'text', text: 'bare' },
    ]);
    expect(turns[3]!.blocks).toEqual([
      { kind: 'tool-result', id: 'c1', input: 'json', content: [{ kind: 'text', text: 'no such file' }], error: true },
    ]);
  });

  test('the thought comes first, read from one of its fields', () => {
    const { turns } = said({ role: 'assistant', content: 'a', reasoning_content: 't', reasoning: 't' }, { role: 'user', content: 'x' });
    expect(turns[0]!.blocks).toEqual([
      { kind: 'reasoning', text: 't' },
      { kind: 'text', text: 'a' },
    ]);
  });

  test('a result without an id answers the next open call', () => {
    const calls = ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: id, arguments: '' } }));
    const { turns } = said({ role: 'assistant', tool_calls: calls }, { role: 'tool', content: '1' }, { role: 'tool', content: '2' });
    expect(turns.slice(1).map(({ blocks }) => blocks[0])).toMatchObject([{ id: 'a' }, { id: 'b' }]);
  });

  test('results of text tools know it', () => {
    const { turns } = said(
      { role: 'assistant', tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'patch', input: 'x' } }] },
      { role: 'tool', tool_call_id: 'a', content: 'ok' },
    );
    expect(turns[0]!.blocks[0]).toEqual({ kind: 'tool-call', id: 'a', name: 'patch', input: 'text', arguments: 'x' });
    expect(turns[1]!.blocks[0]).toMatchObject({ kind: 'tool-result', input: 'text' });
  });

  test('media keep their true type', () => {
    const parts = [
      { type: 'image_url', image_url: { url: 'data:image/webp;base64,AAAA' } },
      { type: 'image_url', image_url: 'https://example.com/a.png' },
      { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
      { type: 'file', file: { file_data: 'CCCC', filename: 'notes.md' } },
      { type: 'hologram', hologram: 1 },
    ];
    const prompt = said({ role: 'user', content: parts });
    expect(prompt.turns[0]!.blocks).toMatchObject([
      { media: 'image', source: { from: 'base64', mime: 'image/webp', data: 'AAAA' } },
      { media: 'image', source: { from: 'url', url: 'https://example.com/a.png' } },
      { media: 'audio', source: { from: 'base64', mime: 'audio/mpeg', data: 'BBBB' } },
      { media: 'file', source: { from: 'base64', mime: 'text/plain', data: 'CCCC' }, name: 'notes.md' },
      { kind: 'opaque', dialect: 'openai-chat', label: 'hologram', raw: { type: 'hologram', hologram: 1 } },
    ]);
    expect(again(prompt)['messages']).toMatchObject([{ content: parts }]);
  });
});

describe('seals of another dialect come home', () => {
  const one = { by: 'elsewhere', raw: { signature: 'Aa+/=' } };
  const two = { by: 'elsewhere', raw: 'B' };
  const entry = (seal: typeof one | typeof two, index: number, span?: unknown) => ({
    type: 'reasoning.encrypted',
    data: wrapSeal(seal),
    index,
    ...(span === undefined ? {} : { span }),
  });
  const thoughts = (details: unknown[], text = 'first second') =>
    said({ role: 'assistant', content: 'a', reasoning_content: text, reasoning_details: details }).turns[0]!.blocks.slice(0, -1);

  test('each with its own part of the thought', () => {
    expect(thoughts([entry(one, 0, [0, 5]), entry(two, 1, [6, 12])])).toEqual([
      { kind: 'reasoning', text: 'first', seal: one },
      { kind: 'reasoning', text: ' ' },
      { kind: 'reasoning', text: 'second', seal: two },
    ]);
  });

  test('from a client that lost the spans', () => {
    expect(thoughts([entry(one, 0), entry(two, 1)])).toEqual([
      { kind: 'reasoning', text: 'first second', seal: one },
      { kind: 'reasoning', text: '', seal: two },
    ]);
  });

  test('spans that lie are not believed', () => {
    const blocks = thoughts([entry(one, 0, [4, 99]), entry(two, 1, [-3, 2])]);
    expect(blocks.map((block) => block.kind === 'reasoning' && block.text).join('')).toBe('first second');
    expect(blocks.flatMap((block) => (block.kind === 'reasoning' && block.seal) || [])).toEqual([one, two]);
  });

  test('of a call, in its signature', () => {
    const extra_content = { google: { thought_signature: wrapSeal(one) } };
    const message = {
      role: 'assistant',
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' }, extra_content }],
    };
    const prompt = said(message);
    expect(prompt.turns[0]!.blocks[0]).toMatchObject({ seal: one });
    expect(again(prompt)['messages']).toMatchObject([message]);
  });

  test('a provider’s own stay one list, text alone is none', () => {
    const details = [
      { type: 'reasoning.summary', summary: 's', index: 0 },
      { type: 'reasoning.encrypted', data: 'E', index: 1 },
    ];
    expect(thoughts(details, 's')).toEqual([{ kind: 'reasoning', text: 's', seal: { by: 'openai-chat', raw: details } }]);
    expect(thoughts(details.slice(0, 1), 's')).toEqual([{ kind: 'reasoning', text: 's' }]);
  });
});

describe('wishes', () => {
  test('limits under both names', () => {
    expect(accept({ max_tokens: 5 })).toMatchObject({ maxTokens: 5 });
    expect(accept({ max_tokens: 5, max_completion_tokens: 7 })).toMatchObject({ maxTokens: 7, rest: { max_tokens: 5 } });
    expect(accept({ max_tokens: -1 }).maxTokens).toBeUndefined();
  });

  test('structured output in three spellings', () => {
    const schema = { type: 'object' };
    for (const format of [
      { type: 'json_schema', json_schema: { name: 'n', schema } },
      { type: 'json_schema', schema },
      { type: 'json_object', schema },
    ]) {
      const prompt = accept({ response_format: format });
      expect(prompt.output).toMatchObject({ kind: 'schema', schema });
      expect(again(prompt)['response_format']).toEqual(format);
    }
    expect(accept({ response_format: { type: 'json_object' } }).output).toEqual({ kind: 'json' });
  });

  test('thinking as an effort or as an object', () => {
    expect(accept({ reasoning_effort: 'high' }).reasoning).toEqual({ effort: 'high' });
    expect(accept({ reasoning_effort: 'none' }).reasoning).toEqual({ mode: 'off', effort: 'none' });
    const prompt = accept({ reasoning: { max_tokens: 900, exclude: true } });
    expect(prompt).toMatchObject({ reasoning: { budget: 900 }, rest: { reasoning: { exclude: true } } });
    expect(again(prompt)['reasoning']).toEqual({ max_tokens: 900, exclude: true });
  });

  test('choices', () => {
    expect(accept({ tool_choice: 'any' }).toolChoice).toEqual({ mode: 'required' });
    expect(accept({ tool_choice: { type: 'function', function: { name: 'f' } } }).toolChoice).toEqual({ mode: 'named', name: 'f' });
    const odd = { type: 'function', function: { name: 'f' }, note: 1 };
    expect(again(accept({ tool_choice: odd }))['tool_choice']).toEqual(odd);
    expect(accept({ functions: [{ name: 'f' }], function_call: { name: 'f' } })).toMatchObject({
      tools: [{ kind: 'function', name: 'f' }],
      toolChoice: { mode: 'named', name: 'f' },
    });
  });

  test('what the meaning depends on is told apart from tuning and from defaults', () => {
    const { meaning, rest } = accept({ n: 2, logprobs: true, guided_regex: 'a+', min_p: 0.1, audio: null });
    expect(meaning).toEqual(new Set(['n', 'logprobs', 'guided_regex']));
    expect(rest).toMatchObject({ min_p: 0.1 });
    const plain = accept({ n: 1, logprobs: false, modalities: ['text'], metadata: {}, tools: [], response_format: null });
    expect(plain.meaning).toBeUndefined();
    expect(plain.rest).toEqual({ response_format: null });
    expect(again(plain)).toMatchObject({ n: 1, logprobs: false, modalities: ['text'], metadata: {}, tools: [] });
  });
});
