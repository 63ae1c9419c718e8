import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distance, near } from './near.ts';

test.each([
  ['', '', 0],
  ['kitten', 'sitting', 3],
  ['ab', 'ba', 1],
  ['qwen3-coder', 'qwen3-codr', 1],
  ['abc', '', 3],
])('%s → %s takes %i edits', (a, b, edits) => expect(distance(a, b)).toBe(edits));

test('a distance is symmetric, zero for equals only, and at most the longer text', () => {
  const text = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const far = distance(a, b);
      expect(far).toBe(distance(b, a));
      expect(far === 0).toBe(a === b);
      expect(far).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test('a limit changes nothing below it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 10 }), fc.string({ maxLength: 10 }), fc.nat(10), (a, b, limit) => {
      const far = distance(a, b);
      const held = distance(a, b, limit);
      expect(far <= limit ? held === far : held > limit).toBe(true);
    }),
  );
});

test('near names come nearest first, at most five, and strangers stay out', () => {
  const names = ['box/qwen3-coder', 'box/qwen3', 'box/llama', 'claude-opus-4-5'];
  expect(near('box/qwen3-codr', names)[0]).toBe('box/qwen3-coder');
  expect(near('Claude-Opus', names)).toEqual(['claude-opus-4-5']);
  expect(near('zebra', names)).toEqual([]);
  expect(near('aa', ['ab', 'ac', 'ad', 'ae', 'af', 'ag'])).toHaveLength(5);
});
