import { expect, test } from 'vitest';
import { NearTexts, signatureOf } from './near.ts';

const words = (count: number, seed: number) => Array.from({ length: count }, (_, at) => `w${(at * 7919 + seed * 104729) % 99991}`);

/** The share of shingles of five words that two texts have in common. */
function resemblance(a: string, b: string): number {
  const shingles = (text: string) => {
    const all = text.split(' ');
    return new Set(all.slice(4).map((_, at) => all.slice(at, at + 5).join(' ')));
  };
  const [one, other] = [shingles(a), shingles(b)];
  const both = [...one].filter((shingle) => other.has(shingle)).length;
  return both / (one.size + other.size - both);
}

test.each([0, 5, 20, 60, 150])('a signature estimates the share of shingles in common when %i of 300 words differ', (changed) => {
  const errors = Array.from({ length: 40 }, (_, seed) => {
    const text = words(300, seed);
    const other = text.map((word, at) => (at < changed ? `x${seed}-${at}`.replace('-', 'y') : word));
    const [a, b] = [signatureOf(text.join(' ')), signatureOf(other.join(' '))];
    const same = a.filter((value, at) => value === b[at]).length / a.length;
    return same - resemblance(text.join(' '), other.join(' '));
  });
  // 64 hashes: a standard error of at most 0.0625 each, of 40 together at most 0.01.
  expect(Math.abs(errors.reduce((sum, error) => sum + error, 0) / errors.length)).toBeLessThan(0.03);
});

test('what is nearly the same is taken once, and what is not is taken', () => {
  const texts = new NearTexts();
  const text = words(200, 1);
  expect(texts.add(text.join(' '))).toBe(true);
  expect(texts.add(text.join(' '))).toBe(false);
  expect(texts.add([...text.slice(0, 199), 'other'].join('\n'))).toBe(false);
  expect(texts.add(words(200, 2).join(' '))).toBe(true);
  expect(texts.add([...text.slice(0, 100), ...words(100, 3)].join(' '))).toBe(true);
  expect(texts.add('')).toBe(true);
  expect(texts.add('yes')).toBe(true);
  expect(texts.add('no')).toBe(true);
});
