import { expect, test } from 'vitest';
import { difference } from './difference.ts';

test('says what goes, what comes and what is near', () => {
  expect(difference('a\nb\nold\nc\nd\ne\nf\n', 'a\nb\nnew\nc\nd\ne\nf\n').toSorted()).toEqual([
    '  a',
    '  b',
    '  c',
    '  d',
    '  …',
    '+ new',
    '- old',
  ]);
  expect(difference('', 'a\r\nb\r\n')).toEqual(['+ a', '+ b']);
  expect(difference('a\n', 'a\n')).toEqual([]);
});
