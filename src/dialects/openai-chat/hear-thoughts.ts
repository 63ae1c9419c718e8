import type { Seal } from '../../protocol/block.ts';
import { type Json, list, object, said } from '../../protocol/json.ts';
import { hasSecret, textOfDetails, textOfThinking } from './seals.ts';
import { NAME } from './shapes.ts';

/** Where engines put thoughts, the preferred first: some send the same text in two of them. */
const FIELDS = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking'] as const;

/** Reads the thoughts of an answer, each once, and gathers what seals them. */
export class Thoughts {
  #field: (typeof FIELDS)[number] | undefined;
  #details: Json[] = [];

  /** The thought in this piece of the answer. */
  text(delta: Json): string {
    for (const field of FIELDS) {
      const value = delta[field];
      const text = field === 'reasoning_details' ? textOfDetails(list(value)) : textOfThinking(value);
      if (text === '') continue;
      // Details that come late repeat what the plain field said.
      if (field === 'reasoning_details' && this.#field !== undefined && this.#field !== field) return '';
      this.#field = field;
      return text;
    }
    return '';
  }

  /** Gathers details: pieces of one entry are joined. @returns true when they hold more than text */
  gather(delta: Json): boolean {
    const pieces = list(delta['reasoning_details']);
    for (const value of pieces) {
      const piece = object(value);
      if (!piece) continue;
      const entry = this.#entryOf(piece);
      if (entry) join(entry, piece);
      else this.#details.push({ ...piece });
    }
    return pieces.length > 0 && hasSecret(pieces);
  }

  /** The seal of the thought that ends here: all details, when they hold more than text. */
  take(): Seal | undefined {
    const details = this.#details;
    this.#details = [];
    return hasSecret(details) ? { by: NAME, raw: details } : undefined;
  }

  /** The entry that a piece goes on with: text of the same kind and index directly behind it. Encrypted data comes whole. */
  #entryOf(piece: Json): Json | undefined {
    const last = this.#details.at(-1);
    const type = piece['type'];
    if (!last || last['type'] !== type || (type !== 'reasoning.text' && type !== 'reasoning.summary')) return undefined;
    return (last['index'] ?? 0) === (piece['index'] ?? 0) ? last : undefined;
  }
}

function join(entry: Json, piece: Json): void {
  for (const [key, value] of Object.entries(piece)) {
    if (value === null || value === undefined) continue;
    const isText = (key === 'text' || key === 'summary') && said(entry[key]) !== undefined && typeof value === 'string';
    entry[key] = isText ? (entry[key] as string) + value : value;
  }
}
