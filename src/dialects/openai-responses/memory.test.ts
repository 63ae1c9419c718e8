import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeptAnswer } from '../../protocol/memory.ts';
import { unwrapSeal } from '../../protocol/seal.ts';
import { accept } from './accept.ts';
import { ask } from './ask.ts';
import { memory } from './memory.ts';

const bytes = (body: unknown) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
const AS = { id: 'resp_1' };
const say = (text: string, id = 'msg_1') => ({
  id,
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const kept = (output: unknown[], input = '', id = 'resp_1'): KeptAnswer =>
  memory.keep({ id, object: 'response', output }, { id }, input, 0);
const inputOf = (history: readonly KeptAnswer[], body: object = { input: [] }) =>
  (JSON.parse(memory.complete(body, history, new Map()).body.toString()) as { input: unknown[] }).input;

describe('a bystander', () => {
  test.each([
    [{ store: false, input: 'hi' }, true],
    [{ input: 'x'.repeat(100_000), store: false, tools: [] }, true],
    [{ store: false, input: '"previous" "store":true in words' }, true],
    [{ input: 'hi' }, false],
    [{ store: null, input: 'hi' }, false],
    [{ store: true, input: 'hi' }, false],
    [{ store: false, input: 'hi', previous_response_id: 'resp_1' }, false],
    [{ store: false, input: [{ type: 'item_reference', id: 'x' }] }, false],
    [{ store: false, conversation: 'c', input: 'hi' }, false],
    [{ store: false, background: true, input: 'hi' }, false],
    // Only the top level counts, and what is said twice is read.
    [{ input: 'hi', metadata: { store: false } }, false],
    ['{"store":false,"store":true,"input":"hi"}', false],
    ['{"store":falsehood}', false],
  ])('%j', (body, is) => expect(memory.isBystander(bytes(body))).toBe(is));

  test('never has anything to do with the memory', () => {
    const field = fc.constantFrom('store', 'input', 'previous_response_id', 'metadata', 'background');
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom<unknown>(true, false, null, { store: false }));
    fc.assert(
      fc.property(fc.dictionary(field, value), (body) => {
        if (!memory.isBystander(bytes(body))) return;
        expect(memory.wish(body)).toEqual({ keeps: false, references: [] });
      }),
    );
  });
});

describe('what is kept', () => {
  test('is sent again without ids that only we know, and shown with them', () => {
    const call = { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'f', arguments: '{}', status: 'completed' };
    const search = { id: 'ws_1', type: 'web_search_call', status: 'completed' };
    const sealed = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAA' };
    const answer = kept([sealed, search, say('yes'), call]);
    const { id: _, ...message } = say('yes');
    const { id: __, ...nameless } = call;
    expect(inputOf([answer])).toEqual([sealed, search, message, nameless]);
    expect(memory.tell({ about: 'answer', id: 'resp_1' }, [answer], new URLSearchParams())).toEqual({
      id: 'resp_1',
      object: 'response',
      output: [sealed, search, say('yes'), call],
    });
    expect(memory.item(answer, 'fc_1')).toEqual(nameless);
  });

  test('a thought without a seal goes on where thoughts are open, and an empty one nowhere', () => {
    const open = { id: 'rs_1', type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] };
    const told = { id: 'rs_2', type: 'reasoning', summary: [{ type: 'summary_text', text: 'well' }] };
    const empty = { id: 'rs_3', type: 'reasoning', summary: [] };
    const answer = kept([open, told, empty, say('yes')]);
    const [first, second, ...others] = inputOf([answer]) as { encrypted_content?: string }[];
    expect(first).toEqual({ type: 'reasoning', summary: [], content: open.content });
    expect(unwrapSeal(second?.encrypted_content)?.by).toBe('nobody');
    expect(others).toHaveLength(1);
    expect(memory.item(answer, 'rs_3')).toBeUndefined();
    expect(JSON.stringify(memory.tell({ about: 'answer', id: 'resp_1' }, [answer], new URLSearchParams()))).not.toContain('nobody');
  });

  test('a thought that was never sealed is open to other dialects and goes to no provider of this one', () => {
    const told = { id: 'rs_2', type: 'reasoning', summary: [{ type: 'summary_text', text: 'well' }] };
    const { body } = memory.complete({ model: 'm', input: 'x' }, [kept([told, say('yes')])], new Map());
    const prompt = accept({
      path: '/v1/responses',
      query: new URLSearchParams(),
      headers: {},
      body: JSON.parse(body.toString()) as unknown,
    });
    expect(prompt.turns[0]?.blocks).toEqual([{ kind: 'reasoning', text: 'well' }]);
    const { request, notes } = ask(prompt, { model: 'm' });
    expect(JSON.stringify(request.body)).not.toContain('well');
    expect(notes).toMatchObject([{ path: 'reasoning', action: 'dropped' }]);
  });

  test('a conversation in turns is the conversation at once', () => {
    const text = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), text, (turns, last) => {
        const chain = turns.map(([asked, said]) => {
          const { input } = memory.complete({ input: asked }, [], new Map());
          return kept([say(said)], input);
        });
        const { body, input } = memory.complete({ model: 'm', input: last, previous_response_id: 'resp_1' }, chain, new Map());
        const user = (content: string) => ({ type: 'message', role: 'user', content });
        const all = turns.flatMap(([asked, said]) => [user(asked), JSON.parse(JSON.stringify({ ...say(said), id: undefined }))]);
        expect(JSON.parse(body.toString())).toEqual({
          model: 'm',
          store: false,
          include: ['reasoning.encrypted_content'],
          input: [...all, user(last)],
        });
        expect(JSON.parse(input)).toEqual(user(last));
      }),
    );
  });

  test('thoughts are asked for sealed, beside what the client asks for', () => {
    const asked = (body: object) => JSON.parse(memory.complete({ input: 'x', ...body }, [], new Map()).body.toString()) as object;
    expect(asked({ reasoning: { effort: 'low' }, include: ['a'] })).toMatchObject({ include: ['a', 'reasoning.encrypted_content'] });
    expect(asked({})).toMatchObject({ include: ['reasoning.encrypted_content'] });
  });
});

