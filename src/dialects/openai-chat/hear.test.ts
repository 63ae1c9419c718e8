import { describe, expect, test } from 'vitest';
import type { Part } from '../../protocol/part.ts';
import { expectOrderly, replyOf } from '../contract/run.ts';
import { openaiChat } from './index.ts';

/** Frames (objects are JSON) and the end of the stream. */
function hear(...frames: unknown[]): Part[] {
  const hearing = openaiChat.hear();
  const parts = frames.flatMap((frame) => hearing.frame({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) }));
  return [...parts, ...hearing.end()];
}
const chunk = (delta: object, finish: unknown = null, more: object = {}) => ({
  choices: [{ index: 0, delta, finish_reason: finish, ...more }],
});
const text = (content: unknown) => chunk({ content });
const stop = (reason: unknown = 'stop', more?: object) => chunk({}, reason, more);
const replied = (...frames: unknown[]) => {
  const parts = hear(...frames);
  expectOrderly(parts);
  return replyOf(parts);
};

describe('thoughts', () => {
  const reasoning = (thought: string) => ({ kind: 'reasoning', text: thought });
  test.each<[string, unknown[], unknown[]]>([
    ['two fields with the same text', [chunk({ reasoning_content: 'a', reasoning: 'a' })], [reasoning('a')]],
    ['the newer field', [chunk({ reasoning: 'a' }), chunk({ reasoning: 'b' })], [reasoning('ab')]],
    ['thinking', [chunk({ thinking: 'a' })], [reasoning('a')]],
    ['details alone', [chunk({ reasoning_details: [{ type: 'reasoning.summary', summary: 'a', index: 0 }] })], [reasoning('a')]],
    [
      'details that repeat the field at the end',
      [chunk({ reasoning: 'ab' }), chunk({ reasoning_details: [{ type: 'reasoning.text', text: 'ab' }] })],
      [reasoning('ab')],
    ],
    ['an object where text should be', [chunk({ reasoning: { x: 1 }, content: 'c' })], [{ kind: 'text', text: 'c' }]],
    [
      'thought, text, thought',
      [chunk({ reasoning: 'a' }), text('b'), chunk({ reasoning: 'c' })],
      [reasoning('a'), { kind: 'text', text: 'b' }, reasoning('c')],
    ],
  ])('%s', (_, frames, blocks) => expect(replied(...frames, stop()).blocks).toEqual(blocks));

  test('a late seal stands alone', () => {
    const detail = { type: 'reasoning.encrypted', data: 'E', index: 0 };
    expect(replied(text('a'), chunk({ reasoning_details: [detail] }), stop()).blocks).toEqual([
      { kind: 'text', text: 'a' },
      { kind: 'reasoning', text: '', seal: { by: 'openai-chat', raw: [detail] } },
    ]);
  });
});

describe('white space', () => {
  const call = chunk({ tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] });
  test('between thought and call it is nothing', () => {
    expect(replied(chunk({ reasoning: 't' }), text('\n'), text('\n'), call, text('\n'), stop()).blocks.map(({ kind }) => kind)).toEqual([
      'reasoning',
      'tool-call',
    ]);
  });
  test('before text it is part of it, and alone it is the answer', () => {
    expect(replied(text(' '), text('\n'), text('a'), text(' '), stop()).blocks).toEqual([{ kind: 'text', text: ' \na ' }]);
    expect(replied(text('\n'), stop()).blocks).toEqual([{ kind: 'text', text: '\n' }]);
  });
});

describe('the end', () => {
  test.each<[string, object, object]>([
    ['a stop word of vLLM', { stop_reason: 'END' }, { reason: 'stop', stop: 'END' }],
    ['a stop word of SGLang', { matched_stop: 'END' }, { reason: 'stop', stop: 'END' }],
    ['the id of the end token', { stop_reason: 151645 }, { reason: 'stop' }],
    ['the reason again', { stop_reason: 'end_turn' }, { reason: 'stop' }],
  ])('%s', (_, more, finish) => expect(replied(text('a'), stop('stop', more)).finish).toEqual({ raw: 'stop', stop: undefined, ...finish }));

  test.each([
    ['stop', 'stop'],
    ['eos', 'stop'],
    ['end_turn', 'stop'],
    ['STOP', 'stop'],
    ['max_tokens', 'length'],
    ['length', 'length'],
    ['content_filter', 'filter'],
    ['something_new', 'other'],
  ])('%s means %s', (raw, reason) => expect(replied(text('a'), stop(raw)).finish).toMatchObject({ raw, reason }));

  test.each([
    ['insufficient_system_resource', 'overload'],
    ['error', 'upstream'],
    ['abort', 'truncated'],
  ])('%s is a failure: %s', (raw, kind) =>
    expect(hear(text('a'), stop(raw), '[DONE]').at(-1)).toMatchObject({ type: 'fault', error: { kind } }),
  );

  test.each<[string, unknown[], string]>([
    ['nothing at all', [], 'truncated'],
    ['no reason', [text('a')], 'truncated'],
    ['the sentinel alone', [text('a'), '[DONE]'], 'truncated'],
    ['a reason that says nothing', [chunk({ content: 'a' }, ''), chunk({}, 'null'), '[DONE]'], 'truncated'],
    ['no JSON', [text('a'), '{"choices"'], 'malformed'],
    ['a list', [text('a'), []], 'malformed'],
  ])('%s is a fault', (_, frames, kind) => {
    const parts = hear(...frames);
    expectOrderly(parts);
    expect(parts.at(-1)).toMatchObject({ type: 'fault', error: { kind } });
  });

  test('a reason without the sentinel is enough', () => expect(replied(text('a'), stop()).finish?.reason).toBe('stop'));
});

