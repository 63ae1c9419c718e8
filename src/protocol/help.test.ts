import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from './fold.ts';
import { helping } from './help.ts';
import type { Part } from './part.ts';
import type { Prompt } from './prompt.ts';
import type { Reply } from './reply.ts';
import { satisfies } from './satisfies.ts';
import { Sequence } from './sequence.ts';

const prompt: Prompt = {
  dialect: 'alpha',
  model: 'm',
  stream: true,
  turns: [],
  tools: [{ kind: 'function', name: 'read', schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] } }],
  sampling: {},
};

/** The reply to a text that comes in these pieces, helped. */
function helped(quirks: string[], pieces: readonly string[], reason: 'stop' | 'length' = 'stop'): Reply {
  const parts: Part[] = [
    { type: 'block-start', index: 0, block: { kind: 'text' } },
    ...pieces.map((text): Part => ({ type: 'block-delta', index: 0, text })),
    { type: 'block-end', index: 0 },
    { type: 'finish', reason },
  ];
  const help = helping(prompt, new Set(quirks), []);
  const sequence = new Sequence(() => 'call_made');
  return fold(parts.flatMap((part) => help([part])).flatMap((part) => sequence.push(part)));
}

const said = (reply: Reply, kind: 'text' | 'reasoning') => reply.blocks.map((block) => (block.kind === kind ? block.text : '')).join('');

/** Texts made of what the steps look for, and of what only looks like it. */
const piece = fc.constantFrom(
  ...['<think>', '</think>', '<THINKING>', '<think/>', '<', '</th', '>', ' ', '\n', 'so', '{"name":"read","arguments":{"path":"a"}}'],
  ...[
    '<tool_call>',
    '</tool_call>',
    '```json\n',
    '```',
    '<function=read>',
    '</function>',
    '<parameter=path>',
    '</parameter>',
    '[',
    '{}',
    '"',
  ],
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
const QUIRKS = [['think-tags'], ['think-tag-open'], ['printed-calls'], ['think-tags', 'printed-calls', 'nested-arguments']];

describe.each(QUIRKS)('with %s and more', (...quirks) => {
  test('how the text is cut makes no difference', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (whole, cuts) => {
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).toSorted((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((to, place) => whole.slice(at[place], to));
        expect(helped(quirks, pieces)).toEqual(helped(quirks, [whole]));
        expect(helped(quirks, [...whole])).toEqual(helped(quirks, [whole]));
      }),
      { numRuns: 2000 },
    );
  });

  test('the work is linear in the text', () => {
    for (const unit of ['<', '</thin', ' ', '{"a":', '<tool_call', '```']) {
      const pieces = Array.from({ length: 60_000 }, () => unit);
      const started = performance.now();
      helped(quirks, pieces);
      // Work that grows with the square takes minutes here; this takes milliseconds.
      expect(performance.now() - started, unit).toBeLessThan(4000);
    }
  });
});

test('nothing is lost: what is no call stays text, to the character', () => {
  fc.assert(
    fc.property(text, (whole) => {
      const reply = helped(['printed-calls'], [...whole]);
      if (reply.blocks.every(({ kind }) => kind === 'text')) expect(said(reply, 'text')).toBe(whole);
      else expect(whole).toContain('read');
    }),
    { numRuns: 2000 },
  );
});

test('nothing is lost: without a tag in front a text stays, to the character', () => {
  fc.assert(
    fc.property(text, (whole) => {
      fc.pre(!/^\s*<\/?think/i.test(whole));
      const reply = helped(['think-tags'], [...whole]);
      expect([said(reply, 'text'), said(reply, 'reasoning')]).toEqual([whole, '']);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [1, { type: 'integer' }, true],
  [1.5, { type: 'integer' }, false],
  [1, { type: ['string', 'number'] }, true],
  [null, { type: 'string' }, false],
  ['a', { enum: ['a', 'b'] }, true],
  ['c', { enum: ['a', 'b'] }, false],
  [{ a: [1] }, { const: { a: [1] } }, true],
  [{}, { type: 'object', required: ['a'] }, false],
  [{ b: 1 }, { properties: { a: {} }, additionalProperties: false }, false],
  [{ b: 1 }, { properties: { a: {} }, additionalProperties: { type: 'string' } }, false],
  [[1, 'a'], { type: 'array', items: { type: 'integer' } }, false],
  [[1], { minItems: 2 }, false],
  ['🚀', { maxLength: 1 }, true],
  [5, { anyOf: [{ type: 'string' }, { minimum: 4 }] }, true],
  [5, { oneOf: [{ minimum: 1 }, { minimum: 2 }] }, false],
  [{ next: { next: 3 } }, { $ref: '#/$defs/n', $defs: { n: { properties: { next: { $ref: '#/$defs/n' } }, type: 'object' } } }, false],
  [{ next: { next: {} } }, { $ref: '#/$defs/n', $defs: { n: { properties: { next: { $ref: '#/$defs/n' } }, type: 'object' } } }, true],
  [1, { $ref: '#' }, true],
  [1, { invented: 2 }, true],
  [1, false, false],
])('%j fits %j: %j', (value, schema, fits) => expect(satisfies(value, schema)).toBe(fits));
