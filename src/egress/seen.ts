import { hash, randomBytes } from 'node:crypto';
import type { Match } from './finding.ts';

/** What an entry takes besides its matches, about. Bytes. */
const ENTRY = 120;
const MATCH = 120;
/** Up to this length clean texts are remembered as they are: names of fields, roles and types. */
const SHORT = 24;
const SHORTS = 4096;

/**
 * What was found in texts that were read before, so that a conversation that comes again costs its hashing. Texts are known by
 * SHA-256 over a key of this process and the text; the texts are not kept, except short ones without a finding. Bounded: what was not
 * asked for the longest goes first.
 */
export class Seen {
  readonly #key = randomBytes(16).toString('hex');
  readonly #limit: number;
  readonly #known = new Map<string, readonly Match[]>();
  #short = new Set<string>();
  #bytes = 0;

  /** @param limit bytes, about */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The matches in `text`, read now or before. `read` may throw; then nothing is remembered. */
  matches(text: string, read: (text: string) => readonly Match[]): readonly Match[] {
    if (text.length <= SHORT) return this.#shortMatches(text, read);
    const id = hash('sha256', this.#key + text, 'base64');
    const known = this.#known.get(id);
    if (known) {
      this.#known.delete(id);
      this.#known.set(id, known);
      return known;
    }
    const found = read(text);
    this.#known.set(id, found);
    this.#bytes += ENTRY + found.length * MATCH;
    for (const [oldest, matches] of this.#known) {
      if (this.#bytes <= this.#limit) break;
      this.#known.delete(oldest);
      this.#bytes -= ENTRY + matches.length * MATCH;
    }
    return found;
  }

  #shortMatches(text: string, read: (text: string) => readonly Match[]): readonly Match[] {
    if (this.#short.has(text)) return NONE;
    const found = read(text);
    if (found.length === 0) {
      if (this.#short.size >= SHORTS) this.#short = new Set();
      this.#short.add(text);
    }
    return found;
  }
}

const NONE: readonly Match[] = [];
