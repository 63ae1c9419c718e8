import { describe, expect, test } from 'vitest';
import type { Block, ReasoningBlock } from '../../protocol/block.ts';
import type { Target } from '../../protocol/dialect.ts';
import type { Prompt, Turn } from '../../protocol/prompt.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { accept } from './accept.ts';
import { ask, needsMending } from './ask.ts';

const TARGET: Target = { model: 'gpt-x' };
const turn = (role: Turn['role'], ...blocks: Block[]): Turn => ({ role, blocks });
const text = (said: string): Block => ({ kind: 'text', text: said });
const foreign = (fields: Partial<Prompt> = {}): Prompt => ({
  dialect: 'elsewhere',
  model: 'm',
  stream: true,
  turns: [turn('user', text('hi'))],
  tools: [],
  sampling: {},
  ...fields,
});
const asked = (fields: Partial<Prompt>, target = TARGET) => {
  const { request, notes } = ask(foreign(fields), target);
  return { body: request.body, notes: notes.map(({ action, path }) => `${action} ${path}`) };
};

describe('a prompt of another dialect', () => {
  test('is asked without state at the provider, and for thoughts that can come back', () => {
    expect(ask(foreign(), TARGET).request).toEqual({
      path: '/v1/responses',
      headers: {},
      body: {
        model: 'gpt-x',
        input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
        store: false,
        include: ['reasoning.encrypted_content'],
        stream: true,
      },
    });
  });

  test('is not asked for sealed thoughts where the provider refuses to be', () => {
    expect(asked({}, { ...TARGET, quirks: new Set(['no-sealed-reasoning']) }).body).not.toHaveProperty('include');
  });

  test('own seals go home as they were, others stay out with a note', () => {
    const sealed: ReasoningBlock = {
      kind: 'reasoning',
      text: 'hm',
      seal: { by: 'openai-responses', raw: { id: 'rs_1', encrypted_content: 'gAA=' } },
    };
    const others: Block[] = [
      { kind: 'reasoning', text: 'no seal' },
      { kind: 'reasoning', text: 'x', seal: { by: 'elsewhere', raw: 'Eq' } },
    ];
    const { body, notes } = asked({
      turns: [turn('user', text('a')), turn('assistant', sealed, ...others, text('b')), turn('user', text('c'))],
    });
    expect((body.input as unknown[])[1]).toEqual({
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'hm' }],
      encrypted_content: 'gAA=',
    });
    expect(body.input).toHaveLength(4);
    expect(notes).toEqual(['dropped reasoning']);
  });

  test('results: one text as a string, pictures as parts, failures marked', () => {
    const call = (id: string, input: 'json' | 'text' = 'json'): Block => ({
      kind: 'tool-call',
      id,
      name: 'run',
      input,
      arguments: input === 'json' ? '{}' : 'x',
    });
    const image: Block = { kind: 'media', media: 'image', source: { from: 'base64', mime: 'image/png', data: 'iVBO' } };
    const result = (id: string, content: Block[], error?: true, input: 'json' | 'text' = 'json'): Block => ({
      kind: 'tool-result',
      id,
      input,
      content,
      ...(error && { error }),
    });
    const { body } = asked({
      turns: [
        turn('user', text('a')),
        turn('assistant', call('1'), call('2'), call('3', 'text'), call('4')),
        turn(
          'user',
          result('1', [text('ok')]),
          result('2', [image], true),
          result('3', [], undefined, 'text'),
          result('4', [text('bad')], true),
          text('go on'),
        ),
      ],
    });
    expect((body.input as unknown[]).slice(1)).toEqual([
      { type: 'function_call', call_id: '1', name: 'run', arguments: '{}' },
      { type: 'function_call', call_id: '2', name: 'run', arguments: '{}' },
      { type: 'custom_tool_call', call_id: '3', name: 'run', input: 'x' },
      { type: 'function_call', call_id: '4', name: 'run', arguments: '{}' },
      { type: 'function_call_output', call_id: '1', output: 'ok' },
      {
        type: 'function_call_output',
        call_id: '2',
        output: [
          { type: 'input_text', text: '[tool error]' },
          { type: 'input_image', image_url: 'data:image/png;base64,iVBO', detail: 'auto' },
        ],
      },
      { type: 'custom_tool_call_output', call_id: '3', output: '' },
      { type: 'function_call_output', call_id: '4', output: '[tool error] bad' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go on' }] },
    ]);
  });

  test('a file of another provider is refused, because its content is the question', () => {
    expect(asked({ turns: [turn('user', { kind: 'media', media: 'file', source: { from: 'file', id: 'f_1' } })] }).notes).toEqual([
      'refused turns[0][0].file_id',
    ]);
  });

  test('tools: strict is said, names are legal, grammars flat', () => {
    const grammar = { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } };
    const { body } = asked({
      tools: [
        { kind: 'function', name: 'a.b' },
        { kind: 'text', name: 'p', format: grammar },
      ],
      toolChoice: { mode: 'named', name: 'p' },
    });
    expect(body.tools).toEqual([
      { type: 'function', name: expect.stringMatching(/^a_b_\w+$/), strict: false, parameters: { type: 'object', properties: {} } },
      { type: 'custom', name: 'p', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
    ]);
    expect(body.tool_choice).toEqual({ type: 'custom', name: 'p' });
  });

  test('fields it lacks are noted, a limit too small is raised', () => {
    const { body, notes } = asked({
      maxTokens: 5,
      stop: ['END'],
      sampling: { topK: 3, seed: 1, presencePenalty: 0 },
      user: 'u'.repeat(65),
    });
    expect(body).toMatchObject({ max_output_tokens: 16 });
    expect(notes).toEqual(['changed max tokens', 'dropped safety_identifier', 'dropped stop', 'dropped top_k', 'dropped seed']);
  });

  test.each<[Prompt['reasoning'], object, string[]]>([
    [{ mode: 'off' }, { effort: 'none' }, []],
    [{ mode: 'on', budget: 2000 }, { effort: 'low', summary: 'auto' }, ['changed reasoning budget']],
    [{ mode: 'on', budget: 31_999, summary: 'omitted' }, { effort: 'high' }, ['changed reasoning budget']],
    [{ mode: 'adaptive', effort: 'max' }, { effort: 'max', summary: 'auto' }, []],
    [{ effort: 'low' }, { effort: 'low' }, []],
  ])('reasoning %j', (reasoning, expected, noted) => {
    const { body, notes } = asked({ reasoning });
    expect(body.reasoning).toEqual(expected);
    expect(notes).toEqual(noted);
  });
});

