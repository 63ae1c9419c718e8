import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fold } from '../../protocol/fold.ts';
import type { Json } from '../../protocol/json.ts';
import type { Part } from '../../protocol/part.ts';
import { sequence } from '../../protocol/sequence.ts';
import { glance } from './glance.ts';
import { hear } from './hear.ts';

const FACTS = { model: 'm', created_at: '2026-11-18T09:41:10.1Z' };
const line = (message: Json, end: Json = { done: false }) =>
  JSON.stringify({ ...FACTS, message: { role: 'assistant', content: '', ...message }, ...end });
const DONE = line({}, { done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 2 });

function parts(...lines: string[]): Part[] {
  const hearing = hear();
  return [...lines.flatMap((data) => hearing.frame({ data })), ...hearing.end()];
}
const reply = (...lines: string[]) => fold(sequence(parts(...lines), () => 'made'));
const call = (name: string, args: unknown, id?: string) => ({ ...(id && { id }), function: { name, arguments: args } });

describe('the end', () => {
  it('is the line that says done, and nothing is heard behind it', () => {
    const heard = parts(line({ content: 'a' }), DONE, line({ content: 'b' }));
    expect(heard.slice(-2)).toEqual([
      { type: 'usage', usage: { input: 3, output: 2 } },
      { type: 'finish', reason: 'stop', raw: 'stop' },
    ]);
  });

  it('without it is a cut, whatever came before', () => {
    expect(parts(line({ content: 'a' }))).toContainEqual({ type: 'fault', error: expect.objectContaining({ kind: 'truncated' }) });
    expect(
      hear()
        .whole({ ...FACTS, message: { content: 'a' } })
        .at(-1),
    ).toMatchObject({ error: { kind: 'truncated' } });
    expect(
      hear()
        .whole({ ...FACTS, done: true })
        .at(-1),
    ).toMatchObject({ error: { kind: 'malformed' } });
  });

  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['load', 'other'],
    ['unload', 'other'],
    ['content_filter', 'filter'],
    [undefined, 'stop'],
    [7, 'stop'],
  ])('done_reason %s is %s', (done_reason, reason) => {
    expect(reply(line({ content: 'a' }, { done: true, done_reason })).finish?.reason).toBe(reason);
  });

  it('derives calls from calls, which the server calls a stop', () => {
    expect(reply(line({ tool_calls: [call('f', {})] }), DONE).finish).toMatchObject({ reason: 'tool-calls', raw: 'stop' });
  });
});

it('counts that are missing, null or strange are no counts', () => {
  expect(reply(line({}, { done: true, eval_count: 2 })).usage).toEqual({ output: 2 });
  expect(reply(line({}, { done: true, eval_count: null, prompt_eval_count: -1 })).usage).toBeUndefined();
});

describe('an error in a line', () => {
  test.each([
    [{ error: 'llama runner process has terminated' }, 'upstream'],
    [{ error: 'prompt too long; exceeded max context length by 311 tokens' }, 'context'],
    [{ error: 'server busy, please try again.  maximum pending requests exceeded' }, 'overload'],
    [{ error: 'too slow down', status: 429 }, 'rate'],
    [{ error: { message: 'odd shape' } }, 'upstream'],
    [{ error: "model 'x' not found" }, 'not-found'],
  ])('%j is %s', (body, kind) => {
    expect(parts(line({ content: 'a' }), JSON.stringify(body), DONE).at(-1)).toMatchObject({ type: 'fault', error: { kind } });
  });

  it('that is empty is none', () => expect(reply(line({ content: 'a' }, { done: true, error: null })).finish).toBeDefined());
});

