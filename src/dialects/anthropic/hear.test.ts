import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Part } from '../../protocol/part.ts';
import { expectOrderly, replyOf } from '../contract/run.ts';
import { anthropic } from './index.ts';

/** Events with their names, and the end of the stream. */
function hear(...events: unknown[]): Part[] {
  const hearing = anthropic.hear();
  const parts = events.flatMap((event) => hearing.frame({ data: typeof event === 'string' ? event : JSON.stringify(event) }));
  return [...parts, ...hearing.end()];
}
const start = (message: object = {}) => ({ type: 'message_start', message: { id: 'msg_1', model: 'm', ...message } });
const begin = (index: unknown, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: unknown, delta: object) => ({ type: 'content_block_delta', index, delta });
const text = (index: unknown, value: unknown) => delta(index, { type: 'text_delta', text: value });
const end = (index: unknown) => ({ type: 'content_block_stop', index });
const stop = (reason: unknown = 'end_turn', usage?: object) => ({ type: 'message_delta', delta: { stop_reason: reason }, usage });
const last = { type: 'message_stop' };

describe('an upstream that numbers badly is still understood', () => {
  test.each<[string, unknown[], unknown[]]>([
    ['one index for all', [begin(0, { type: 'text' }), text(0, 'a'), end(0), begin(0, { type: 'text' }), text(0, 'b'), end(0)], ['a', 'b']],
    ['an index begun twice', [begin(0, { type: 'text' }), text(0, 'a'), begin(0, { type: 'text' }), text(0, 'b')], ['a', 'b']],
    ['gaps', [begin(3, { type: 'text' }), text(3, 'a'), end(3), begin(9, { type: 'text' }), text(9, 'b'), end(9)], ['a', 'b']],
    ['no index', [begin(undefined, { type: 'text' }), text(undefined, 'a'), end(undefined)], ['a']],
    ['an index of a block of another kind', [begin(0, { type: 'thinking' }), begin(1, { type: 'text' }), text(0, 'a')], ['', 'a']],
    ['blocks never begun', [text(0, 'a'), delta(0, { type: 'thinking_delta', thinking: 'b' }), text(0, 'c')], ['a', 'b', 'c']],
    ['stops for blocks never begun', [end(4), begin(0, { type: 'text' }), text(0, 'a'), end(0), end(0)], ['a']],
    ['blocks never stopped', [begin(0, { type: 'text', text: 'a' })], ['a']],
  ])('%s', (_, events, texts) => {
    const parts = hear(start(), ...events, stop(), last);
    expectOrderly(parts);
    const { blocks, finish } = replyOf(parts);
    expect(blocks.map((block) => 'text' in block && block.text)).toEqual(texts);
    expect(finish?.reason).toBe('stop');
  });
});

describe('calls', () => {
  const call = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} };
  const json = (piece: unknown) => delta(0, { type: 'input_json_delta', partial_json: piece });
  test.each<[string, unknown[], string]>([
    ['in pieces', [begin(0, call), json('{"a"'), json(':1}')], '{"a":1}'],
    ['whole at the start', [begin(0, { ...call, input: { a: 1 } })], '{"a":1}'],
    ['pieces before a start that has them too', [begin(0, { ...call, input: { a: 0 } }), json('{"a":1}')], '{"a":1}'],
    ['without any', [begin(0, call), json(''), json(null)], '{}'],
    ['without an id', [begin(0, { ...call, id: null }), json('{}')], '{}'],
  ])('%s', (_, events, args) => {
    expect(replyOf(hear(start(), ...events, end(0), stop('tool_use'), last))).toMatchObject({
      blocks: [{ kind: 'tool-call', id: expect.stringMatching(/./), name: 'f', arguments: args }],
      finish: { reason: 'tool-calls', raw: 'tool_use' },
    });
  });

  test('without a name', () => {
    expect(hear(start(), begin(0, { ...call, name: undefined }), last).at(-1)).toMatchObject({
      type: 'fault',
      error: { kind: 'malformed' },
    });
  });
});

