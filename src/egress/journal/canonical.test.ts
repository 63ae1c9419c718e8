import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, isPlain, type Plain } from './canonical.ts';

const leaf = fc.oneof(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
const plain = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value')), fc.dictionary(fc.string({ unit: 'binary' }), tie('value'))),
})).value;

/** The same value with the members of all objects the other way round. */
function reversed(value: Plain): Plain {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, reversed(inner as Plain)]),
  );
}

describe('canonical', () => {
  it('is JSON that means the same', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order of members, and is its own canonical form', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(canonical(reversed(value))).toBe(canonical(value));
        expect(canonical(JSON.parse(canonical(value)) as Plain)).toBe(canonical(value));
      }),
    );
  });

  it('leaves out what is absent', () => {
    expect(canonical({ b: 1, a: undefined, '~': [true, null] })).toBe('{"b":1,"~":[true,null]}');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])('takes no %d', (value) => {
    expect(isPlain({ a: [value] })).toBe(false);
    expect(() => canonical({ a: [value] })).toThrow(/cannot be written exactly/);
  });

  it('writes fractions, of which a journal has none', () => {
    expect(canonical({ a: [0.5, 1e-7] })).toBe('{"a":[0.5,1e-7]}');
    expect(isPlain({ a: [0.5] })).toBe(false);
  });
});
