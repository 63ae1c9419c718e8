import cues from './cues.json' with { type: 'json' };

/** Cues in the order of their numbers: groups of words and phrases that mean the same to the choice of a class, in several languages. */
export const CUES: readonly string[] = Object.keys(cues);

/** Most words of a phrase. Of scripts without spaces each character is a word. */
export const LONGEST_PHRASE = 6;

const SEED = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a over UTF-16 units (http://www.isthe.com/chongo/tech/comp/fnv/). */
export const START = SEED;
export const take = (hash: number, unit: number): number => Math.imul(hash ^ unit, PRIME);

/** Hash of a sequence of hashes: order counts. */
export const join = (left: number, right: number): number => {
  let hash = Math.imul(left ^ (right + 0x9e3779b9 + (left << 6) + (left >>> 2)), 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash | 0;
};

/** Characters of scripts that are written without spaces, or with particles stuck to the words. */
export const isIdeograph = (unit: number): boolean => unit >= 0x3040 && unit <= 0xd7a3 && !(unit > 0x9fff && unit < 0xac00);

/** A letter, digit or one of `_ ' + #` inside a word; what is beyond ASCII counts as a letter except for punctuation. */
export const isWordUnit = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) ||
  (unit >= 65 && unit <= 90) ||
  (unit >= 48 && unit <= 57) ||
  unit === 95 ||
  unit === 39 ||
  unit === 36 ||
  (unit >= 0xc0 && unit < 0x2000) ||
  (unit > 0x206f && unit < 0x3000) ||
  isIdeograph(unit);

/** Terms by hash. Most words are none: a table of bits says so without a search. */
class Terms {
  readonly #known = new Uint8Array(1 << 14);
  readonly #cues = new Map<number, number>();

  /** A term that stands under two cues belongs to the first. */
  learn(hash: number, cue: number): void {
    if (this.#cues.has(hash)) return;
    this.#cues.set(hash, cue);
    this.#known[(hash ^ (hash >>> 15)) & 0x3fff] = 1;
  }

  get(hash: number): number | undefined {
    return this.#known[(hash ^ (hash >>> 15)) & 0x3fff] === 0 ? undefined : this.#cues.get(hash);
  }
}

const words = new Terms();
const phrases = new Terms();
const prefixes = new Terms();

function hashOf(word: string): number {
  let hash = START;
  for (let at = 0; at < word.length; at++) hash = take(hash, word.charCodeAt(at));
  return hash;
}

/** A phrase's words as the tokeniser would cut them. */
export function cut(text: string): string[] {
  const found: string[] = [];
  let word = '';
  for (const sign of text.toLowerCase()) {
    const unit = sign.charCodeAt(0);
    if (isIdeograph(unit)) {
      if (word) found.push(word);
      found.push(sign);
      word = '';
    } else if (isWordUnit(unit)) word += sign;
    else {
      if (word) found.push(word);
      word = '';
    }
  }
  if (word) found.push(word);
  return found;
}

function learn(term: string, cue: number): void {
  if (term.endsWith('*') && !term.includes(' ')) {
    prefixes.learn(hashOf(term.slice(0, -1)), cue);
    return;
  }
  const plurals = term.endsWith('*') ? [term.slice(0, -1), `${term.slice(0, -1)}s`] : [term];
  for (const one of plurals) {
    const [head, ...rest] = cut(one.replaceAll('*', ''));
    if (head === undefined) continue;
    if (rest.length === 0) words.learn(hashOf(head), cue);
    else phrases.learn(rest.map(hashOf).reduce(join, hashOf(head)), cue);
  }
}

for (const [cue, { words: list, phrases: several }] of Object.values(cues).entries())
  for (const term of [...list.split(' '), ...several]) learn(term, cue);

/** The cue of a word by its hash, or undefined. */
export const cueOfWord = (hash: number): number | undefined => words.get(hash);
/** The cue of a word that begins so. */
export const cueOfPrefix = (hash: number): number | undefined => prefixes.get(hash);
/** The cue of several words, hashes joined from the left. */
export const cueOfPhrase = (hash: number): number | undefined => phrases.get(hash);
