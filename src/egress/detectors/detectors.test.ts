import { describe, expect, test } from 'vitest';
import { Inspector } from '../inspect.ts';
import table from './fixtures/table.json' with { type: 'json' };
import { KEYWORD_RULES, NUMBER_RULES, TOKEN_RULES } from './index.ts';

const inspector = new Inspector({ keyword: KEYWORD_RULES, token: TOKEN_RULES, number: NUMBER_RULES, whole: [] });
const nothing = () => {};

/**
 * Fixtures hold no whole credential: scanners of other people would find it. `{a62:36}` stands for letters and digits, `{hex:32}` for
 * hexadecimal digits, `{b64:43}` and `{url:43}` for base64, `{up:16}` for capitals and digits, `{dig:10}` for digits, the same each time.
 */
function filled(text: string): string {
  const letters: Record<string, string> = {
    a62: 'q7Rz2MvX9kLw4TnB8sYp1Hd6Jf3GcV5bNm0KtQxWy',
    hex: '7f3a9c0e5b8d1264ef97a0c3586bd21e4',
    b64: 'k8+Zt3/QmV5xR1nBw7JpY2sHf9LdG4cT6aNe0KuXo',
    url: 'k8_Zt3-QmV5xR1nBw7JpY2sHf9LdG4cT6aNe0KuXo',
    up: 'Q7RZ2MVX4KLW5TNB3SYPHDJFGC',
    dig: '8203947165',
  };
  return text.replace(/\{(\w+):(\d+)\}/g, (_, alphabet: string, length: string) => {
    const from = letters[alphabet]!;
    return from.repeat(Math.ceil(Number(length) / from.length) + 1).slice(0, Number(length));
  });
}

const rulesIn = (text: string) => inspector.inspect(filled(text), nothing).map(({ rule }) => rule);

describe('finds', () => {
  test.each(table.found as [string, string][])('%s in %s', (rule, text) => expect(rulesIn(text)).toContain(rule));
});

describe('lets be', () => {
  test.each(table.nothing)('%s', (text) => expect(rulesIn(text)).toEqual([]));
});

test('the span is the secret and nothing else', () => {
  for (const [text, secret] of table.spans as [string, string][]) {
    const [found] = inspector.inspect(filled(text), nothing);
    expect(filled(text).slice(found!.start, found!.end), text).toBe(filled(secret));
  }
});

test('what has a check digit is let be without it', () => {
  for (const [right, wrong] of table.checked as [string, string][]) {
    expect(rulesIn(right), right).not.toEqual([]);
    expect(rulesIn(wrong), wrong).toEqual([]);
  }
});

test('every format finds one of its own', () => {
  const formats = KEYWORD_RULES.filter(({ id }) => (table.found as [string, string][]).some(([rule]) => rule === id));
  expect(formats.length).toBeGreaterThan(60);
});
