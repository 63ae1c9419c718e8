import { describe, expect, test } from 'vitest';
import type { Block } from '../../protocol/block.ts';
import type { Target } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { ask } from './ask.ts';

const CLAUDE: Target = {
  model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  quirks: new Set(['thinking-budget', 'cache-points', 'top-k']),
};
const ADAPTIVE: Target = { model: 'm', quirks: new Set(['thinking-adaptive', 'cache-points']) };
const PLAIN: Target = { model: 'm' };

const say = (text: string, rest?: Json): Block => ({ kind: 'text', text, rest });
const prompt = (more: Partial<Prompt> = {}): Prompt => ({
  dialect: 'other',
  model: 'client-model',
  stream: true,
  turns: [{ role: 'user', blocks: [say('Hi')] }],
  tools: [],
  sampling: {},
  ...more,
});
const call: Block = { kind: 'tool-call', id: 'call_1', name: 'run', input: 'json', arguments: '{"command":"ls"}' };
const result: Block = { kind: 'tool-result', id: 'call_1', input: 'json', content: [say('no such file')], error: true };
const TOOL = { kind: 'function', name: 'run', description: 'Runs', schema: { properties: { command: { type: 'string' } } } } as const;
const history = (...thoughts: Block[]): Prompt['turns'] => [
  { role: 'user', blocks: [say('Go')] },
  { role: 'assistant', blocks: [...thoughts, call] },
  { role: 'user', blocks: [result] },
];
const body = (given: Prompt, target = PLAIN): Json => ask(given, target).request.body;

describe('the model is one segment of the path', () => {
  test.each([
    [CLAUDE.model, true, '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream'],
    [
      'arn:aws:bedrock:eu-central-1:123:application-inference-profile/ab',
      false,
      '/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123%3Aapplication-inference-profile%2Fab/converse',
    ],
  ])('%s', (model, stream, path) => expect(ask(prompt({ stream }), { model }).request.path).toBe(path));
});

test('calls, results and tools in the shapes of the service', () => {
  const sent = body(prompt({ turns: history(), tools: [TOOL], toolChoice: { mode: 'required' }, maxTokens: 100, stop: ['X', ' '] }));
  expect(sent).toEqual({
    messages: [
      { role: 'user', content: [{ text: 'Go' }] },
      { role: 'assistant', content: [{ toolUse: { toolUseId: 'call_1', name: 'run', input: { command: 'ls' } } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'call_1', content: [{ text: 'no such file' }], status: 'error' } }] },
    ],
    inferenceConfig: { maxTokens: 100, stopSequences: ['X'] },
    toolConfig: {
      tools: [
        {
          toolSpec: {
            name: 'run',
            description: 'Runs',
            inputSchema: { json: { type: 'object', properties: { command: { type: 'string' } } } },
          },
        },
      ],
      toolChoice: { any: {} },
    },
  });
});

test('a history with calls needs tools: they are declared by name', () => {
  expect(body(prompt({ turns: history() }))['toolConfig']).toEqual({
    tools: [{ toolSpec: { name: 'run', inputSchema: { json: { type: 'object' } } } }],
  });
});

describe('marks for the cache become cache points behind what they mark', () => {
  const marked = { cache_control: { type: 'ephemeral' } };
  const given = prompt({
    turns: [
      { role: 'system', blocks: [say('Rules', { cache_control: { type: 'ephemeral', ttl: '1h' } })] },
      { role: 'user', blocks: [say('Hi', marked)] },
    ],
    tools: [{ ...TOOL, rest: marked }],
  });

  test('where the model takes them', () => {
    const { request, notes } = ask(given, CLAUDE);
    expect(request.body).toMatchObject({
      system: [{ text: 'Rules' }, { cachePoint: { type: 'default', ttl: '1h' } }],
      messages: [{ content: [{ text: 'Hi' }, { cachePoint: { type: 'default' } }] }],
      toolConfig: { tools: [{ toolSpec: { name: 'run' } }, { cachePoint: { type: 'default' } }] },
    });
    expect(notes).toEqual([]);
  });

  test('four at most', () => {
    const { request, notes } = ask(
      prompt({ turns: [{ role: 'user', blocks: Array.from({ length: 6 }, (_, i) => say(`${i}`, marked)) }] }),
      CLAUDE,
    );
    expect(JSON.stringify(request.body).split('cachePoint')).toHaveLength(5);
    expect(notes.map(({ action, path }) => `${action} ${path}`)).toEqual(['dropped cache_control', 'dropped cache_control']);
  });

  test('where it does not, each is noted', () => {
    const { request, notes } = ask(given, PLAIN);
    expect(JSON.stringify(request.body)).not.toContain('cachePoint');
    expect(notes).toHaveLength(3);
  });
});

