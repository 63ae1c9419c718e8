import { describe, expect, test } from 'vitest';
import type { Seal } from '../../protocol/block.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { call, overWire, TARGET } from '../contract/run.ts';
import { anthropic } from './index.ts';

const accept = (body: unknown) => anthropic.accept(call(anthropic, body));
const send = (body: unknown) => anthropic.ask(accept(body), TARGET);
const base = { model: 'm', max_tokens: 10, messages: [] as unknown[] };
const user = (...content: unknown[]) => ({ ...base, messages: [{ role: 'user', content }] });

describe('what is surely wrong is named with its path', () => {
  test.each<[string, unknown]>([
    ['body', 'hello'],
    ['model', { messages: [] }],
    ['model', { ...base, model: 7 }],
    ['model', { ...base, model: '' }],
    ['messages', { model: 'm' }],
    ['messages', { ...base, messages: {} }],
    ['messages[0]', { ...base, messages: ['hi'] }],
    ['messages[0].role', { ...base, messages: [{ content: 'hi' }] }],
    ['messages[0].role', { ...base, messages: [{ role: 'tool', content: 'hi' }] }],
    ['messages[0].content', { ...base, messages: [{ role: 'user' }] }],
    [
      'messages[1].content',
      {
        ...base,
        messages: [
          { role: 'user', content: 'a' },
          { role: 'user', content: {} },
        ],
      },
    ],
    ['messages[0].content[0]', user('hi')],
    ['messages[0].content[0].type', user({ text: 'hi' })],
    ['messages[0].content[1].text', user({ type: 'text', text: 'a' }, { type: 'text', text: 1 })],
    ['messages[0].content[0].id', user({ type: 'tool_use', name: 'a', input: {} })],
    ['messages[0].content[0].name', user({ type: 'tool_use', id: 'a', input: {} })],
    ['messages[0].content[0].tool_use_id', user({ type: 'tool_result', content: 'a' })],
    ['messages[0].content[0].content', user({ type: 'tool_result', tool_use_id: 'a', content: 5 })],
    ['messages[0].content[0].is_error', user({ type: 'tool_result', tool_use_id: 'a', is_error: 'yes' })],
    ['messages[0].content[0].content[0].text', user({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text' }] })],
    ['messages[0].content[0].thinking', user({ type: 'thinking', signature: 's' })],
    ['messages[0].content[0].data', user({ type: 'redacted_thinking' })],
    ['system', { ...base, system: 4 }],
    ['stream', { ...base, stream: 'yes' }],
    ['max_tokens', { ...base, max_tokens: '10' }],
    ['temperature', { ...base, temperature: 'hot' }],
    ['stop_sequences', { ...base, stop_sequences: 'x' }],
    ['stop_sequences', { ...base, stop_sequences: [1] }],
    ['tools', { ...base, tools: {} }],
    ['tools[0]', { ...base, tools: ['a'] }],
    ['tools[0].name', { ...base, tools: [{ input_schema: {} }] }],
    ['tools[0].input_schema', { ...base, tools: [{ name: 'a', input_schema: 'x' }] }],
    ['tool_choice', { ...base, tool_choice: 'auto' }],
    ['tool_choice.name', { ...base, tool_choice: { type: 'tool' } }],
    ['thinking', { ...base, thinking: true }],
    ['thinking.budget_tokens', { ...base, thinking: { type: 'enabled', budget_tokens: 'many' } }],
    ['output_config', { ...base, output_config: [] }],
    ['metadata', { ...base, metadata: 'me' }],
  ])('%s', (field, body) => {
    expect(() => accept(body)).toThrow(expect.objectContaining({ kind: 'invalid', field, status: 400 }));
  });
});

describe('what is odd but not wrong goes out as it came', () => {
  test.each<[string, Record<string, unknown>]>([
    ['nulls', { ...base, system: null, tools: null, tool_choice: null, thinking: null, metadata: null, stream: null, top_k: null }],
    ['empty objects', { ...base, metadata: {}, output_config: {} }],
    ['null user', { ...base, metadata: { user_id: null } }],
    ['null format', { ...base, output_config: { format: null, effort: 'low' } }],
    ['unknown format', { ...base, output_config: { format: { type: 'regex', pattern: 'a+' } } }],
    ['format with a name', { ...base, output_config: { format: { type: 'json_schema', schema: { type: 'object' }, name: 'n' } } }],
    [
      'both formats',
      { ...base, output_config: { format: { type: 'json_schema', schema: {} } }, output_format: { type: 'json_schema', schema: {} } },
    ],
    ['unknown choice', { ...base, tool_choice: { type: 'some', of: ['a'] } }],
    ['choice with more', { ...base, tools: [], tool_choice: { type: 'none', why: 'x' } }],
    ['thinking without a budget', { ...base, thinking: { type: 'enabled', display: null } }],
    ['unsigned thoughts', user({ type: 'thinking', thinking: 'hm' }, { type: 'thinking', thinking: '', signature: '' })],
    ['input that is no object', user({ type: 'tool_use', id: 'a', name: 'b', input: 'text' }, { type: 'tool_use', id: 'c', name: 'd' })],
    ['null content', user({ type: 'tool_result', tool_use_id: 'a', content: null, is_error: null })],
    ['empty content', user({ type: 'tool_result', tool_use_id: 'a', content: [] }, { type: 'tool_result', tool_use_id: 'b', content: '' })],
    ['a picture without a source', user({ type: 'image' }, { type: 'image', source: { type: 'base64', data: 'AA' } })],
    ['a source with more', user({ type: 'image', source: { type: 'url', url: 'https://a', width: 4 }, alt: null })],
    [
      'a role of its own',
      {
        ...base,
        messages: [
          { role: 'role: odd', content: 'a' },
          { role: 'msg', content: [] },
        ],
      },
    ],
    ['an empty system list', { ...base, system: [] }],
  ])('%s', (_, body) => {
    const { request, notes } = send(body);
    expect(overWire(request.body)).toEqual({ ...body, model: TARGET.model });
    expect(notes).toEqual([]);
  });

  test('beta headers and the beta query go along', () => {
    const headers = { 'anthropic-beta': 'effort-2025-11-24,context-management-2025-06-27' };
    const prompt = anthropic.accept({ ...call(anthropic, base), headers, query: new URLSearchParams('beta=true') });
    expect(anthropic.ask(prompt, TARGET).request).toMatchObject({ path: '/v1/messages?beta=true', headers });
    expect(send(base).request).toMatchObject({ path: '/v1/messages', headers: {} });
  });

  test('a missing max_tokens is made up and said', () => {
    const { request, notes } = send({ model: 'm', messages: [] });
    expect(request.body.max_tokens).toBe(TARGET.maxOutput);
    expect(notes).toEqual([expect.objectContaining({ path: 'max_tokens', action: 'changed' })]);
  });
});

test('every field that other dialects know is read', () => {
  const prompt = accept({
    model: 'm',
    max_tokens: 5,
    stream: true,
    system: 'Be brief.',
    messages: [{ role: 'ctx', content: 'Now in /tmp.' }],
    tools: [{ name: 'a', description: 'd', input_schema: { type: 'object' }, strict: true }],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' },
    output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
    stop_sequences: ['x'],
    temperature: 0.5,
    top_p: 0.9,
    top_k: 3,
    metadata: { user_id: 'u' },
  });
  expect(prompt).toMatchObject({
    dialect: 'anthropic',
    model: 'm',
    maxTokens: 5,
    stream: true,
    turns: [
      { role: 'system', blocks: [{ kind: 'text', text: 'Be brief.' }] },
      { role: 'system', blocks: [{ kind: 'text', text: 'Now in /tmp.' }] },
    ],
    tools: [{ kind: 'function', name: 'a', description: 'd', schema: { type: 'object' }, strict: true }],
    toolChoice: { mode: 'required' },
    parallelTools: false,
    reasoning: { mode: 'on', budget: 2000, summary: 'omitted', effort: 'high' },
    output: { kind: 'schema', schema: { type: 'object' } },
    stop: ['x'],
    sampling: { temperature: 0.5, topP: 0.9, topK: 3 },
    user: 'u',
  });
  expect(prompt.rest).toBeUndefined();
});

describe('seals in a client’s history', () => {
  const foreign: Seal = { by: 'other', raw: { id: 'rs_1', encrypted: 'ü+/=' } };
  const history = (...content: unknown[]) => ({ ...base, messages: [{ role: 'assistant', content }] });

  test('a wrapped seal is the other dialect’s own again', () => {
    const body = history(
      { type: 'thinking', thinking: 'a', signature: wrapSeal(foreign) },
      { type: 'redacted_thinking', data: wrapSeal(foreign) },
    );
    expect(accept(body).turns[0]!.blocks).toEqual([
      { kind: 'reasoning', text: 'a', seal: foreign },
      { kind: 'reasoning', text: '', seal: foreign },
    ]);
  });

  test('another dialect’s thoughts are never sent as this provider’s own', () => {
    const { request, notes } = send(history({ type: 'thinking', thinking: 'a', signature: wrapSeal(foreign) }));
    expect(request.body.messages).toEqual([{ role: 'assistant', content: [{ type: 'text', text: '(no content)' }] }]);
    expect(notes).toEqual([expect.objectContaining({ path: 'turns[0][0]', action: 'dropped' })]);
  });

  test('a signature of ours that means nothing any more seals nothing', () => {
    const body = history({ type: 'thinking', thinking: 'a', signature: wrapSeal({ by: 'anthropic', raw: 4 }) });
    expect(accept(body).turns[0]!.blocks).toEqual([{ kind: 'reasoning', text: 'a' }]);
  });
});
