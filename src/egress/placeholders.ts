import { createHmac } from 'node:crypto';

const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
/** Five bits a letter: 60 bits, which nobody guesses and no two values of a conversation are likely to have in common. */
const LENGTH = 12;
/** Letters of a label: what was there, in the reader's words. */
const LABEL = 12;

/** The form of every placeholder, in any text. */
export const PLACEHOLDER = new RegExp(`fh-[a-z]{1,${LABEL}}-[${LETTERS}]{${LENGTH}}`, 'g');
/** The end of a text that may be the beginning of one. */
export const BEGUN = new RegExp(`(?:f|fh|fh-[a-z]{0,${LABEL}}|fh-[a-z]{1,${LABEL}}-[${LETTERS}]{0,${LENGTH - 1}})$`);
/** Characters of the longest placeholder. */
export const LONGEST = 3 + LABEL + 1 + LENGTH;

/**
 * What stands for what, for one exchange; held in memory only and gone with it. The same value has the same placeholder as long as key
 * and conversation are the same, so that a conversation that comes again is the same text for a provider's prompt cache.
 */
export class Placeholders {
  readonly #key: Uint8Array;
  readonly #conversation: string;
  readonly #values = new Map<string, string>();

  /** @param key at least 16 random bytes, the process's or the installation's @param conversation whatever names it, '' for none */
  constructor(key: Uint8Array, conversation = '') {
    this.#key = key;
    this.#conversation = conversation;
  }

  /** The placeholder of a value: letters, digits and hyphens, which JSON, URLs, shells and models leave alone. */
  for(value: string, label: string): string {
    const digest = createHmac('sha256', this.#key).update(`${this.#conversation.length}:${this.#conversation}${value}`).digest();
    let letters = '';
    for (let at = 0; at < LENGTH; at++) letters += LETTERS[digest[at]! & 31];
    const made = `fh-${
      label
        .toLowerCase()
        .replace(/[^a-z]/g, '')
        .slice(0, LABEL) || 'value'
    }-${letters}`;
    this.#values.set(made, value);
    return made;
  }

  /** What stood where the placeholder stands; undefined for one that was never given. */
  value(placeholder: string): string | undefined {
    return this.#values.get(placeholder);
  }

  /** All values that have one. */
  get values(): Iterable<string> {
    return this.#values.values();
  }

  get size(): number {
    return this.#values.size;
  }
}
