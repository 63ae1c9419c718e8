import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import type { Match, Rule } from '../finding.ts';
import { normal } from '../normal.ts';

const LETTER = /[\p{L}\p{N}_]/u;

/** A rule for words that the team named: whole words, in any case, blanks between them of any kind. */
export function wordsRule(name: string, words: readonly string[]): Rule {
  const keywords = words.map((word) => normal(word.trim().toLowerCase().replace(/\s+/g, ' ')).text);
  return {
    id: name,
    kind: 'words',
    keywords: keywords.filter((word) => word !== ''),
    exact: true,
    find: (text, start, end) => (borders(text, start) && borders(text, end) ? { start, end } : undefined),
  };
}

/** Whether a word ends or begins here; signs at a word's own end need no border. */
function borders(text: string, at: number): boolean {
  return !(LETTER.test(text[at - 1] ?? '') && LETTER.test(text[at] ?? ''));
}

/** What of the library is used. */
interface Library {
  RE2JS: typeof RE2JS;
}

let library: Library | undefined;

/**
 * A rule for an expression that the team wrote, in RE2's syntax: matched in linear time whatever the text. The library is loaded with
 * the first expression, because most gateways have none.
 * @throws Error for an expression that is not one, or that has no linear form
 */
export function patternRule(name: string, expression: string): (text: string) => readonly Match[] {
  library ??= createRequire(import.meta.url)('re2js') as Library;
  const compiled = library.RE2JS.compile(expression);
  if (compiled.matches('')) throw new Error('it matches the empty text, so it would be found everywhere');
  return (text) => {
    const found: Match[] = [];
    const matcher = compiled.matcher(text);
    while (matcher.find())
      if (matcher.end() > matcher.start()) found.push({ rule: name, kind: 'words', start: matcher.start(), end: matcher.end() });
    return found;
  };
}
