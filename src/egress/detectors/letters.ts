/** How a text is made of letters, digits and the rest. */
export interface Make {
  length: number;
  lower: number;
  upper: number;
  digits: number;
  other: number;
  /** How often the kind changes from one character to the next; one capital before small letters is no change. */
  changes: number;
  distinct: number;
}

/** Counts. Linear; texts beyond 1,024 characters are judged by their beginning. */
export function makeOf(text: string): Make {
  const length = Math.min(text.length, 1024);
  const make: Make = { length, lower: 0, upper: 0, digits: 0, other: 0, changes: 0, distinct: 0 };
  const seen = new Set<number>();
  let before = '';
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    seen.add(code);
    const kind = code >= 97 && code <= 122 ? 'lower' : code >= 65 && code <= 90 ? 'upper' : code >= 48 && code <= 57 ? 'digits' : 'other';
    make[kind]++;
    const capital = kind === 'lower' && before === 'upper';
    if (before && kind !== before && !capital && kind !== 'other' && before !== 'other') make.changes++;
    before = kind;
  }
  make.distinct = seen.size;
  return make;
}

/** Shannon's entropy of the characters, in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<number, number>();
  for (let at = 0; at < text.length; at++) counts.set(text.charCodeAt(at), (counts.get(text.charCodeAt(at)) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const HEX = /^(?:[0-9a-f]+|[0-9A-F]+)$/;

/** Hexadecimal digits of one case. */
export const isHex = (text: string): boolean => HEX.test(text);

/** Whether a text looks drawn by lot rather than made of words: classes mixed as words and identifiers do not mix them. */
export function isRandom(text: string): boolean {
  const make = makeOf(text);
  if (make.length < 12) return false;
  const bits = entropy(text.slice(0, 1024));
  if (isHex(text)) return make.length >= 16 && make.digits >= make.length / 4 && make.digits < make.length && bits >= 2.6;
  const need = make.length >= 32 ? 3.8 : make.length >= 20 ? 3.4 : 2.9;
  if (bits < need || make.digits === 0) return make.length >= 20 && bits >= 3.8 && make.changes >= make.length / 4;
  return make.changes >= Math.max(3, Math.floor(make.length / 8));
}

/** Letters whose case follows no word: many capitals, and small letters before them again and again. */
export function isJumbled(text: string): boolean {
  const { lower, upper, other, changes } = makeOf(text);
  const share = upper / (lower + upper);
  return lower + upper >= 10 && other === 0 && (changes >= 3 ? share >= 0.28 : changes === 2 && share >= 0.4) && share <= 0.75;
}