describe('calls', () => {
  it('have ids of their own, or are given one', () => {
    const heard = reply(line({ tool_calls: [call('f', { a: 1 }, 'x'), call('f', { a: 2 }, 'x'), call('g', null)] }), DONE);
    expect(heard.blocks).toMatchObject([
      { id: 'x', name: 'f', arguments: '{"a":1}' },
      { id: 'made', name: 'f', arguments: '{"a":2}' },
      { id: 'made', name: 'g', arguments: '{}' },
    ]);
  });

  it('may bring their arguments as text', () => {
    expect(reply(line({ tool_calls: [call('f', '{"a":1}')] }), DONE).blocks).toMatchObject([{ arguments: '{"a":1}' }]);
    expect(reply(line({ tool_calls: [call('f', 'no json')] }), DONE).error?.kind).toBe('malformed');
    expect(reply(line({ tool_calls: [call('f', [1])] }), DONE).error?.kind).toBe('malformed');
  });

  it('without a name are broken', () => expect(reply(line({ tool_calls: [{ function: {} }] }), DONE).error?.kind).toBe('malformed'));
});

it('white space before a call says nothing, before text it is part of it', () => {
  expect(reply(line({ content: '\n\n' }), line({ tool_calls: [call('f', {})] }), DONE).blocks.map(({ kind }) => kind)).toEqual([
    'tool-call',
  ]);
  expect(reply(line({ content: '\n\n' }), line({ content: 'a' }), DONE).blocks).toEqual([{ kind: 'text', text: '\n\na' }]);
  expect(reply(line({ content: '\n' }), DONE).blocks).toEqual([{ kind: 'text', text: '\n' }]);
});

it('a question’s answer stands in the line itself', () => {
  const said = (more: Json) => JSON.stringify({ ...FACTS, response: '', done: false, ...more });
  expect(reply(said({ thinking: 'hm' }), said({ response: 'a' }), said({ done: true, context: [1] })).blocks).toEqual([
    { kind: 'reasoning', text: 'hm' },
    { kind: 'text', text: 'a' },
  ]);
});

describe('a glance', () => {
  test.each([
    ['a word', line({ content: 'a' }), true],
    ['a thought', line({ thinking: 'a' }), true],
    ['a word of a question', JSON.stringify({ ...FACTS, response: 'a', done: false }), true],
    ['escapes', line({ content: 'a"\\\n\u0001<ü𝄞' }), true],
    ['nothing', line({}), false],
    ['white space', line({ content: ' \n' }), false],
    ['both', line({ content: 'a', thinking: 'b' }), false],
    ['a call', line({ content: 'a', tool_calls: [] }), false],
    ['the end', line({ content: 'a' }, { done: true }), false],
    ['counts', line({ content: 'a' }, { done: false, eval_count: 1 }), false],
    ['an error', line({ content: 'a' }, { done: false, error: 'x' }), false],
    ['two lines', `${line({ content: 'a' })}${line({ content: 'a' })}`, false],
  ])('at %s', (_, data, plain) => expect(glance(data)).toBe(plain));

  it('is never true for more than one piece of text', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('', ' ', '"', '\\', '},"done":true', '\n', 'ü'));
    const value = fc.oneof(text, fc.constantFrom<unknown>(null, true, false, [], {}, 1));
    const odd = fc.dictionary(fc.constantFrom('content', 'thinking', 'tool_calls', 'images', 'role'), value, { maxKeys: 2 });
    const message = fc.oneof(fc.record({ content: text }), fc.record({ thinking: text }), odd);
    const end = fc.dictionary(fc.constantFrom('done', 'error', 'done_reason', 'eval_count', 'response'), value, { maxKeys: 1 });
    let glanced = 0;
    fc.assert(
      fc.property(message, end, (fields, more) => {
        const data = line(fields, { done: false, ...more });
        if (!glance(data)) return;
        glanced++;
        const types = hear()
          .frame({ data })
          .map(({ type }) => type);
        expect(types).toEqual(['start', 'block-start', 'block-delta']);
      }),
      { numRuns: 3000 },
    );
    expect(glanced).toBeGreaterThan(50);
  });
});
