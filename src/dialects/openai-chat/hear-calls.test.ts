import { describe, expect, test } from 'vitest';
import type { Part } from '../../protocol/part.ts';
import { expectOrderly, replyOf } from '../contract/run.ts';
import { openaiChat } from './index.ts';

function hear(...frames: unknown[]): Part[] {
  const hearing = openaiChat.hear();
  return [...frames.flatMap((frame) => hearing.frame({ data: JSON.stringify(frame) })), ...hearing.end()];
}
const chunk = (delta: object, finish: unknown = null) => ({ choices: [{ index: 0, delta, finish_reason: finish }] });
const stop = (reason: unknown = 'stop') => chunk({}, reason);
const calls = (...tool_calls: unknown[]) => chunk({ tool_calls });
const replied = (...frames: unknown[]) => {
  const parts = hear(...frames);
  expectOrderly(parts);
  return replyOf(parts);
};

describe('calls', () => {
  const fn = (name?: unknown, args?: unknown) => ({ function: { name, arguments: args } });
  test.each<[string, unknown[], [string, string, string][]]>([
    ['an id that comes late', [calls({ index: 0, ...fn('f') }), calls({ index: 0, id: 'a', ...fn(null, '{}') })], [['a', 'f', '{}']]],
    [
      'no index, told apart by id',
      [calls({ id: 'a', ...fn('f', '{"x":') }), calls({ id: 'b', ...fn('g', '{}') }), calls({ id: 'a', ...fn('', '1}') })],
      [
        ['a', 'f', '{"x":1}'],
        ['b', 'g', '{}'],
      ],
    ],
    ['no index, an id that comes late', [calls(fn('f')), calls({ id: 'a', ...fn(undefined, '{}') })], [['a', 'f', '{}']]],
    [
      'nothing but names',
      [calls(fn('f', '{"x":')), calls(fn('f', '1}')), calls(fn('g', '{}'))],
      [
        ['call_made0', 'f', '{"x":1}'],
        ['call_made1', 'g', '{}'],
      ],
    ],
    [
      'a name in pieces',
      [calls({ index: 0, id: 'a', ...fn('read_') }), calls({ index: 0, ...fn('file') }), calls({ index: 0, ...fn('', '{}') })],
      [['a', 'read_file', '{}']],
    ],
    ['a name that grows', [calls({ index: 0, id: 'a', ...fn('re') }), calls({ index: 0, ...fn('read', '{}') })], [['a', 'read', '{}']]],
    [
      'one index, new ids',
      [calls({ index: 0, id: 'a', ...fn('f', '{}') }), calls({ index: 0, id: 'b', ...fn('f', '{}') })],
      [
        ['a', 'f', '{}'],
        ['b', 'f', '{}'],
      ],
    ],
    [
      'one id for two calls',
      [calls({ index: 0, id: 'a', ...fn('f', '{}') }, { index: 1, id: 'a', ...fn('g', '{}') })],
      [
        ['a', 'f', '{}'],
        ['call_made0', 'g', '{}'],
      ],
    ],
    [
      'a call without arguments before another',
      [calls({ index: 0, id: 'a', ...fn('f') }), calls({ index: 1, id: 'b', ...fn('g', '{}') })],
      [
        ['a', 'f', '{}'],
        ['b', 'g', '{}'],
      ],
    ],
    ['arguments as an object', [calls({ id: 'a', ...fn('f', { x: 'ü' }) })], [['a', 'f', '{"x":"ü"}']]],
    [
      'the whole message instead of deltas',
      [{ choices: [{ message: { tool_calls: [{ id: 'a', ...fn('f', '{}') }] } }] }],
      [['a', 'f', '{}']],
    ],
    [
      'white space behind the arguments',
      [
        calls({ index: 0, id: 'a', ...fn('f', '{}') }),
        calls({ index: 1, id: 'b', ...fn('g', '{}') }),
        calls({ index: 0, ...fn('', '\n') }),
      ],
      [
        ['a', 'f', '{}'],
        ['b', 'g', '{}'],
      ],
    ],
  ])('%s', (_, frames, wanted) => {
    const { blocks, finish } = replied(...frames, stop());
    expect(blocks.map((block) => block.kind === 'tool-call' && [block.id, block.name, block.arguments])).toEqual(wanted);
    expect(finish?.reason).toBe('tool-calls');
  });

  test('a finished call ends when the next begins', () => {
    const hearing = openaiChat.hear();
    const types = [calls({ index: 0, id: 'a', ...fn('f', '{}') }), calls({ index: 1, id: 'b', ...fn('g', '{') })].map((frame) =>
      hearing.frame({ data: JSON.stringify(frame) }).map(({ type }) => type),
    );
    expect(types[1]).toEqual(['block-end', 'block-start', 'block-delta']);
  });

  test('one without a name is a fault', () => {
    expect(hear(calls({ index: 0, id: 'a', ...fn(undefined, '{}') }), stop('tool_calls')).at(-1)).toMatchObject({
      error: { kind: 'malformed' },
    });
  });

  test('of which a cut left the name only, is left out', () => {
    expect(replied(chunk({ content: 'a' }), calls({ index: 0, id: 'a', ...fn('f', '') }), stop('length'))).toMatchObject({
      blocks: [{ kind: 'text', text: 'a' }],
      finish: { reason: 'length' },
    });
  });

  test('keep the provider’s signature', () => {
    const extra_content = { google: { thought_signature: 'S' } };
    expect(replied(calls({ id: 'a', ...fn('f', '{}'), extra_content }), stop()).blocks).toMatchObject([
      { seal: { by: 'openai-chat', raw: extra_content } },
    ]);
  });
});

test('work grows with the stream, not with its square', () => {
  const pieces = (count: number) => [
    ...Array.from({ length: count }, (_, at) =>
      calls({ index: 0, ...(at ? {} : { id: 'a' }), function: { name: 'f', arguments: at ? 'x'.repeat(50) : '{"a":"' } }),
    ),
    calls({ index: 0, function: { arguments: '"}' } }),
    stop(),
  ];
  const time = (count: number) => {
    const frames = pieces(count);
    const begin = performance.now();
    expect(hear(...frames).at(-1)?.type).toBe('finish');
    return performance.now() - begin;
  };
  time(2000);
  expect(time(40_000) / Math.max(time(4000), 1)).toBeLessThan(60);
});
