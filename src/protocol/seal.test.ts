import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unwrapSeal, wrapSeal } from './seal.ts';

test('a seal comes home as it left', () => {
  const raw = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.jsonValue());
  fc.assert(
    fc.property(fc.constantFrom('alpha', 'beta-two'), raw, (by, sealed) => {
      const text = wrapSeal({ by, raw: sealed });
      expect(text).toMatch(/^~fh1\.[a-z-]+\.[A-Za-z0-9_-]*$/);
      // Compared as JSON: a seal travels as JSON in its own dialect too, where -0 is 0.
      expect(JSON.stringify(unwrapSeal(text))).toBe(JSON.stringify({ by, raw: sealed }));
    }),
  );
});

test('what we did not write is no seal of another dialect', () => {
  for (const text of [
    '',
    '~fh1.',
    '~fh1.alpha',
    '~fh1.alpha.',
    '~fh1.alpha.###',
    '~fh1.alpha.bm8',
    'ErUBCkYIBBgCKkD',
    undefined,
    null,
    7,
    {},
  ])
    expect(unwrapSeal(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(unwrapSeal(text)).toBeUndefined();
      expect(() => unwrapSeal(`~fh1.${text}`)).not.toThrow();
    }),
  );
});