describe('usage', () => {
  test('figures at the end replace those at the start one by one; nulls say nothing', () => {
    const usage = { input_tokens: 1000, cache_read_input_tokens: 0, cache_creation: { ephemeral_1h_input_tokens: 5 }, output_tokens: 1 };
    const later = { input_tokens: 30, cache_read_input_tokens: 950, cache_creation_input_tokens: null, output_tokens: 12 };
    expect(replyOf(hear(start({ usage }), stop('end_turn', later), last)).usage).toEqual({
      input: 985,
      output: 12,
      cacheRead: 950,
      cacheWrite: 5,
      cacheWrite1h: 5,
    });
  });

  test.each([[{ input_tokens: -4, output_tokens: 'x' }], [{ cache_creation: null }], [[]], ['many'], [null]])('broken: %j', (usage) => {
    const reply = replyOf(hear(start({ usage }), stop(), last));
    expect(Object.values(reply.usage ?? {})).toEqual([]);
    expect(reply.finish?.reason).toBe('stop');
  });
});

describe('the end', () => {
  test.each([
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['pause_turn', 'pause'],
    ['refusal', 'refusal'],
    ['invented_tomorrow', 'other'],
    [null, 'stop'],
  ])('%s is %s', (raw, reason) => {
    expect(hear(start(), stop(raw), last).at(-1)).toEqual({ type: 'finish', reason, ...(raw ? { raw } : {}) });
  });

  test.each<[string, unknown[], string]>([
    ['no terminal event', [start(), stop()], 'truncated'],
    ['nothing at all', [], 'truncated'],
    ['[DONE] is none', [start(), '[DONE]'], 'truncated'],
    ['an overload', [start(), { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, last], 'overload'],
    ['an error without a type', [{ error: { message: 'maximum context length is 4096 tokens' } }], 'context'],
    ['an error that is a string', [{ error: 'out of memory' }], 'upstream'],
    ['half an event', [start(), '{"type":"content_bl'], 'malformed'],
  ])('%s', (_, events, kind) => {
    const parts = hear(...events);
    expectOrderly(parts);
    expect(parts.at(-1)).toMatchObject({ type: 'fault', error: { kind } });
  });

  test('nothing comes behind it', () => {
    expect(hear(start(), stop(), last, begin(0, { type: 'text', text: 'more' }), last).at(-1)).toMatchObject({ type: 'finish' });
  });
});

describe('a whole body', () => {
  test.each<[unknown, string]>([
    [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'overload'],
    [{ error: { message: 'Requested token count exceeds the limit' } }, 'context'],
    [{ type: 'message', content: null }, 'malformed'],
    ['<html>', 'malformed'],
    [null, 'malformed'],
    [
      {
        type: 'message',
        content: [
          { type: 'tool_use', id: 'a' },
          { type: 'text', text: 'x' },
        ],
      },
      'malformed',
    ],
  ])('%j', (body, kind) => {
    const parts = anthropic.hear().whole(body);
    expect(parts.at(-1)).toMatchObject({ type: 'fault', error: { kind } });
    expect(parts.filter((part) => part.type === 'fault')).toHaveLength(1);
  });

  test('whatever stands in it, the parts are orderly', () => {
    const block = fc.record(
      {
        type: fc.constantFrom('text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use', 'novel', null),
        text: fc.jsonValue(),
        thinking: fc.jsonValue(),
        signature: fc.jsonValue(),
        data: fc.jsonValue(),
        name: fc.oneof(fc.string(), fc.jsonValue()),
        input: fc.jsonValue(),
        citations: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const content = fc.array(fc.oneof(block, fc.jsonValue()), { maxLength: 4 });
    fc.assert(
      fc.property(content, fc.jsonValue(), fc.jsonValue(), (content, usage, stop_reason) => {
        expectOrderly(anthropic.hear().whole({ content, usage, stop_reason }));
      }),
    );
  });
});

test('whatever events come, in whatever order, the parts are orderly', () => {
  const index = fc.constantFrom(0, 1, 2, null, 'x');
  const block = fc.record(
    { type: fc.constantFrom('text', 'thinking', 'tool_use', 'novel'), name: fc.constantFrom('f', null), input: fc.jsonValue() },
    { requiredKeys: ['type'] },
  );
  const piece = fc.record({
    type: fc.constantFrom('text_delta', 'thinking_delta', 'signature_delta', 'input_json_delta', 'citations_delta', 'novel_delta'),
    text: fc.oneof(fc.string(), fc.jsonValue()),
    thinking: fc.string(),
    partial_json: fc.string(),
    signature: fc.jsonValue(),
    citation: fc.jsonValue(),
  });
  const event = fc.oneof(
    fc.tuple(index, block).map(([at, value]) => begin(at, value)),
    fc.tuple(index, piece).map(([at, value]) => delta(at, value)),
    index.map(end),
    fc.constantFrom<unknown>(start(), stop(), last, { type: 'ping' }, null, 4, []),
    fc.jsonValue(),
  );
  fc.assert(fc.property(fc.array(event, { maxLength: 12 }), (events) => expectOrderly(hear(...events))));
});

describe('glance', () => {
  const frame = (type: string, field: string, value: string, tail = '') =>
    `{"type":"content_block_delta","index":0,"delta":{"type":"${type}","${field}":${value}}${tail}}`;

  test('sees text and thoughts as the API writes them', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.constantFrom('text', 'thinking'),
        fc.nat({ max: 9 }),
        (value, kind, pad) => {
          expect(anthropic.glance(frame(`${kind}_delta`, kind, JSON.stringify(value), ' '.repeat(pad)))).toBe(true);
        },
      ),
    );
  });

  /** Parts of a frame behind the start of a block of the kind that it speaks of. */
  function partsOf(data: string): Part[] {
    const hearing = anthropic.hear();
    hearing.frame({ data: JSON.stringify(begin(0, { type: data.includes('thinking_delta') ? 'thinking' : 'text' })) });
    return hearing.frame({ data });
  }
  const holds = (data: string) => {
    if (anthropic.glance(data)) expect(partsOf(data)).toEqual([{ type: 'block-delta', index: 0, text: expect.stringMatching(/./s) }]);
  };

  test('is never true for anything but one delta of text', () => {
    const value = fc.oneof(
      fc.jsonValue().map((json) => JSON.stringify(json)),
      fc.string().map((raw) => `"${raw}"`),
      fc.constantFrom(
        '""',
        '"\\u12"',
        '"\\x"',
        '"a"b"',
        '"a\\"',
        '"\t"',
        '"a","type":"error"',
        '"a"},"error":{"message":"x"',
        '"a"}}{"b":{"c":1',
      ),
    );
    const type = fc.constantFrom('text_delta', 'thinking_delta', 'input_json_delta', 'signature_delta');
    const field = fc.constantFrom('text', 'thinking', 'partial_json', 'signature');
    fc.assert(
      fc.property(type, field, value, fc.constantFrom('', ' ', ',"error":{}', '}', '\u00a0'), (t, f, v, tail) =>
        holds(frame(t, f, v, tail)),
      ),
      { numRuns: 1000 },
    );
    const good = frame('text_delta', 'text', '"ab\\n\\u00e9 c"');
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.constantFrom('', '"', '\\', '{', '}', 'x', '\u0000', '0'), (at, put) =>
        holds(good.slice(0, at) + put + good.slice(at + 1)),
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    JSON.stringify(start()),
    JSON.stringify(begin(0, { type: 'text', text: '' })),
    JSON.stringify(end(0)),
    JSON.stringify(stop('end_turn', { output_tokens: 4 })),
    JSON.stringify(last),
    '{"type":"error","error":{"type":"overloaded_error","message":"x"}}',
    '{"type":"ping"}',
    '[DONE]',
    '',
    frame('text_delta', 'text', '""'),
    frame('text_delta', 'text', JSON.stringify('x'.repeat(70_000))),
  ])('looks away from %.60s', (data) => {
    expect(anthropic.glance(data)).toBe(false);
  });
});
