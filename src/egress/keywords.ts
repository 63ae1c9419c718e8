/** What may stand in an encoded or random token: letters, digits and `+ / _ = % -`. */
const TOKEN = new Uint8Array(65_536);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  TOKEN[code] = /[A-Za-z0-9+/_=%-]/.test(character) ? 1 : 0;
}

/** Tokens shorter than this are neither decoded nor measured. */
const LONG = 16;
/** Six digits and more, with at most two of the usual signs between them. The classes exclude each other, so nothing is tried twice. */
const NUMBER = /[0-9](?:[ .()/-]{0,2}[0-9]){5,}/g;

/** What was found in a text. Flat lists of numbers: [keyword, start] and [start, end]. */
export interface Sweep {
  hits: number[];
  /** Tokens of at least 16 characters. */
  tokens: number[];
  /** Runs of at least six digits with separators. */
  numbers: number[];
}

/**
 * Aho and Corasick's automaton (1975) as one table: all keywords are found in one pass with one look-up a character, however many
 * there are.
 */
export class Keywords {
  /** Class of each UTF-16 unit; 0 for those in no keyword. Letters of either case are one class, and so are blanks of any kind. */
  readonly #class = new Uint16Array(65_536);
  readonly #width: number;
  readonly #next: Uint16Array | Uint32Array;
  /** Keywords that end in a state, by state. */
  readonly #ends: readonly (readonly number[])[];
  readonly #final: Uint8Array;
  readonly #words: readonly string[];

  /** @param words in lower case */
  constructor(words: readonly string[]) {
    this.#words = words;
    this.#width = this.#classify(words);
    const children: Map<number, number>[] = [new Map()];
    const ends: number[][] = [[]];
    for (const [id, word] of words.entries()) {
      let state = 0;
      for (const character of word.split('')) {
        const kind = this.#class[character.charCodeAt(0)]!;
        let next = children[state]!.get(kind);
        if (next === undefined) {
          next = children.length;
          children[state]!.set(kind, next);
          children.push(new Map());
          ends.push([]);
        }
        state = next;
      }
      ends[state]!.push(id);
    }
    this.#next = new (children.length > 65_535 ? Uint32Array : Uint16Array)(children.length * this.#width);
    this.#link(children, ends);
    this.#ends = ends;
    this.#final = Uint8Array.from(ends, (list) => (list.length ? 1 : 0));
  }

  /** Gives every character of the words its class. Answers how many there are. */
  #classify(words: readonly string[]): number {
    let count = 1;
    for (const character of new Set(words.join('').split(''))) {
      const forms = /\s/.test(character) ? [' ', '\n', '\r', '\t'] : [character, character.toUpperCase()];
      const known = this.#class[forms[0]!.charCodeAt(0)]!;
      for (const form of forms) if (form.length === 1) this.#class[form.charCodeAt(0)] = known || count;
      if (!known) count++;
    }
    return count;
  }

  #link(children: readonly Map<number, number>[], ends: number[][]): void {
    const next = this.#next;
    const width = this.#width;
    const fail = new Uint32Array(children.length);
    const queue: number[] = [0];
    for (let at = 0; at < queue.length; at++) {
      const state = queue[at]!;
      const back = fail[state]!;
      if (state) ends[state]!.push(...ends[back]!);
      for (let kind = 0; kind < width; kind++) {
        const child = children[state]!.get(kind);
        if (child === undefined) next[state * width + kind] = state ? next[back * width + kind]! : 0;
        else {
          next[state * width + kind] = child;
          fail[child] = state ? next[back * width + kind]! : 0;
          queue.push(child);
        }
      }
    }
  }

  /** Linear in the text: per character one look-up and the keywords that end there, which are at most one of each length. */
  sweep(text: string): Sweep {
    return { hits: this.#hits(text), tokens: tokensIn(text), numbers: numbersIn(text) };
  }

  #hits(text: string): number[] {
    const next = this.#next;
    const final = this.#final;
    const kinds = this.#class;
    const width = this.#width;
    const hits: number[] = [];
    const { length } = text;
    let state = 0;
    for (let at = 0; at < length; at++) {
      state = next[state * width + kinds[text.charCodeAt(at)]!]!;
      if (final[state] === 1) for (const id of this.#ends[state]!) hits.push(id, at + 1 - this.#words[id]!.length);
    }
    return hits;
  }
}

/** Runs of at least 16: one of every 16 places lies in each, so only those places are looked at and what stands around them. */
function tokensIn(text: string): number[] {
  const tokens: number[] = [];
  const { length } = text;
  let after = 0;
  for (let probe = LONG - 1; probe < length; probe += LONG) {
    if (TOKEN[text.charCodeAt(probe)] !== 1) continue;
    let start = probe;
    while (start > after && TOKEN[text.charCodeAt(start - 1)] === 1) start--;
    let end = probe + 1;
    while (end < length && TOKEN[text.charCodeAt(end)] === 1) end++;
    if (end - start >= LONG) tokens.push(start, end);
    after = end;
    while (probe + LONG < end) probe += LONG;
  }
  return tokens;
}

function numbersIn(text: string): number[] {
  const numbers: number[] = [];
  NUMBER.lastIndex = 0;
  for (let found = NUMBER.exec(text); found; found = NUMBER.exec(text)) numbers.push(found.index, NUMBER.lastIndex);
  return numbers;
}
