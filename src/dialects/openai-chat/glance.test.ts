import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { glance } from './glance.ts';
import { hear } from './hear.ts';

const BASE = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' };
const frame = (delta: object, choice: object = {}, top: object = {}) =>
  JSON.stringify({ ...BASE, choices: [{ index: 0, delta, finish_reason: null, ...choice }], ...top });

describe('true for what engines send all day', () => {
  test.each([
    frame({ content: 'Hello' }),
    frame({ content: ' {"tool_calls":[1]} "error": ü ' }),
    frame({ role: null, content: 'a', reasoning_content: null, tool_calls: null }, { logprobs: null, matched_stop: null }, { usage: null }),
    frame({ reasoning_content: 'hm' }, { logprobs: null, stop_reason: null }),
    frame({ reasoning: 'hm', content: null }, { native_finish_reason: null }, { provider: 'x', system_fingerprint: null }),
    JSON.stringify({ choices: [{ finish_reason: null, index: 0, delta: { content: '你好' } }], ...BASE }),
    '{"choices": [{"index": 0, "delta": {"content": "a"}}]}',
  ])('%s', (data) => expect(glance(data)).toBe(true));
});

describe('false for all else', () => {
  test.each([
    '[DONE]',
    '',
    '{}',
    frame({ role: 'assistant', content: 'a' }),
    frame({ content: '' }),
    frame({ content: '\n' }),
    frame({}),
    frame({ content: 'a' }, { finish_reason: 'stop' }),
    frame({ content: 'a' }, { index: 1 }),
    frame({ content: 'a' }, {}, { usage: { prompt_tokens: 1 } }),
    frame({ content: 'a' }, {}, { error: { message: 'm' } }),
    frame({ content: 'a' }, {}, { object: 'error' }),
    frame({ content: 'a' }, { error: { message: 'm' } }),
    frame({ content: 'a', tool_calls: [{ index: 0 }] }),
    frame({ content: 'a', reasoning: 'b' }),
    frame({ content: 'a', refusal: 'b' }),
    frame({ tool_calls: [{ index: 0, function: { arguments: 'a' } }] }),
    frame({ content: 'x'.repeat(5000) }),
    '{"choices":[{"index":0,"delta":{"content":"a"}}]} {}',
    '{"choices":[{"index":0,"delta":{"content":"a","content":null}}]}',
    '{"choices":[{"index":0,"delta":{"content":"\\x"}}]}',
    '{"choices":[{"index":0,"delta":{"content":"a\nb"}}]}',
    '{"choices":[{"index":0,"delta":{"content":"a"}}],"created":007}',
  ])('%s', (data) => expect(glance(data)).toBe(false));
});

const value = fc.oneof(
  { weight: 3, arbitrary: fc.constant('null') },
  fc.constantFrom(
    'null',
    '0',
    '1',
    '""',
    '"a"',
    '" "',
    '"\\n"',
    '"\\u00e9"',
    '{}',
    '[]',
    '[{}]',
    '"error"',
    '"chat.completion.chunk"',
    '{"message":"m"}',
  ),
  fc.string().map((text) => JSON.stringify(text)),
);
const member = (...keys: string[]) => fc.tuple(fc.constantFrom(...keys), value).map(([key, said]) => `"${key}":${said}`);
/** `inner` among other members, before and behind. */
const around = (inner: fc.Arbitrary<string>, ...keys: string[]) =>
  fc
    .tuple(fc.array(member(...keys), { maxLength: 2 }), inner, fc.array(member(...keys), { maxLength: 2 }))
    .map(([before, said, behind]) => `{${[...before, said, ...behind].join(',')}}`);
const delta = around(
  member('content', 'reasoning', 'reasoning_content'),
  ...['content', 'reasoning', 'reasoning_content', 'role', 'tool_calls', 'refusal', 'function_call', 'thinking'],
);
const choice = around(
  delta.map((said) => `"delta":${said}`),
  ...['index', 'finish_reason', 'logprobs', 'stop_reason', 'error', 'delta'],
);
/** Frames near the shape that is true, spoiled in any way, spelled by hand so that members may come twice. */
const near = around(
  choice.map((said) => `"choices":[${said}]`),
  ...['id', 'object', 'usage', 'error', 'model', 'choices'],
);

test('a frame that is glanced over is one delta of what is being said', () => {
  let glanced = 0;
  fc.assert(
    fc.property(near, (data) => {
      if (!glance(data)) return;
      glanced++;
      const field = /"(content|reasoning|reasoning_content)":"/.exec(data)![1]!;
      const hearing = hear();
      hearing.frame({ data: frame({ [field]: 'begun' }) });
      expect(
        hearing.frame({ data }).map(({ type }) => type),
        data,
      ).toEqual(['block-delta']);
    }),
    { numRuns: 20_000 },
  );
  expect(glanced).toBeGreaterThan(100);
});
