// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references of the file, not of this language
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseText } from './document.ts';
import { hideReferences, resolveReferences, showReferences } from './references.ts';

const piece = fc.constantFrom('${A}', '${A:-x: {y}', '$${B}', '${', '}', '$', 'ü', '😀', ' # ', '{', ': ', 'text');
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

test('hiding keeps every character’s place and showing brings all back', () => {
  fc.assert(
    fc.property(text, (original) => {
      const hidden = hideReferences(original);
      expect(hidden).toHaveLength(original.length);
      expect(showReferences(hidden)).toBe(original);
    }),
  );
});

test('any reference survives a flow map, its default whatever it holds', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/);
  const fallback = fc.string({ maxLength: 12 }).filter((one) => !/[}\n\r]/.test(one));
  fc.assert(
    fc.property(name, fc.option(fallback), (variable, rest) => {
      const reference = rest === null ? `\${${variable}}` : `\${${variable}:-${rest}}`;
      const { value, problems } = parseText(`a: { b: ${reference}, c: [${reference}] }`, 'f');
      expect(problems).toEqual([]);
      expect(value).toEqual({ a: { b: reference, c: [reference] } });
      expect(resolveReferences(reference, { [variable]: 'v' }).text).toBe('v');
      expect(resolveReferences(reference, {})).toEqual({ text: rest ?? '', missing: rest === null ? [variable] : [], changed: true });
    }),
  );
});

test('values of the environment are not read for references again', () => {
  expect(resolveReferences('${A}', { A: '${B}', B: 'secret' }).text).toBe('${B}');
});
