import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lowerSchema, patternRule, plainPattern } from './lower-schema.ts';
import type { Note } from './note.ts';

test.each([
  ['^[a-z]+$', '^[a-z]+$'],
  ['\\S', '^.*[^ \\t\\n\\r].*$'],
  ['^\\d+$', '^[0-9]+$'],
  ['^[\\w-]+$', '^[A-Za-z0-9_-]+$'],
  ['^a', '^a.*$'],
  ['a\\.b$', '^.*a\\.b$'],
  ['a|b', '^.*(a|b).*$'],
  ['cost\\$', '^.*cost\\$.*$'],
  ['^a|b', undefined],
  ['^a|^b', undefined],
  ['(?=a)b', undefined],
  ['^(?:a)$', undefined],
  ['\\bword\\b', undefined],
  ['^a+?$', undefined],
  ['[^\\S]', undefined],
])('%j becomes %j', (pattern, plain) => expect(plainPattern(pattern)).toBe(plain));

test('what it becomes matches the same texts', () => {
  const piece = fc.constantFrom('a', '\\d', '[\\w-]', '\\s', '.', 'a|b', '(ab)', 'b{2}', '\\.', '[^a]', 'c*');
  const pattern = fc
    .tuple(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([starts, pieces, ends]) => `${starts ? '^' : ''}${pieces.join('')}${ends ? '$' : ''}`);
  // Such a pattern means something else between two anchors, to every engine but that grammar.
  const isOdd = (text: string) => /^\^.*\|.*\$$/.test(text);
  fc.assert(
    fc.property(pattern, fc.array(fc.constantFrom('a', 'b', '1', '-', '.', ' ', '_', 'c'), { maxLength: 8 }), (source, letters) => {
      const plain = plainPattern(source);
      fc.pre(plain !== undefined && !isOdd(source));
      const text = letters.join('');
      expect(new RegExp(plain!).test(text)).toBe(new RegExp(source).test(text));
    }),
    { numRuns: 2000 },
  );
});

test('a schema is lowered at every depth, and names and values are left alone', () => {
  const notes: Note[] = [];
  const schema = {
    type: 'object',
    properties: { pattern: { type: 'string', pattern: '\\d' }, list: { items: { anyOf: [{ pattern: '(?=a)' }] } } },
    default: { pattern: '\\d' },
  };
  expect(lowerSchema(schema, 'schema', notes, patternRule)).toEqual({
    type: 'object',
    properties: { pattern: { type: 'string', pattern: '^.*[0-9].*$' }, list: { items: { anyOf: [{}] } } },
    default: { pattern: '\\d' },
  });
  expect(notes).toEqual([
    { path: 'schema.properties.pattern.pattern', action: 'changed', why: expect.any(String) },
    { path: 'schema.properties.list.items.anyOf[0].pattern', action: 'dropped', why: expect.any(String) },
  ]);
});