describe('a relayed answer', () => {
  const frame = (type: string, fields: object) => JSON.stringify({ type, sequence_number: 1, ...fields });

  test('has our id wherever the provider names its own; all else is as it came', () => {
    const renaming = memory.renaming({ id: 'resp_ours', previous: 'resp_0' });
    const delta =
      '{"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"resp_theirs"}';
    expect(renaming.frame(delta)).toBe(delta);
    for (const data of ['[DONE]', '{"half', frame('response.new_thing', { a: 1 })]) expect(renaming.frame(data)).toBe(data);
    const created = JSON.parse(
      renaming.frame(frame('response.created', { response: { id: 'resp_theirs', store: false, new: 1 } })),
    ) as object;
    expect(created).toMatchObject({ response: { id: 'resp_ours', store: true, previous_response_id: 'resp_0', new: 1 } });
    expect(renaming.final).toBeUndefined();
    renaming.frame(frame('response.completed', { response: { id: 'resp_theirs', output: [say('yes')] } }));
    expect(renaming.final).toMatchObject({ id: 'resp_ours', output: [say('yes')] });
  });

  test('keeps its items also when the last event has none', () => {
    const renaming = memory.renaming(AS);
    renaming.frame(frame('response.output_item.done', { item: say('yes') }));
    renaming.frame(frame('response.completed', { response: { id: 'resp_theirs', output: [] } }));
    expect(renaming.final).toMatchObject({ output: [say('yes')] });
  });

  test('whole', () => {
    const renaming = memory.renaming(AS);
    expect(JSON.parse(renaming.whole(bytes({ id: 'x', output: [] })))).toMatchObject({ id: 'resp_1', store: true, output: [] });
    expect(() => memory.renaming(AS).whole(bytes('[]'))).toThrow('JSON object');
  });
});

describe('the list of input items', () => {
  const list = (query: string) =>
    memory.tell(
      { about: 'items', id: 'resp_1' },
      [kept([], '{"role":"user","content":"a"},{"role":"user","content":"b"}')],
      new URLSearchParams(query),
    );

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    ['order=up', 'order'],
    ['after=nobody', 'after'],
  ])('%s is refused by its name', (query, field) => expect(() => list(query)).toThrow(expect.objectContaining({ kind: 'invalid', field })));

  test('has a page', () => {
    const first = list('limit=1') as { data: { id: string }[]; last_id: string };
    expect(first).toMatchObject({
      object: 'list',
      has_more: true,
      data: [{ type: 'message', content: [{ type: 'input_text', text: 'b' }] }],
    });
    expect(list(`limit=1&after=${first.last_id}`)).toMatchObject({ has_more: false, data: [{ content: [{ text: 'a' }] }] });
  });
});
