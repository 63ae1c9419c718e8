import { describe, expect, test } from 'vitest';
import type { Block } from '../../protocol/block.ts';
import type { Target } from '../../protocol/dialect.ts';
import { printNote } from '../../protocol/note.ts';
import type { Prompt, Turn } from '../../protocol/prompt.ts';
import { openaiChat } from './index.ts';

const say = (text: string): Block => ({ kind: 'text', text });
const call = (id: string, fields: object = {}): Block =>
  ({ kind: 'tool-call', id, name: 'f', input: 'json', arguments: '{}', ...fields }) as Block;
const result = (id: string, ...content: Block[]): Block => ({ kind: 'tool-result', id, input: 'json', content });
const picture: Block = { kind: 'media', media: 'image', source: { from: 'base64', mime: 'image/png', data: 'AAAA' } };
const user = (...blocks: Block[]): Turn => ({ role: 'user', blocks });
const assistant = (...blocks: Block[]): Turn => ({ role: 'assistant', blocks });

/** The body and the printed notes of a prompt that came in another dialect. */
function ask(fields: Partial<Prompt>, quirks: string[] = [], target: Partial<Target> = {}) {
  const prompt: Prompt = {
    dialect: 'elsewhere',
    model: 'alias',
    stream: false,
    turns: [user(say('Hi'))],
    tools: [],
    sampling: {},
    ...fields,
  };
  const { request, notes } = openaiChat.ask(prompt, { model: 'up', quirks: new Set(quirks), ...target });
  return { body: JSON.parse(JSON.stringify(request.body)) as Record<string, unknown>, notes: notes.map(printNote), path: request.path };
}
const messages = (turns: Turn[], quirks?: string[]) => ask({ turns }, quirks).body['messages'];

test('the plainest request', () => {
  expect(ask({})).toEqual({ body: { model: 'up', messages: [{ role: 'user', content: 'Hi' }] }, notes: [], path: '/v1/chat/completions' });
});

test('a stream always asks for its usage', () => {
  expect(ask({ stream: true, streamUsage: false }).body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
});

describe('messages', () => {
  test('one leading instruction, late ones in the conversation', () => {
    const turns: Turn[] = [
      { role: 'system', blocks: [say('A'), say('B')] },
      { role: 'system', blocks: [say('C')] },
      user(say('x')),
      { role: 'system', blocks: [say('late')] },
    ];
    expect(messages(turns)).toEqual([
      { role: 'system', content: 'A\n\nB\n\nC' },
      { role: 'user', content: 'x\n\nlate' },
    ]);
    expect(messages(turns, ['developer-role'])).toMatchObject([{ role: 'developer' }, {}]);
  });

  test('results behind their calls in call order, pictures after all of them', () => {
    const turns = [
      user(say('go')),
      assistant(say('Both.'), call('a'), call('b')),
      user(result('b', say('B'), picture), result('a', picture), say('now')),
    ];
    const url = 'data:image/png;base64,AAAA';
    expect(messages(turns)).toEqual([
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: 'Both.',
        tool_calls: ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
      },
      { role: 'tool', tool_call_id: 'a', content: '[the result is attached to the next message]' },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Attached to the result of tool call a:' },
          { type: 'image_url', image_url: { url } },
          { type: 'text', text: 'Attached to the result of tool call b:' },
          { type: 'image_url', image_url: { url } },
          { type: 'text', text: 'now' },
        ],
      },
    ]);
  });

  test('a failure is visible, a missing result is made up, calls alone have null content', () => {
    const turns = [user(say('go')), assistant(call('a'), call('b')), user({ ...result('a', say('no')), error: true } as Block)];
    expect(messages(turns)).toMatchObject([
      {},
      { content: null },
      { role: 'tool', content: '[tool error] no' },
      { role: 'tool', tool_call_id: 'b', content: expect.stringContaining('[tool error]') },
    ]);
  });

  test('arguments: empty ones are an object, broken ones are wrapped, others are untouched', () => {
    const turns = [
      user(say('go')),
      assistant(call('a', { arguments: '' }), call('b', { arguments: '{"x' }), call('c', { arguments: '{ "x":1 }' })),
    ];
    const { body, notes } = ask({ turns });
    const [, { tool_calls }] = body['messages'] as [unknown, { tool_calls: { function: { arguments: string } }[] }];
    expect(tool_calls.map((entry) => entry.function.arguments)).toEqual(['{}', '{"unparsed_arguments":"{\\"x"}', '{ "x":1 }']);
    expect(notes.join()).toContain('no JSON object');
  });

  test('thoughts go back only where they are wanted, own seals always', () => {
    const details = [{ type: 'reasoning.text', text: 'mine', signature: 'S', index: 0 }];
    const turns = [
      user(say('go')),
      assistant(
        { kind: 'reasoning', text: 'foreign', seal: { by: 'elsewhere', raw: 'X' } },
        { kind: 'reasoning', text: 'mine', seal: { by: 'openai-chat', raw: details } },
        say('ok'),
      ),
    ];
    const { body, notes } = ask({ turns });
    expect(body['messages']).toMatchObject([{}, { content: 'ok', reasoning_details: details }]);
    expect(JSON.stringify(body)).not.toMatch(/foreign|reasoning_content|"X"/);
    expect(notes).toEqual([expect.stringMatching(/^dropped reasoning .*1 earlier/), expect.stringMatching(/^dropped seals /)]);
    expect(messages(turns, ['reasoning-content-back'])).toMatchObject([{}, { reasoning_content: 'foreignmine' }]);
  });

  test('what only its owner can fetch is refused', () => {
    const turns = [
      user(
        { kind: 'media', media: 'file', source: { from: 'url', url: 'https://example.com/a.pdf' } },
        { kind: 'media', media: 'image', source: { from: 'file', id: 'file_1' } },
      ),
    ];
    const { body, notes } = ask({ turns });
    expect(notes).toEqual([expect.stringContaining('refused turns[0][1].file_id'), expect.stringMatching(/^refused .*file/)]);
    expect(JSON.stringify(body)).not.toMatch(/example\.com|file_1/);
  });
});

