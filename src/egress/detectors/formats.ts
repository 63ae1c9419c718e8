import type { Rule } from '../finding.ts';
import rows from './formats.json' with { type: 'json' };
import { isRandom } from './letters.ts';
import { isPlaceholder } from './placeholder.ts';

/** A credential that its maker gave a form of its own, as `formats.json` has it. */
interface Format {
  id: string;
  keywords: readonly string[];
  /** The whole credential. Quantifiers are bounded and none stands in another, so that a try costs a bounded number of steps. */
  pattern: string;
  /** Most characters that stand before the keyword. */
  back?: number;
  /** The form alone says little: the rest must look drawn by lot. */
  random?: boolean;
  insensitive?: boolean;
  /** Without a keyword worth searching: tried at every long token. */
  token?: boolean;
}

const isWord = (code: number) =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 43;

/** Before a token no letter or digit may stand; an underscore or a plus only after something that is not a token either. */
function begins(text: string, at: number): boolean {
  return at === 0 || !isWord(text.charCodeAt(at - 1));
}

function rule({ id, keywords, pattern, back = 0, random, insensitive }: Format): Rule {
  const expression = new RegExp(`(?:${pattern})(?![A-Za-z0-9_+])`, insensitive ? 'yi' : 'y');
  return {
    id,
    kind: 'secret',
    keywords,
    exact: true,
    find(text, at) {
      let from = at;
      if (back) while (from > 0 && at - from < back && /[\w~.-]/.test(text[from - 1]!)) from--;
      // Where the token may have begun before its own first letter, each place where a word begins is tried, at most eight.
      for (let tries = 0; tries < 8 && from <= at; tries++, from++) {
        while (from < at && !begins(text, from)) from++;
        if (!begins(text, from)) return undefined;
        expression.lastIndex = from;
        const found = expression.exec(text)?.[0];
        if (found === undefined) continue;
        const body = found.slice(found.slice(0, 12).search(/[_.:-](?!.*[_.:-])/) + 1);
        if (isPlaceholder(body) || (random && !isRandom(body))) return undefined;
        return { start: from, end: from + found.length };
      }
      return undefined;
    },
  };
}

const table = rows as readonly Format[];

/** One rule for every row of the table. */
export const formats: readonly Rule[] = table.filter(({ token }) => !token).map(rule);

/** Rules without a keyword: asked at the beginning of every long token, and behind each `=`, `/` and `:` in it. */
export const tokenFormats: readonly Rule[] = table.filter(({ token }) => token).map(rule);