describe('thoughts', () => {
  const own: Block = { kind: 'reasoning', text: 'hm', seal: { by: 'bedrock', raw: { signature: 'S' } } };
  const redacted: Block = { kind: 'reasoning', text: '', seal: { by: 'bedrock', raw: { redacted: 'UkVE' } } };

  test('signed and redacted ones come back as they were, others stay behind with a note', () => {
    const foreign: Block = { kind: 'reasoning', text: 'x', seal: { by: 'other', raw: 1 } };
    const { request, notes } = ask(prompt({ turns: history(own, redacted, foreign) }), CLAUDE);
    const [, answer] = request.body['messages'] as { content: Json[] }[];
    expect(answer!.content.slice(0, 2)).toEqual([
      { reasoningContent: { reasoningText: { text: 'hm', signature: 'S' } } },
      { reasoningContent: { redactedContent: 'UkVE' } },
    ]);
    expect(notes.filter(({ action }) => action === 'dropped')).toHaveLength(1);
  });

  const thinking = (reasoning: Prompt['reasoning'], target: Target, more: Partial<Prompt> = {}) =>
    body(prompt({ reasoning, maxTokens: 20_000, ...more }), target)['additionalModelRequestFields'];

  test.each<[string, Prompt['reasoning'], Target, unknown]>([
    ['a budget', { mode: 'on', budget: 5000 }, CLAUDE, { thinking: { type: 'enabled', budget_tokens: 5000 } }],
    ['an effort', { effort: 'low' }, CLAUDE, { thinking: { type: 'enabled', budget_tokens: 4096 } }],
    ['off', { mode: 'off' }, CLAUDE, { thinking: { type: 'disabled' } }],
    ['an effort that adapts', { effort: 'high' }, ADAPTIVE, { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }],
    ['a budget that adapts', { budget: 9000 }, ADAPTIVE, { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } }],
    ['nothing known of the model', { effort: 'high' }, PLAIN, undefined],
  ])('%s', (_, reasoning, target, fields) => expect(thinking(reasoning, target)).toEqual(fields));

  test('a continued answer without a signed thought is continued without thinking', () => {
    expect(thinking({ effort: 'low' }, CLAUDE, { turns: history() })).toEqual({ thinking: { type: 'disabled' } });
    expect(thinking({ effort: 'low' }, CLAUDE, { turns: history(own) })).toMatchObject({ thinking: { type: 'enabled' } });
  });

  test('what thinking forbids is not sent', () => {
    const { request, notes } = ask(
      prompt({
        reasoning: { effort: 'low' },
        maxTokens: 20_000,
        tools: [TOOL],
        toolChoice: { mode: 'required' },
        sampling: { temperature: 0.2, topK: 5 },
      }),
      CLAUDE,
    );
    expect(request.body).toMatchObject({ toolConfig: { toolChoice: { auto: {} } }, inferenceConfig: { maxTokens: 20_000 } });
    expect(JSON.stringify(request.body)).not.toMatch(/temperature|top_k/);
    expect(notes.map(({ path }) => path).sort()).toEqual(['temperature', 'toolChoice', 'top_k']);
  });
});

describe('media', () => {
  const media = (kind: 'image' | 'audio' | 'file', mime: string, name?: string): Block => ({
    kind: 'media',
    media: kind,
    source: { from: 'base64', mime, data: 'AAAA' },
    name,
  });
  const content = (...blocks: Block[]) =>
    (body(prompt({ turns: [{ role: 'user', blocks }] }))['messages'] as { content: Json[] }[])[0]!.content;

  test('pictures by format, documents by names that the service takes and none twice', () => {
    expect(
      content(say('See'), media('image', 'image/png'), media('file', 'application/pdf', 'a_b.pdf'), media('file', 'text/markdown')),
    ).toEqual([
      { text: 'See' },
      { image: { format: 'png', source: { bytes: 'AAAA' } } },
      { document: { format: 'pdf', name: 'a b pdf 1', source: { bytes: 'AAAA' } } },
      { document: { format: 'md', name: 'document 2', source: { bytes: 'AAAA' } } },
    ]);
  });

  test('a document alone gets a text', () =>
    expect(content(media('file', 'application/pdf')).map((block) => Object.keys(block)[0])).toEqual(['document', 'text']));

  test('what lies in a bucket is named', () => {
    const block: Block = { kind: 'media', media: 'image', source: { from: 'url', url: 's3://bucket/a.jpg' } };
    expect(content(block)).toEqual([{ image: { format: 'jpeg', source: { s3Location: { uri: 's3://bucket/a.jpg' } } } }]);
  });

  test('what cannot be carried leaves a note and a placeholder', () => {
    const { request, notes } = ask(prompt({ turns: [{ role: 'user', blocks: [media('audio', 'audio/wav')] }] }), PLAIN);
    expect(request.body['messages']).toEqual([{ role: 'user', content: [{ text: '(no content)' }] }]);
    expect(notes.map(({ action }) => action)).toEqual(['dropped', 'changed']);
  });
});

test('a schema goes as text, JSON without one as an instruction', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  expect(body(prompt({ output: { kind: 'schema', schema, name: 'n' } }))['outputConfig']).toEqual({
    textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: JSON.stringify(schema), name: 'n' } } },
  });
  expect(JSON.stringify(body(prompt({ output: { kind: 'json' } }))['system'])).toContain('one JSON object');
});
