/** A text as rules read it. `place(at)` is where a place of it lies in the original; undefined means the same place. */
export interface Normal {
  text: string;
  place?: (at: number) => number;
}

/** Characters that are not seen: soft hyphen, joiners, marks of direction, variation selectors, and the first halves of tags. */
const UNSEEN =
  '\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0';
/** Letters that Unicode calls compatible with ASCII: full-width, ringed, super- and subscript, and the first half of mathematical ones. */
const UNLIKE = '\u00aa\u00b2\u00b3\u00b9\u00ba\u2070-\u209c\u2100-\u214f\u2460-\u24ff\ufe30-\ufe6f\uff01-\uff5e';
/** Dashes and blanks of other widths. */
const SPACED = /[\u00a0\u2000-\u200a\u2010-\u2015\u202f\u205f\u2212\u3000]/;
const SPACES = new RegExp(SPACED.source, 'g');
const ODD = new RegExp(`[${UNSEEN}${UNLIKE}\ud835\udb40]`);
const ODDS = new RegExp(`\\ud835[\\udc00-\\udfff]|\\udb40[\\udc00-\\udfff]|[${UNSEEN}${UNLIKE}]`, 'g');
const HIGH = /[\u0080-\uffff]/;

/**
 * The text as a reader sees it and a program would take it: unseen characters gone, letters of other widths and styles as plain ones
 * (NFKC, Unicode annex 15), escapes of strings in strings (`\n`, `\"`) as blanks and quotes. Linear.
 */
export function normal(text: string): Normal {
  const straight = text.includes('\\') ? unescaped(text) : text;
  if (!HIGH.test(straight)) return { text: straight };
  const spaced = SPACED.test(straight)
    ? straight.replace(SPACES, (one) => (one >= '\u2010' && one <= '\u2212' && one !== '\u202f' && one !== '\u205f' ? '-' : ' '))
    : straight;
  return ODD.test(spaced) ? folded(spaced) : { text: spaced };
}

/** Each escape keeps its two places, so that spans stay true. */
function unescaped(text: string): string {
  return text
    .replaceAll('\\n', ' \n')
    .replaceAll('\\r', ' \n')
    .replaceAll('\\t', ' \t')
    .replaceAll('\\"', ' "')
    .replaceAll("\\'", " '")
    .replaceAll('\\`', ' `')
    .replaceAll('\\/', ' /');
}

/** Where a stretch of the new text begins, in it and in the original. */
interface Stretch {
  here: number;
  there: number;
}

function folded(text: string): Normal {
  const stretches: Stretch[] = [{ here: 0, there: 0 }];
  let out = '';
  let from = 0;
  for (const found of text.matchAll(ODDS)) {
    out += text.slice(from, found.index);
    stretches.push({ here: out.length, there: found.index });
    out += UNSEEN_ONE.test(found[0]) ? '' : found[0].normalize('NFKC');
    from = found.index + found[0].length;
    stretches.push({ here: out.length, there: from });
  }
  return { text: out + text.slice(from), place: (at) => placed(stretches, at, text.length) };
}

const UNSEEN_ONE = new RegExp(`^(?:[${UNSEEN}]|\\udb40)`);

/** The last stretch that begins at or before a place, by halves. */
function placed(stretches: readonly Stretch[], at: number, length: number): number {
  let low = 0;
  let high = stretches.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (stretches[middle]!.here <= at) low = middle;
    else high = middle - 1;
  }
  const { here, there } = stretches[low]!;
  return Math.min(there + at - here, length);
}
