import { describe, expect, test } from 'vitest';
import { noteLosses } from '../../protocol/losses.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { wrapSeal } from '../../protocol/seal.ts';
import { accept } from './accept.ts';

const call = (body: unknown) => ({ path: '/v1/responses', query: new URLSearchParams(), headers: {}, body });
const accepted = (fields: object): Prompt => accept(call({ model: 'm', input: 'hi', ...fields }));
const item = (...input: unknown[]): Prompt['turns'] => accepted({ input }).turns;

describe('a field that is surely wrong is named', () => {
  test.each<[string, unknown]>([
    ['body', []],
    ['model', { input: 'hi' }],
    ['input', { model: 'm' }],
    ['input', { model: 'm', input: 7 }],
    ['input[0]', { model: 'm', input: ['hi'] }],
    ['input[0].type', { model: 'm', input: [{ content: 'hi' }] }],
    [
      'input[1].role',
      {
        model: 'm',
        input: [
          { role: 'user', content: 'a' },
          { type: 'message', content: 'b' },
        ],
      },
    ],
    ['input[0].content', { model: 'm', input: [{ role: 'user', content: 7 }] }],
    [
      'input[0].content[1].text',
      { model: 'm', input: [{ role: 'user', content: [{ type: 'input_text', text: '' }, { type: 'input_text' }] }] },
    ],
    ['input[0].content[0].type', { model: 'm', input: [{ role: 'user', content: [{ text: 'a' }] }] }],
    ['input[0].call_id', { model: 'm', input: [{ type: 'function_call', name: 'a', arguments: '{}' }] }],
    ['input[0].arguments', { model: 'm', input: [{ type: 'function_call', call_id: 'c', name: 'a', arguments: {} }] }],
    ['input[0].output', { model: 'm', input: [{ type: 'function_call_output', call_id: 'c', output: { a: 1 } }] }],
    ['instructions', { model: 'm', input: 'hi', instructions: ['x'] }],
    ['tools', { model: 'm', input: 'hi', tools: {} }],
    ['tools[0].name', { model: 'm', input: 'hi', tools: [{ type: 'function', function: { name: 'chat_style' } }] }],
    [
      'tools[0].tools[0].parameters',
      { model: 'm', input: 'hi', tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'a', parameters: 'x' }] }] },
    ],
    ['tool_choice', { model: 'm', input: 'hi', tool_choice: 'any' }],
    ['temperature', { model: 'm', input: 'hi', temperature: '0.5' }],
    ['stream', { model: 'm', input: 'hi', stream: 'true' }],
    ['text.format.schema', { model: 'm', input: 'hi', text: { format: { type: 'json_schema', name: 'a' } } }],
  ])('%s', (field, body) => {
    expect(() => accept(call(body))).toThrow(expect.objectContaining({ kind: 'invalid', status: 400, field }));
  });
});

describe('items', () => {
  test('each is a turn; instructions, system and developer are system turns', () => {
    const { turns } = accepted({
      instructions: 'I',
      input: [
        { role: 'developer', content: 'D' },
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'A' },
      ],
    });
    expect(turns.map(({ role, blocks }) => [role, blocks[0]])).toEqual([
      ['system', { kind: 'text', text: 'I' }],
      ['system', { kind: 'text', text: 'D' }],
      ['user', { kind: 'text', text: 'U' }],
      ['assistant', { kind: 'text', text: 'A' }],
    ]);
  });

  test('a reasoning item keeps its seal with its id, and its texts are joined', () => {
    const summary = [
      { type: 'summary_text', text: 'one' },
      { type: 'summary_text', text: 'two' },
    ];
    expect(item({ type: 'reasoning', id: 'rs_1', summary, content: null, encrypted_content: 'gAAA' })[0]?.blocks).toEqual([
      { kind: 'reasoning', text: 'one\n\ntwo', seal: { by: 'openai-responses', raw: { id: 'rs_1', encrypted_content: 'gAAA' } } },
    ]);
  });

  test('a seal of another dialect comes out of its envelope', () => {
    const seal = { by: 'elsewhere', raw: { signature: 'Eq==' } };
    const [turn] = item({ type: 'reasoning', summary: [], encrypted_content: wrapSeal(seal) });
    expect(turn?.blocks).toEqual([{ kind: 'reasoning', text: '', seal }]);
  });

  test('the seal of a call stands in front of it, and belongs to the call of its id', () => {
    const seal = { by: 'elsewhere', raw: 'sig' };
    const turns = item(
      { type: 'reasoning', summary: [], encrypted_content: wrapSeal({ by: 'call', raw: { id: 'c2', seal } }) },
      { type: 'function_call', call_id: 'c1', name: 'a', arguments: '{}' },
      { type: 'function_call', call_id: 'c2', name: 'a', arguments: '{}' },
    );
    expect(turns.map(({ blocks: [block] }) => block?.kind === 'tool-call' && [block.id, block.seal])).toEqual([
      ['c1', undefined],
      ['c2', seal],
    ]);
  });

  test('an output without call_id is the user speaking', () => {
    expect(item({ type: 'function_call_output', output: 'beat' })[0]).toMatchObject({
      role: 'user',
      blocks: [{ kind: 'text', text: 'beat' }],
    });
  });

  test('a failed output is known by its mark', () => {
    expect(item({ type: 'function_call_output', call_id: 'c', output: '[tool error] no' })[0]?.blocks).toEqual([
      { kind: 'tool-result', id: 'c', input: 'json', content: [{ kind: 'text', text: 'no' }], error: true },
    ]);
  });
});

