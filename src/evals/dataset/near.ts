/** Words in a row that are compared. */
const SHINGLE = 5;
const HASHES = 64;
/** Hashes of a band: with 16 bands of 4, texts that share 8 of 10 shingles meet in at least one with a chance of 99.98 %. */
const ROWS = 4;
const BANDS = HASHES / ROWS;
/** From which share of shingles in common on two texts count as one. */
const SAME = 0.8;
/** Most words of a text that are read. */
const MOST_WORDS = 20_000;

/** Odd multipliers and offsets of 64 hash functions, from a fixed seed, so that a second export finds the same. */
const [MULTIPLIERS, OFFSETS] = functions(HASHES);

/**
 * A text's MinHash signature over shingles of five words (Broder, "On the resemblance and containment of documents", 1997): the share of
 * equal places of two signatures estimates the share of shingles they have in common.
 */
export function signatureOf(text: string): Uint32Array {
  const words = (text.toLowerCase().match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []).slice(0, MOST_WORDS);
  const hashes = Int32Array.from(words, (word) => fnv(word));
  const least = new Uint32Array(HASHES).fill(0xffffffff);
  const last = Math.max(1, words.length - SHINGLE + 1);
  for (let at = 0; at < last; at++) {
    let hash = 0x811c9dc5;
    for (let word = at; word < Math.min(at + SHINGLE, words.length); word++) hash = Math.imul(hash ^ hashes[word]!, 0x01000193) | 0;
    for (let one = 0; one < HASHES; one++) {
      // A multiplication and a fold: multiply-shift hashing (Dietzfelbinger et al., 1997), whose low bits alone would be poor.
      let value = (Math.imul(hash, MULTIPLIERS[one]!) + OFFSETS[one]!) | 0;
      value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
      value = (value ^ (value >>> 13)) >>> 0;
      if (value < least[one]!) least[one] = value;
    }
  }
  return least;
}

/** Texts seen so far, and whether another is nearly one of them. About 1 kB a text. */
export class NearTexts {
  readonly #bands = Array.from({ length: BANDS }, () => new Map<number, number[]>());
  readonly #signatures: Uint32Array[] = [];

  /** Takes a text, unless it is nearly one that was taken. @returns false when it is */
  add(text: string): boolean {
    const signature = signatureOf(text);
    const keys = this.#bands.map((_, band) => bandOf(signature, band));
    const met = new Set(keys.flatMap((key, band) => this.#bands[band]!.get(key) ?? []));
    for (const at of met) if (likeness(signature, this.#signatures[at]!) >= SAME) return false;
    const at = this.#signatures.push(signature) - 1;
    keys.forEach((key, band) => {
      const known = this.#bands[band]!.get(key);
      if (known) known.push(at);
      else this.#bands[band]!.set(key, [at]);
    });
    return true;
  }
}

function likeness(a: Uint32Array, b: Uint32Array): number {
  let same = 0;
  for (let at = 0; at < HASHES; at++) if (a[at] === b[at]) same++;
  return same / HASHES;
}

function bandOf(signature: Uint32Array, band: number): number {
  let hash = 0x811c9dc5;
  for (let row = 0; row < ROWS; row++) hash = mixed(Math.imul(hash ^ signature[band * ROWS + row]!, 0x01000193));
  return hash;
}

/** FNV-1a over 16-bit units. */
function fnv(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixed(hash) | 0;
}

/** The finalizer of MurmurHash3 (Appleby, public domain): every bit of the sum reaches every bit of the result. */
function mixed(sum: number): number {
  let hash = sum >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function functions(count: number): [multipliers: Int32Array, offsets: Int32Array] {
  let state = 0x9e3779b9;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    return mixed(state);
  };
  const numbers = Array.from({ length: 2 * count }, next);
  return [Int32Array.from(numbers.slice(0, count), (one) => one | 1), Int32Array.from(numbers.slice(count))];
}
