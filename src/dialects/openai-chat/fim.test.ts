import { expect, test } from 'vitest';
import type { Note } from '../../protocol/note.ts';
import { fillIn, NO_SUFFIX } from './fim.ts';

const BODY = { model: 'm', prompt: 'a{suffix}', suffix: 'z$&{prefix}', stop: '\n\n', max_tokens: 9 };
const filled = (quirk: string, more: object = {}, notes: Note[] = []) =>
  fillIn({ ...BODY, ...more }, new Set([NO_SUFFIX, quirk]), notes) as { prompt: string; stop: string[] };

test.each([
  ['fim-pipes', '<|fim_prefix|>a{suffix}<|fim_suffix|>z$&{prefix}<|fim_middle|>'],
  ['fim-angles', '<fim_prefix>a{suffix}<fim_suffix>z$&{prefix}<fim_middle>'],
  ['fim-holes', '<｜fim▁begin｜>a{suffix}<｜fim▁hole｜>z$&{prefix}<｜fim▁end｜>'],
  ['fim-pre-suf', '<PRE> a{suffix} <SUF>z$&{prefix} <MID>'],
  ['fim-brackets', '[SUFFIX]z$&{prefix}[PREFIX]a{suffix}'],
])('%s puts both texts into its tokens, untouched, and stops at them', (quirk, prompt) => {
  const body = filled(quirk);
  expect(body).toEqual({ model: 'm', max_tokens: 9, prompt, stop: expect.arrayContaining(['\n\n']) });
  const tokens = prompt.replace('a{suffix}', '\0').replace('z$&{prefix}', '\0').split('\0');
  for (const token of tokens) if (token.trim()) expect(body.stop).toContain(token.trim());
  expect(body.stop).not.toContain('');
});

test('an engine that takes a suffix gets it, and no suffix needs nothing', () => {
  expect(fillIn(BODY, new Set(['fim-pipes']), [])).toBe(BODY);
  expect(fillIn(BODY, undefined, [])).toBe(BODY);
  for (const suffix of ['', null, undefined]) {
    const plain = { ...BODY, suffix };
    expect(fillIn(plain, new Set([NO_SUFFIX]), [])).toBe(plain);
  }
});

test('one prompt may stand in a list, several may not', () => {
  expect(filled('fim-pipes', { prompt: ['b'] }).prompt).toBe('<|fim_prefix|>b<|fim_suffix|>z$&{prefix}<|fim_middle|>');
  expect(() => filled('fim-pipes', { prompt: ['b', 'c'] })).toThrow(/prompt/);
  expect(() => filled('fim-pipes', { prompt: [1, 2] })).toThrow(/prompt/);
});

test('stops in a list are kept, and an echo is announced', () => {
  const notes: Note[] = [];
  const body = filled('fim-pre-suf', { stop: ['}', '<EOT>'], echo: true }, notes);
  expect(body.stop).toEqual(['}', '<EOT>', '<PRE>', '<SUF>', '<MID>']);
  expect(body).not.toHaveProperty('echo');
  expect(notes).toMatchObject([{ path: 'echo', action: 'dropped' }]);
});

test('a model of unknown tokens is refused with the mend', () => {
  expect(() => fillIn(BODY, new Set([NO_SUFFIX]), [])).toThrow(/suffix: .*quirks fim-pipes/);
});