describe('usage comes before the finish, wherever it stood', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
  test.each<[string, unknown[]]>([
    ['behind the reason', [text('a'), stop(), { choices: [], usage }]],
    ['with the reason', [text('a'), { ...stop(), usage }]],
    ['in the choice', [text('a'), stop('stop', { usage })]],
    [
      'on every chunk',
      [
        { ...text('a'), usage: { ...usage, completion_tokens: 1 } },
        { ...stop(), usage },
        { choices: [], usage: null },
      ],
    ],
  ])('%s', (_, frames) => {
    const parts = hear(...frames, '[DONE]');
    expect(parts.at(-1)?.type).toBe('finish');
    expect(replyOf(parts)).toMatchObject({ blocks: [{ text: 'a' }], usage: { input: 5, output: 2 } });
  });

  test.each<[string, object, object]>([
    ['cached tokens of three makers', { ...usage, prompt_cache_hit_tokens: 4 }, { cacheRead: 4 }],
    ['cache writes', { ...usage, prompt_tokens_details: { cached_tokens: 1, cache_write_tokens: 3 } }, { cacheRead: 1, cacheWrite: 3 }],
    ['thoughts in the completion', { ...usage, completion_tokens_details: { reasoning_tokens: 1 } }, { output: 2, reasoning: 1 }],
    [
      'thoughts beside it',
      { ...usage, total_tokens: 16, completion_tokens_details: { reasoning_tokens: 9 } },
      { output: 11, reasoning: 9 },
    ],
    ['nonsense', { prompt_tokens: -1, completion_tokens: 2, prompt_tokens_details: 'x' }, { output: 2 }],
  ])('%s', (_, given, wanted) => expect(replied(text('a'), stop(), { choices: [], usage: given }).usage).toMatchObject(wanted));
});

describe('failures inside a 200', () => {
  test.each<[string, unknown, string]>([
    ['an object', { error: { message: 'm', code: 'rate_limit_exceeded' } }, 'rate'],
    ['with a number', { error: { message: 'm', code: 503 } }, 'overload'],
    ['a string', { error: 'm' }, 'upstream'],
    ['beside empty choices', { choices: [], error: { message: 'm', type: 'server_error' } }, 'upstream'],
    ['in the choice', chunk({ content: '' }, 'error', { error: { message: 'm', code: 429 } }), 'rate'],
    ['vLLM', { object: 'error', message: 'm', type: 'BadRequestError', code: 400 }, 'invalid'],
    ['SGLang, too long', { error: { message: 'Requested token count exceeds the model limit', code: 400 } }, 'context'],
    ['a bare message', { message: 'm', code: 500 }, 'upstream'],
  ])('%s', (_, frame, kind) => {
    for (const before of [[], [text('a')]]) {
      const parts = hear(...before, frame, '[DONE]');
      expectOrderly(parts);
      expect(parts.at(-1)).toMatchObject({ type: 'fault', error: { kind, message: expect.stringMatching(/./) } });
    }
    expect(openaiChat.hear().whole(frame).at(-1)).toMatchObject({ type: 'fault', error: { kind } });
  });

  test('an error event, whatever it holds', () => {
    for (const data of ['{"x":1}', 'out of memory', '{"message":"m"}']) {
      expect(openaiChat.hear().frame({ event: 'error', data })).toMatchObject([{ type: 'fault', error: { kind: 'upstream' } }]);
    }
  });

  test('an empty error is none', () =>
    expect(replied({ ...text('a'), error: null }, { ...stop(), error: {} }).finish?.reason).toBe('stop'));
});

test('only the first choice is read', () => {
  const two = {
    choices: [
      { index: 1, delta: { content: 'no' }, finish_reason: 'stop' },
      { index: 0, delta: { content: 'yes' }, finish_reason: null },
    ],
  };
  expect(replied(two, stop()).blocks).toEqual([{ kind: 'text', text: 'yes' }]);
});

test('one id and model, the first', () => {
  const parts = hear({ id: '', model: '', choices: [] }, { id: 'a', model: 'm', ...text('x') }, { id: 'b', model: 'n', ...stop() });
  expect(parts.filter(({ type }) => type === 'start')).toEqual([{ type: 'start', id: 'a', model: 'm' }]);
});

describe('whole answers', () => {
  test('without a reason are complete', () => {
    expect(replyOf(openaiChat.hear().whole({ choices: [{ message: { content: 'a' } }] }))).toMatchObject({ finish: { reason: 'stop' } });
  });
  test.each<[string, unknown]>([
    ['no choices', { id: 'a', choices: [] }],
    ['no object', 'text'],
    ['null', null],
  ])('%s is a fault', (_, body) => expect(openaiChat.hear().whole(body)).toMatchObject([{ type: 'fault', error: { kind: 'malformed' } }]));
});
