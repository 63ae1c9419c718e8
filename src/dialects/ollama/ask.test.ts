import { describe, expect, it, test } from 'vitest';
import { GatewayError } from '../../protocol/errors.ts';
import type { Json } from '../../protocol/json.ts';
import type { Prompt, Tool } from '../../protocol/prompt.ts';
import { ask } from './ask.ts';

const TOOLS: Tool[] = [
  { kind: 'function', name: 'read', schema: { type: 'object', properties: { path: { type: 'string' }, any: true } } },
  { kind: 'function', name: 'run', namespace: 'mcp__x' },
  { kind: 'text', name: 'patch' },
];

function prompt(more: Partial<Prompt> = {}, text = 'hi'): Prompt {
  return {
    dialect: 'elsewhere',
    model: 'asked',
    stream: false,
    turns: [{ role: 'user', blocks: [{ kind: 'text', text }] }],
    tools: [],
    sampling: {},
    ...more,
  };
}

const options = (asked: Prompt, window?: number) => ask(asked, { model: 'm', window }).request.body['options'] as Json;
const field = (asked: Prompt, key: string, quirks: string[] = []) => ask(asked, { model: 'm', quirks: new Set(quirks) }).request.body[key];

describe('the window', () => {
  const words = (count: number) => 'word '.repeat(count);
  // About 1.09 tokens a word, and room for the answer.
  test.each([
    ['a word', 'hi', undefined, 131_072, 4096],
    ['what just fits the first step', words(1800), undefined, 131_072, 4096],
    ['a little more', words(1950), undefined, 131_072, 8192],
    ['an agent’s first turn', words(22_000), 32_000, 131_072, 65_536],
    ['its later ones, the same', words(25_000), 32_000, 131_072, 65_536],
    ['more than the model has with the answer', words(25_000), 32_000, 40_960, 40_960],
    ['a window smaller than the least step', 'hi', undefined, 2048, 2048],
    ['letters of three bytes', '字'.repeat(4000), undefined, 131_072, 8192],
  ])('holds %s', (_, text, maxTokens, window, size) => {
    expect(options(prompt({ maxTokens }, text), window)['num_ctx']).toBe(size);
  });

  it('does not change while a conversation grows within it', () => {
    const sizes = new Set<unknown>();
    for (let count = 8000; count < 14_000; count += 250) sizes.add(options(prompt({ maxTokens: 4096 }, words(count)), 131_072)['num_ctx']);
    expect([...sizes]).toEqual([16_384, 32_768]);
  });

  test.each([
    ['what is loaded, where that is enough', words(3000), 16_384, 16_384],
    ['the next step, where it is not', words(3000), 4096, 8192],
    ['what is loaded, where only an answer without end would need more', words(1000), 6000, 6000, 64_000],
  ])('is %s', (_, text, loaded, size, maxTokens?: number) => {
    const { request, notes } = ask(prompt({ maxTokens }, text), { model: 'm', window: 131_072, loaded });
    expect((request.body['options'] as Json)['num_ctx']).toBe(size);
    expect(notes).toEqual([]);
  });

  it('of a model whose own is unknown grows for a prompt, not for an answer without end, and says so', () => {
    const { request, notes } = ask(prompt({ maxTokens: 64_000 }), { model: 'm' });
    expect(request.body['options']).toEqual({ num_predict: 64_000, num_ctx: 32_768 });
    expect(notes).toEqual([{ path: 'options.num_ctx', action: 'changed', why: expect.stringContaining('"context"') }]);
    expect(ask(prompt({ maxTokens: 4096 }), { model: 'm' }).notes).toEqual([]);
    expect(options(prompt({ maxTokens: 32_000 }, words(33_000)))['num_ctx']).toBe(65_536);
    expect(options(prompt({ maxTokens: 32_000 }, words(20_000)))['num_ctx']).toBe(32_768);
  });

  test.each([
    [8192, words(10_000), 8192],
    [undefined, words(320_000), 262_144],
  ])('refuses a prompt that is larger than %s', (window, text, limit) => {
    expect(() => options(prompt({}, text), window)).toThrow(GatewayError);
    expect(() => options(prompt({}, text), window)).toThrow(new RegExp(`tokens > ${limit} that the model can be given`));
    try {
      options(prompt({}, text), window);
    } catch (error) {
      expect(error).toMatchObject({ kind: 'context', status: 400 });
    }
  });

  it('counts tools and pictures as well', () => {
    const data = 'A'.repeat(4_000_000);
    const turns: Prompt['turns'] = [
      { role: 'user', blocks: [{ kind: 'media', media: 'image', source: { from: 'base64', mime: 'image/png', data } }] },
    ];
    expect(options(prompt({ turns }), 131_072)['num_ctx']).toBe(4096);
    const tools: Tool[] = [{ kind: 'function', name: 'f', description: words(16_000) }];
    expect(options(prompt({ tools }), 131_072)['num_ctx']).toBe(32_768);
  });

  it('forbids the server to cut anything', () => {
    expect(ask(prompt(), { model: 'm' }).request.body).toMatchObject({ truncate: false, shift: false });
    expect(ask(prompt(), { model: 'm' }).request.body).not.toHaveProperty('keep_alive');
  });
});