describe('tools', () => {
  test('a namespace is flattened onto its tools', () => {
    const { tools } = accepted({
      tools: [
        {
          type: 'namespace',
          name: 'n',
          description: 'd',
          tools: [
            { type: 'function', name: 'a' },
            { type: 'custom', name: 'b' },
          ],
        },
      ],
    });
    expect(tools).toMatchObject([
      { kind: 'function', name: 'a', namespace: 'n' },
      { kind: 'text', name: 'b', namespace: 'n' },
    ]);
  });

  test('a tool that the model may not call itself is never offered to it elsewhere', () => {
    expect(accepted({ tools: [{ type: 'function', name: 'a', allowed_callers: ['programmatic'] }] }).tools[0]?.kind).toBe('opaque');
    expect(accepted({ tools: [{ type: 'function', name: 'a', allowed_callers: ['direct'] }] }).tools[0]?.kind).toBe('function');
  });

  test.each<[unknown, Prompt['toolChoice']]>([
    ['required', { mode: 'required' }],
    [
      { type: 'custom', name: 'a' },
      { mode: 'named', name: 'a' },
    ],
    [
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'a' }, { type: 'web_search' }] },
      { mode: 'auto', allowed: ['a'] },
    ],
    [{ type: 'web_search' }, undefined],
  ])('choice %j', (tool_choice, expected) => expect(accepted({ tool_choice }).toolChoice).toEqual(expected));
});

describe('what another dialect loses', () => {
  const notes = (fields: object): string[] => {
    const into: Note[] = [];
    noteLosses(accepted(fields), 'elsewhere', into);
    return into.map(({ action, path }) => `${action} ${path}`);
  };

  test('what the conversation depends on is refused', () => {
    expect(notes({ previous_response_id: 'resp_1', background: true })).toEqual(['refused previous_response_id', 'refused background']);
    expect(notes({ conversation: 'conv_1', prompt: { id: 'p' } })).toEqual(['refused conversation', 'refused prompt']);
  });

  test('what every answer is anyway is no loss', () => {
    const usual = {
      store: false,
      include: ['reasoning.encrypted_content'],
      background: false,
      truncation: 'disabled',
      previous_response_id: null,
    };
    expect(notes(usual)).toEqual([]);
    expect(notes({ store: true, truncation: 'auto' })).toEqual(['dropped store', 'dropped truncation']);
  });

  test('inner fields are noted by their own names', () => {
    expect(notes({ text: { verbosity: 'low' }, reasoning: { effort: 'low', context: 'all_turns' } })).toEqual([
      'dropped text.verbosity',
      'dropped reasoning.context',
    ]);
  });

  test('ids, states and nulls of replayed items are no loss', () => {
    const said = {
      type: 'message',
      id: 'msg_1',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'a', annotations: [], logprobs: [] }],
    };
    expect(notes({ input: [said, { type: 'reasoning', id: 'rs_1', summary: [], content: null, encrypted_content: 'g' }] })).toEqual([]);
    expect(notes({ input: [{ ...said, phase: 'commentary' }] })).toEqual(['dropped turns[0].phase']);
  });
});
