import { describe, expect, test } from 'vitest';
import type { Part } from '../../protocol/part.ts';
import type { Reply } from '../../protocol/reply.ts';
import { hearFrames, hearWhole, replyOf } from '../contract/run.ts';
import { gemini } from './index.ts';

const chunk = (parts: unknown, more: object = {}, outer: object = {}) => ({
  candidates: [{ content: { parts, role: 'model' }, ...more }],
  ...outer,
});
const stop = { finishReason: 'STOP' };
const stream = (...chunks: unknown[]): Part[] =>
  hearFrames(
    gemini,
    chunks.map((one) => ({ data: typeof one === 'string' ? one : JSON.stringify(one) })),
  );
const reply = (...chunks: unknown[]): Reply => replyOf(stream(...chunks));

test.each([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['CONTINUATION', 'length'],
  ['SAFETY', 'filter'],
  ['RECITATION', 'filter'],
  ['PROHIBITED_CONTENT', 'filter'],
  ['IMAGE_SAFETY', 'filter'],
  ['OTHER', 'other'],
  ['SOMETHING_NEW', 'other'],
])('finishReason %s', (raw, reason) => {
  expect(reply(chunk([{ text: 'a' }], { finishReason: raw })).finish).toEqual({ reason, raw, stop: undefined });
  expect(replyOf(hearWhole(gemini, chunk([{ text: 'a' }], { finishReason: raw }))).finish?.reason).toBe(reason);
});

test.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'MALFORMED_RESPONSE'])(
  'finishReason %s is a failure that may be tried again',
  (raw) => {
    expect(reply(chunk([], { finishReason: raw })).error).toMatchObject({ kind: 'malformed', code: raw, retryable: true });
  },
);

describe('what the API says without words for it', () => {
  test('a blocked prompt', () => {
    expect(reply({ promptFeedback: { blockReason: 'SAFETY' } }).finish).toEqual({ reason: 'filter', raw: 'SAFETY', stop: undefined });
    expect(reply({ promptFeedback: { blockReason: 'BLOCK_REASON_UNSPECIFIED' } }, chunk([{ text: 'a' }], stop)).finish?.reason).toBe(
      'stop',
    );
  });

  test('a thought ends where a signature stands, or another kind begins', () => {
    const { blocks } = reply(
      chunk([{ text: 'a', thought: true }]),
      chunk([
        { text: 'b', thought: true, thoughtSignature: 's' },
        { text: 'c', thought: true },
      ]),
      chunk([{ text: 'd' }]),
      chunk([{ text: 'e', thoughtSignature: 't' }], stop),
    );
    expect(blocks).toEqual([
      { kind: 'reasoning', text: 'ab', seal: { by: 'gemini', raw: 's' } },
      { kind: 'reasoning', text: 'c' },
      { kind: 'text', text: 'de', rest: { thoughtSignature: 't' } },
    ]);
  });

  test('each call in its own chunk, ids or none', () => {
    const { blocks, finish } = reply(
      chunk([{ functionCall: { id: 'x', name: 'f', args: { a: 1 } }, thoughtSignature: 's' }]),
      chunk([{ functionCall: { name: 'g' } }]),
      chunk([{ text: '' }], stop),
    );
    expect(blocks).toEqual([
      { kind: 'tool-call', id: 'x', name: 'f', input: 'json', arguments: '{"a":1}', seal: { by: 'gemini', raw: 's' } },
      { kind: 'tool-call', id: 'call_made0', name: 'g', input: 'json', arguments: '{}' },
    ]);
    expect(finish?.reason).toBe('tool-calls');
  });

  test('what stands behind the finish, or a finish on every chunk', () => {
    const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 2 };
    expect(reply(chunk([{ text: 'a' }], stop), chunk([{ text: 'b' }], stop), { usageMetadata })).toMatchObject({
      blocks: [{ text: 'ab' }],
      usage: { input: 3, output: 2 },
      finish: { reason: 'stop' },
    });
  });

  test('other candidates are not ours', () => {
    expect(
      reply({
        candidates: [
          { index: 1, content: { parts: [{ text: 'no' }] }, ...stop },
          { index: 0, content: { parts: [{ text: 'yes' }] }, ...stop },
        ],
      }).blocks,
    ).toEqual([{ kind: 'text', text: 'yes' }]);
  });

  test('arguments that come in pieces are carried as they are', () => {
    const part = { functionCall: { name: 'f', willContinue: true } };
    expect(reply(chunk([part]), chunk([{ functionCall: { partialArgs: [{ jsonPath: '$.a', stringValue: 'x' }] } }], stop)).blocks).toEqual([
      { kind: 'opaque', dialect: 'gemini', label: 'functionCall', raw: part },
      expect.objectContaining({ kind: 'opaque', label: 'functionCall' }),
    ]);
  });
});

describe('a whole answer', () => {
  test('may be the list that a stream is without events', () => {
    expect(replyOf(hearWhole(gemini, [chunk([{ text: 'a' }]), chunk([{ text: 'b' }], stop)]))).toMatchObject({
      blocks: [{ text: 'ab' }],
      finish: { reason: 'stop' },
    });
    expect(replyOf(hearWhole(gemini, [chunk([{ text: 'a' }])])).error?.kind).toBe('truncated');
    expect(replyOf(hearWhole(gemini, [{ error: { code: 429, message: 'Slow', status: 'RESOURCE_EXHAUSTED' } }])).error?.kind).toBe('rate');
  });

  test('is an answer without a reason to finish, and none without a candidate', () => {
    expect(replyOf(hearWhole(gemini, chunk([{ functionCall: { name: 'f' } }]))).finish?.reason).toBe('tool-calls');
    expect(replyOf(hearWhole(gemini, { candidates: [] })).error?.kind).toBe('malformed');
    expect(replyOf(hearWhole(gemini, { candidates: [{}] })).error?.kind).toBe('malformed');
  });
});

test.each<[string, unknown[], string]>([
  ['no finish', [chunk([{ text: 'a' }])], 'truncated'],
  ['nothing', [], 'truncated'],
  ['no JSON', ['{"candidates":'], 'malformed'],
  [
    'an error',
    [chunk([{ text: 'a' }]), { error: { code: 503, message: 'Busy', status: 'UNAVAILABLE' } }, chunk([{ text: 'b' }], stop)],
    'overload',
  ],
])('%s is a failure', (_, chunks, kind) => {
  const parts = stream(...chunks);
  expect(parts.at(-1)).toMatchObject({ type: 'fault', error: { kind } });
});

test('usage holds the cache in the prompt, hosted tools in it too, and thoughts in the answer', () => {
  const usageMetadata = {
    promptTokenCount: 100,
    cachedContentTokenCount: 60,
    toolUsePromptTokenCount: 7,
    candidatesTokenCount: 5,
    thoughtsTokenCount: 20,
    totalTokenCount: 132,
  };
  expect(reply(chunk([{ text: 'a' }], stop, { usageMetadata })).usage).toEqual({ input: 107, cacheRead: 60, output: 25, reasoning: 20 });
  expect(reply(chunk([{ text: 'a' }], stop, { usageMetadata: { promptTokenCount: null, candidatesTokenCount: 'x' } })).usage).toEqual({});
});
