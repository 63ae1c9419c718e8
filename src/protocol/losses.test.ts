import { describe, expect, test } from 'vitest';
import type { Block } from './block.ts';
import { noteLosses } from './losses.ts';
import { type Note, printNote } from './note.ts';
import type { Prompt } from './prompt.ts';
import { noteRest, restOf } from './rest.ts';
import { count, mergeUsage } from './usage.ts';

const prompt: Prompt = {
  dialect: 'alpha',
  model: 'm',
  stream: false,
  sampling: {},
  rest: { service_tier: 'flex', context: { id: 1 }, nothing: null },
  meaning: new Set(['context', 'absent']),
  tools: [
    { kind: 'function', name: 'run', rest: { cache_control: {} } },
    { kind: 'opaque', dialect: 'alpha', label: 'web_search', raw: {} },
    { kind: 'opaque', dialect: 'beta', label: 'file_search', raw: {} },
  ],
  turns: [
    {
      role: 'user',
      rest: { name: 'ann' },
      blocks: [
        { kind: 'text', text: 'a', rest: { cache_control: {} } },
        { kind: 'tool-result', id: 'c', input: 'json', content: [{ kind: 'text', text: 'b', rest: { citations: [] } }] },
        { kind: 'opaque', dialect: 'alpha', label: 'search_result', raw: {} },
        { kind: 'opaque', dialect: 'beta', label: 'item', raw: {} },
      ],
    },
  ],
};

describe('noteLosses', () => {
  const noted = (to: string) => {
    const notes: Note[] = [];
    noteLosses(prompt, to, notes);
    return notes.map(({ action, path }) => `${action} ${path}`);
  };

  test('nothing is lost at home', () => expect(noted('alpha')).toEqual([]));

  test('elsewhere every unmodelled thing is one note, and what the meaning depends on is refused', () => {
    expect(noted('beta')).toEqual([
      'dropped service_tier',
      'refused context',
      'dropped tools[0].cache_control',
      'dropped tools[1]',
      'dropped turns[0].name',
      'dropped turns[0][0].cache_control',
      'dropped turns[0][1][0].citations',
      'dropped turns[0][2]',
    ]);
    expect(noted('gamma')).toEqual(
      expect.arrayContaining(['dropped tools[1]', 'dropped tools[2]', 'dropped turns[0][2]', 'dropped turns[0][3]']),
    );
  });
});

test('what another provider stores, or an id stands for, is the question itself: refused by its place', () => {
  const notes: Note[] = [];
  const stored = { kind: 'media', media: 'file', source: { from: 'file', id: 'f' } } as const;
  const reference = { kind: 'opaque', dialect: 'alpha', label: 'item_reference', raw: {}, refersTo: 'x' } as const;
  const blocks: Block[] = [stored, reference, { kind: 'tool-result', id: 'c', input: 'json', content: [stored] }];
  noteLosses({ ...prompt, rest: {}, tools: [], turns: [{ role: 'user', blocks }] }, 'beta', notes);
  expect(notes.map(({ action, path }) => `${action} ${path}`)).toEqual([
    'refused turns[0][0].file_id',
    'refused turns[0][1].id',
    'refused turns[0][2][0].file_id',
  ]);
});

describe('rest', () => {
  test('is what was not read, and nothing when all was', () => {
    expect(restOf({ a: 1, b: null, c: undefined }, new Set(['a']))).toEqual({ b: null, c: undefined });
    expect(restOf({ a: 1 }, new Set(['a']))).toBeUndefined();
  });

  test('nulls say nothing', () => {
    const notes: Note[] = [];
    noteRest({ a: null, b: undefined, c: 0, d: false }, 'x', 'why', notes);
    expect(notes.map(printNote)).toEqual(['dropped x.c (why)', 'dropped x.d (why)']);
  });
});

describe('usage', () => {
  test('later figures replace earlier ones where there are any', () => {
    const before = { input: 10, output: 1, cacheRead: 4 };
    expect(mergeUsage(before, { output: 0, input: undefined })).toEqual({ input: 10, output: 0, cacheRead: 4 });
    expect(before).toEqual({ input: 10, output: 1, cacheRead: 4 });
    expect(mergeUsage(undefined, { input: 1 })).toEqual({ input: 1 });
  });

  test.each<[unknown, number | undefined]>([
    [0, 0],
    [7, 7],
    [7.6, 8],
    [-1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['7', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('a count of %j', (value, wanted) => expect(count(value)).toBe(wanted));
});
