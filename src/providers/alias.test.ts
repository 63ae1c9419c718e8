import { expect, test } from 'vitest';
import { findAlias } from './alias.ts';
import { asked, refusal, world } from './fixtures/worlds.ts';

test('an alias may stand for several, each found in its own way, none twice', () => {
  const several = (aliases: Record<string, string[] | string>) =>
    world({ box: { models: ['a', 'b'] }, v: { zone: 'vendor', models: ['c'] } }, aliases);
  expect(asked('coder', several({ coder: ['v/c', 'small', 'box/a'], small: 'box/a' }))).toEqual(['v/c', 'box/a']);
  expect(asked('coder', several({ coder: ['box/gone', 'box/a'] }))).toEqual(['box/a']);
  expect(asked('coder', several({ coder: ['coder', 'box/b'] }))).toEqual(['box/b']);
  expect(refusal('coder', several({ coder: ['box/gone', 'v/gone'] })).message).toMatch(/"gone"/);
  expect(asked('auto', world({ v: { models: Array.from({ length: 200 }, (_, at) => `m${at}`) } }))).toHaveLength(12);
});

test('the alias with the longest beginning wins, wherever it stands', () => {
  const all = { 'a*': '1', 'ab*': '2', '*': '3', abc: '4', 'ab*d': '5' };
  for (const entries of [Object.entries(all), Object.entries(all).reverse()]) {
    const found = (wanted: string) => findAlias(wanted, Object.fromEntries(entries), () => true)?.target;
    expect(['ax', 'abx', 'x', 'abc', 'abcd'].map(found)).toEqual(['1', '2', '3', '4', '5']);
  }
});