test('a thought sealed by another provider never goes upstream, even from a client of this dialect', () => {
  const body = {
    model: 'm',
    input: [
      { role: 'user', content: 'a' },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: wrapSeal({ by: 'elsewhere', raw: 's' }) },
    ],
  };
  const { request, notes } = ask(accept({ path: '', query: new URLSearchParams(), headers: {}, body }), TARGET);
  expect(request.body.input).toEqual([{ role: 'user', content: 'a' }]);
  expect(notes).toMatchObject([{ action: 'dropped', path: 'reasoning' }]);
});

describe('a model without thoughts', () => {
  const target: Target = { model: 'gpt-4o', quirks: new Set(['no-sealed-reasoning']) };
  const body = (include: unknown) => ({ model: 'm', input: 'hi', store: false, include });
  const own = (include: unknown) =>
    ask(accept({ path: '/v1/responses', query: new URLSearchParams(), headers: {}, body: body(include) }), target).request.body;

  test.each([
    [['reasoning.encrypted_content'], undefined],
    [['file_search_call.results', 'reasoning.encrypted_content'], ['file_search_call.results']],
  ])('is not asked for sealed ones, also in its own dialect: %j', (include, wanted) => {
    expect(needsMending(Buffer.from(JSON.stringify(body(include))), target)).toBe(true);
    expect(needsMending(Buffer.from(JSON.stringify(body(include))), TARGET)).toBe(false);
    expect(own(include).include).toEqual(wanted);
  });

  test('all else is relayed as it came', () => {
    expect(needsMending(Buffer.from(JSON.stringify(body([]))), target)).toBe(false);
    expect(own(['a'])).toEqual({ ...body(['a']), model: 'gpt-4o' });
  });
});