describe('tools', () => {
  const f = { kind: 'function', name: 'f', namespace: 'mcp' } as const;
  const patch = { kind: 'text', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } } as const;

  test('functions with flat names; text tools as functions', () => {
    const { body, notes } = ask({ tools: [f, patch], toolChoice: { mode: 'named', name: 'f', namespace: 'mcp' }, parallelTools: true });
    expect(body).toMatchObject({
      tools: [{ function: { name: 'mcp__f', parameters: { type: 'object' } } }, { type: 'function', function: { name: 'patch' } }],
      tool_choice: { type: 'function', function: { name: 'mcp__f' } },
    });
    expect(body).not.toHaveProperty('parallel_tool_calls');
    expect(notes).toEqual([expect.stringContaining('changed tools[1]')]);
  });

  test('text tools as they are, where they are known', () => {
    const turns = [user(say('go')), assistant(call('a', { name: 'patch', input: 'text', arguments: 'raw' }))];
    const { body } = ask({ tools: [patch], turns, toolChoice: { mode: 'named', name: 'patch' } }, ['custom-tools']);
    expect(body).toMatchObject({
      tools: [
        { type: 'custom', custom: { name: 'patch', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } } } },
      ],
      tool_choice: { type: 'custom', custom: { name: 'patch' } },
    });
    expect(body['messages']).toMatchObject([{}, { tool_calls: [{ type: 'custom', custom: { name: 'patch', input: 'raw' } }] }, {}]);
    expect(ask({ tools: [patch], turns }).body['messages']).toMatchObject([
      {},
      { tool_calls: [{ function: { arguments: '{"input":"raw"}' } }] },
      {},
    ]);
  });

  test('without tools there is no choice', () => {
    const hosted = { kind: 'opaque', dialect: 'elsewhere', label: 'web_search', raw: {} } as const;
    const { body, notes } = ask({ tools: [hosted], toolChoice: { mode: 'required' }, parallelTools: false });
    expect(Object.keys(body)).toEqual(['model', 'messages']);
    expect(notes).toEqual([expect.stringContaining('tools[0]'), expect.stringContaining('dropped tool_choice')]);
    expect(ask({ tools: [f], toolChoice: { mode: 'named', name: 'gone' } }).body).not.toHaveProperty('tool_choice');
  });

  test('allowed tools are the only ones sent', () => {
    const { body } = ask({ tools: [f, patch], toolChoice: { mode: 'required', allowed: ['mcp__f'] } });
    expect(body).toMatchObject({ tools: [{ function: { name: 'mcp__f' } }], tool_choice: 'required' });
    expect(body['tools']).toHaveLength(1);
  });
});

describe('wishes, and the quirks that allow more', () => {
  const sampling = { temperature: 0.1, topK: 5 };
  test.each<[string, Partial<Prompt>, string[], object, string | undefined]>([
    ['a limit', { maxTokens: 9 }, [], { max_tokens: 9 }, undefined],
    ['a limit by its new name', { maxTokens: 9 }, ['max-completion-tokens'], { max_completion_tokens: 9 }, undefined],
    ['a limit beyond the model’s', { maxTokens: 99_999 }, [], { max_tokens: 4096 }, 'changed max_tokens'],
    ['an effort', { reasoning: { effort: 'low' } }, [], { reasoning_effort: 'low' }, undefined],
    ['a budget', { reasoning: { mode: 'on', budget: 20_000 } }, [], { reasoning_effort: 'high' }, 'changed reasoning.budget'],
    ['no thinking', { reasoning: { mode: 'off' } }, [], {}, 'dropped reasoning'],
    ['no thinking, where it is known', { reasoning: { mode: 'off' } }, ['effort-none'], { reasoning_effort: 'none' }, undefined],
    ['thinking as the model likes', { reasoning: { mode: 'adaptive' } }, [], {}, 'dropped reasoning.mode'],
    ['sampling', { sampling }, [], { temperature: 0.1 }, 'dropped top_k'],
    ['sampling of an open engine', { sampling }, ['top-k'], { temperature: 0.1, top_k: 5 }, undefined],
    ['a cache key', { cacheKey: 'k' }, [], {}, 'dropped cache_key'],
    ['a cache key, where it is known', { cacheKey: 'k' }, ['prompt-cache-key'], { prompt_cache_key: 'k' }, undefined],
    ['a user', { user: 'u' }, [], { user: 'u' }, undefined],
    ['a user too long', { user: 'u'.repeat(65) }, [], {}, 'dropped user'],
    ['stop words', { stop: ['a'] }, [], { stop: ['a'] }, undefined],
    ['JSON', { output: { kind: 'json' } }, [], { response_format: { type: 'json_object' } }, undefined],
    [
      'a schema without a name',
      { output: { kind: 'schema', schema: { type: 'object' } } },
      [],
      { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } } },
      undefined,
    ],
  ])('%s', (_, fields, quirks, wanted, note) => {
    const { body, notes } = ask(fields, quirks, { maxOutput: 4096 });
    const { model: _model, messages: _messages, ...sent } = body;
    expect(sent).toEqual(wanted);
    expect(notes).toEqual(note ? [expect.stringContaining(note)] : []);
  });
});