describe('thinking', () => {
  test.each([
    ['nothing said', undefined, [], undefined],
    ['off', { mode: 'off' as const }, [], false],
    ['off by effort', { effort: 'none' }, [], false],
    ['off by budget', { budget: 0 }, ['thinks'], false],
    ['on, where it may be an error', { mode: 'on' as const, budget: 10_000 }, [], undefined],
    ['on, where it is welcome', { mode: 'on' as const }, ['thinks'], true],
    ['an effort', { effort: 'high' }, ['thinks', 'thinking-level'], 'high'],
    ['an effort of a model without levels', { effort: 'high' }, ['thinks'], true],
    ['an effort that is called otherwise', { effort: 'minimal' }, ['thinks', 'thinking-level'], 'low'],
    ['an effort that is not known', { effort: 'huge' }, ['thinks', 'thinking-level'], true],
  ])('%s', (_, reasoning, quirks, think) => {
    expect(field(prompt({ reasoning }), 'think', quirks)).toBe(think);
  });

  it('a wish that is left to the model is announced', () => {
    expect(ask(prompt({ reasoning: { effort: 'high' } }), { model: 'm' }).notes).toEqual([
      { path: 'reasoning', action: 'changed', why: expect.stringContaining('"thinks"') },
    ]);
  });
});

describe('tools', () => {
  const names = (choice: Prompt['toolChoice']) =>
    (field(prompt({ tools: TOOLS, toolChoice: choice }), 'tools') as { function: { name: string } }[] | undefined)?.map(
      (tool) => tool.function.name,
    );

  it('are functions with an object of properties', () => {
    expect(field(prompt({ tools: TOOLS }), 'tools')).toEqual([
      { type: 'function', function: { name: 'read', parameters: { type: 'object', properties: { path: { type: 'string' }, any: {} } } } },
      { type: 'function', function: { name: 'mcp__x__run', parameters: { type: 'object', properties: {} } } },
      { type: 'function', function: { name: 'patch', parameters: expect.objectContaining({ required: ['input'] }) } },
    ]);
  });

  it('are narrowed by a choice, which the wire has not', () => {
    expect(names({ mode: 'auto' })).toHaveLength(3);
    expect(names({ mode: 'required' })).toHaveLength(3);
    expect(names({ mode: 'named', name: 'run', namespace: 'mcp__x' })).toEqual(['mcp__x__run']);
    expect(names({ mode: 'auto', allowed: ['patch'] })).toEqual(['patch']);
    expect(names({ mode: 'none' })).toBeUndefined();
  });
});

