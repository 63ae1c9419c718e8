import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block } from './block.ts';
import { estimateBlocks, estimatePrompt, estimateText } from './estimate.ts';
import type { Prompt } from './prompt.ts';

const SOURCE = `export function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new GatewayError('invalid', 'the body is empty: send a JSON object', { field: 'body' });
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    const at = /position (\\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  }
}
`;
const PROSE = `When a provider breaks off in the middle of an answer, the client has to learn of it, because a clean end would pass for a
complete answer and the tool would write half a file. Freehold therefore keeps the terminal event of each protocol in view.
`;
const JSON_TEXT = `{"type":"object","properties":{"file_path":{"type":"string","description":"The absolute path to the file"},"limit":{"type":"number"}},"required":["file_path"]}`;
const CHINESE = '当提供者在回答中途断开时，客户端必须得知，否则半个文件会被当作完整的答案写入磁盘。';
const JAPANESE = '応答の途中で接続が切れた場合、クライアントはそれを知る必要があります。';

/** Tokens in the vocabularies cl100k, o200k, Claude 2 and Gemma 3, counted with their own tokenizers. */
test.each<[string, string, number[]]>([
  ['source code', SOURCE, [89, 90, 98, 105]],
  ['prose', PROSE, [53, 53, 54, 54]],
  ['JSON', JSON_TEXT, [35, 37, 38, 39]],
  ['Chinese', CHINESE, [49, 31, 36, 26]],
  ['Japanese', JAPANESE, [36, 25, 34, 18]],
])('%s is estimated a little high', (_, text, counts) => {
  const highest = Math.max(...counts);
  expect(estimateText(text)).toBeGreaterThanOrEqual(highest);
  expect(estimateText(text)).toBeLessThan(highest * 1.25);
});

test('pieces add up to the whole, but for the words they cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 200 }), (a, b) => {
      const apart = estimateText(a) + estimateText(b);
      expect(estimateText(a + b)).toBeGreaterThanOrEqual(0);
      expect(Math.abs(estimateText(a + b) - apart)).toBeLessThan(2);
    }),
  );
  expect(estimateText('')).toBe(0);
});

describe('a prompt', () => {
  const empty: Pick<Prompt, 'turns' | 'tools' | 'output'> = { turns: [], tools: [] };
  const said = (...blocks: Block[]) => estimatePrompt({ ...empty, turns: [{ role: 'user', blocks }] });
  const text: Block = { kind: 'text', text: SOURCE };

  test('without content costs nothing', () => expect(estimatePrompt(empty)).toBe(0));

  test.each<[string, Block]>([
    ['thoughts', { kind: 'reasoning', text: SOURCE }],
    ['calls', { kind: 'tool-call', id: '1', name: 'f', input: 'json', arguments: SOURCE }],
    ['results', { kind: 'tool-result', id: '1', input: 'json', content: [text] }],
    ['what is not modelled', { kind: 'opaque', dialect: 'a', label: 'x', raw: { text: SOURCE } }],
  ])('counts %s like text', (_, block) => {
    expect(said(block)).toBeGreaterThanOrEqual(said(text));
    expect(said(block)).toBeLessThan(said(text) + 40);
  });

  test('counts media by their kind and size, never as text', () => {
    const media = (kind: 'image' | 'audio' | 'file', size: number): Block => ({
      kind: 'media',
      media: kind,
      source: { from: 'base64', mime: 'x/y', data: 'A'.repeat(size) },
    });
    expect(said(media('image', 400_000))).toBe(said(media('image', 40)));
    expect(said(media('image', 40))).toBeGreaterThan(1500);
    expect(said(media('file', 400_000))).toBeGreaterThan(10_000);
    expect(said(media('audio', 400_000))).toBeLessThan(1000);
    expect(said({ kind: 'media', media: 'file', source: { from: 'url', url: 'https://x.test/a' } })).toBeGreaterThan(1500);
    expect(said({ kind: 'tool-result', id: '1', input: 'json', content: [media('image', 9)] })).toBeGreaterThan(1500);
  });

  test('counts tools with their schemas, and the schema of the answer', () => {
    const schema = JSON.parse(JSON_TEXT) as Record<string, unknown>;
    const tool = { kind: 'function' as const, name: 'read', description: PROSE, schema };
    const one = estimatePrompt({ ...empty, tools: [tool] });
    const two = estimatePrompt({ ...empty, tools: [tool, tool] });
    expect(two - one).toBeGreaterThan(estimateText(PROSE) + estimateText(JSON_TEXT));
    expect(one).toBeGreaterThan(two - one);
    expect(estimatePrompt({ ...empty, tools: [{ kind: 'opaque', dialect: 'a', label: 'x', raw: schema }] })).toBeGreaterThan(
      estimateText(JSON_TEXT),
    );
    expect(estimatePrompt({ ...empty, output: { kind: 'schema', schema } })).toBe(Math.ceil(estimateText(JSON_TEXT)));
  });
});

test('what a model wrote is a whole number', () => {
  expect(estimateBlocks([{ kind: 'text', text: 'Hi there' }])).toBe(Math.ceil(estimateText('Hi there')));
});
