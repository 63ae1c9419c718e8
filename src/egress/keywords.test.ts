import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Keywords } from './keywords.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '-', '1', ' ', '\n', 'ä'), maxLength: 60 });
const word = fc.string({ unit: fc.constantFrom('a', 'b', '-', '1', ' ', 'ä'), minLength: 1, maxLength: 5 });

test('finds every occurrence of every keyword, in any case, as searching for each does', () => {
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 8 }), letters, (words, text) => {
      const { hits } = new Keywords(words).sweep(text);
      const found = [];
      for (let at = 0; at < hits.length; at += 2) found.push(`${words[hits[at]!]} ${hits[at + 1]}`);
      const plain = text.toLowerCase().replaceAll('\n', ' ');
      const expected = words.flatMap((one) => [...plain].flatMap((_, at) => (plain.startsWith(one, at) ? [`${one} ${at}`] : [])));
      expect(found.sort()).toEqual(expected.sort());
    }),
  );
});

test('finds the long tokens and numbers that an expression finds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: fc.constantFrom('x', '/', '0'), maxLength: 40 }), fc.constantFrom(' ', '.', '"', ' 12-')), {
        maxLength: 30,
      }),
      (pieces) => {
        const text = pieces.join('');
        const { tokens, numbers } = new Keywords(['never']).sweep(text);
        expect(tokens).toEqual(
          [...text.matchAll(/[A-Za-z0-9+/_=%-]{16,}/g)].flatMap(({ index, 0: token }) => [index, index + token.length]),
        );
        for (let at = 0; at < numbers.length; at += 2)
          expect(text.slice(numbers[at], numbers[at + 1]).replace(/\D/g, '').length).toBeGreaterThanOrEqual(6);
      },
    ),
  );
});

test('takes words of any script, and more letters than two bytes count', () => {
  const words = ['größe', '秘密', ...Array.from({ length: 9000 }, (_, at) => `unheard${at}of`)];
  const { hits } = new Keywords(words).sweep('Die GRÖßE ist 秘密, Unheard8999of');
  expect(hits.filter((_, at) => at % 2 === 0).map((id) => words[id])).toEqual(['größe', '秘密', 'unheard8999of']);
});