describe('a conversation', () => {
  const call = (id: string, name: string, args: string) => ({
    kind: 'tool-call' as const,
    id,
    name,
    input: 'json' as const,
    arguments: args,
  });
  const picture = { kind: 'media' as const, media: 'image' as const, source: { from: 'base64' as const, mime: 'image/png', data: 'AAAA' } };

  it('has arguments as objects, and results that say whose they are', () => {
    const turns: Prompt['turns'] = [
      { role: 'user', blocks: [{ kind: 'text', text: 'go' }] },
      {
        role: 'assistant',
        blocks: [
          { kind: 'reasoning', text: 'I read.', seal: { by: 'elsewhere', raw: 1 } },
          call('a', 'read', '{"path":"x"}'),
          call('b', 'run', '{"cut'),
        ],
      },
      {
        role: 'user',
        blocks: [
          { kind: 'tool-result', id: 'b', input: 'json', content: [{ kind: 'text', text: 'no' }], error: true },
          { kind: 'tool-result', id: 'a', input: 'json', content: [picture] },
        ],
      },
    ];
    const { request, notes } = ask(prompt({ turns }), { model: 'm' });
    expect(request.body['messages']).toEqual([
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: '',
        thinking: 'I read.',
        tool_calls: [
          { id: 'a', function: { name: 'read', arguments: { path: 'x' } } },
          { id: 'b', function: { name: 'run', arguments: { unparsed_arguments: '{"cut' } } },
        ],
      },
      { role: 'tool', content: '[the result is attached to the next message]', tool_name: 'read', tool_call_id: 'a' },
      { role: 'tool', content: '[tool error] no', tool_name: 'run', tool_call_id: 'b' },
      { role: 'user', content: 'Attached to the result of tool call a:', images: ['AAAA'] },
    ]);
    expect(notes.map(({ path, action }) => [path, action])).toEqual([
      ['turns[1] tool-call b', 'changed'],
      ['turns[2] tool-result a', 'changed'],
      ['seals', 'dropped'],
    ]);
  });

  test.each([
    ['image', { from: 'url' as const, url: 'http://169.254.169.254/latest/meta-data' }],
    ['image', { from: 'file' as const, id: 'file_1' }],
    ['file', { from: 'base64' as const, mime: 'application/pdf', data: 'JVBE' }],
    ['audio', { from: 'base64' as const, mime: 'audio/wav', data: 'UklG' }],
  ] as const)('refuses %s %j and fetches nothing', (media, source) => {
    const turns: Prompt['turns'] = [{ role: 'user', blocks: [{ kind: 'media', media, source }] }];
    const { request, notes } = ask(prompt({ turns }), { model: 'm' });
    const path = source.from === 'file' ? 'turns[0][0].file_id' : `turns[0] ${media}`;
    expect(notes).toEqual([{ path, action: 'refused', why: expect.any(String) }]);
    expect(JSON.stringify(request.body)).not.toContain('169.254');
  });
});

it('says in options what other dialects say at the top', () => {
  const sampling = { temperature: 0.1, topP: 0.9, topK: 20, seed: 3, frequencyPenalty: 0.1, presencePenalty: 0.2 };
  const asked = prompt({ sampling, maxTokens: 100, stop: ['END', ''] });
  expect(options(asked, 8192)).toEqual({
    temperature: 0.1,
    top_p: 0.9,
    top_k: 20,
    seed: 3,
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    stop: ['END'],
    num_predict: 100,
    num_ctx: 4096,
  });
  expect(ask(asked, { model: 'm', maxOutput: 50 }).request.body['options']).toMatchObject({ num_predict: 50 });
});

test.each([
  [{ kind: 'json' as const }, 'json'],
  [{ kind: 'schema' as const, schema: { type: 'object' }, name: 'x', strict: true }, { type: 'object' }],
  [{ kind: 'text' as const }, undefined],
])('format of %j', (output, format) => {
  expect(field(prompt({ output }), 'format')).toEqual(format);
});
