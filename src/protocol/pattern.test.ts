import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fits } from './pattern.ts';

test('a pattern fits as a regular expression would', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab*]{0,6}$/), fc.stringMatching(/^[ab]{0,8}$/), (pattern, text) => {
      expect(fits(pattern, text)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text));
    }),
  );
});
