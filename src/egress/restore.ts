import type { Part } from '../protocol/part.ts';
import { BEGUN, LONGEST, PLACEHOLDER, type Placeholders } from './placeholders.ts';

/** Where a text stands: as it is, or within so many JSON strings one in the other, each of which escapes what is put in. */
export type Nesting = 0 | 1 | 2;

/** A value as it is written at that depth. */
function escaped(value: string, nesting: Nesting): string {
  let text = value;
  for (let depth = 0; depth < nesting; depth++) text = JSON.stringify(text).slice(1, -1);
  return text;
}

/** A complete text with the values back in place; what looks like a placeholder and is none stays. */
export function restored(text: string, placeholders: Placeholders, nesting: Nesting = 0): string {
  if (placeholders.size === 0 || !text.includes('fh-')) return text;
  return text.replace(PLACEHOLDER, (found) => {
    const value = placeholders.value(found);
    return value === undefined ? found : escaped(value, nesting);
  });
}

/**
 * Restores a text that comes in pieces. It holds back only an end that may be the beginning of a placeholder, at most one character
 * less than the longest. Whatever the pieces, the same text comes out as from `restored`.
 */
export class Restorer {
  readonly #placeholders: Placeholders;
  readonly #nesting: Nesting;
  #held = '';

  constructor(placeholders: Placeholders, nesting: Nesting = 0) {
    this.#placeholders = placeholders;
    this.#nesting = nesting;
  }

  /** What can be said now. */
  push(piece: string): string {
    const text = this.#held + piece;
    // Only an end after the last complete placeholder may begin another: a complete one is never cut.
    const end = text.slice(Math.max(lastEnd(text), text.length - LONGEST + 1));
    const begun = BEGUN.exec(end)?.[0].length ?? 0;
    this.#held = begun ? text.slice(text.length - begun) : '';
    return restored(begun ? text.slice(0, text.length - begun) : text, this.#placeholders, this.#nesting);
  }

  /** What was held back and turned out to be only text. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }
}

/** Where the last placeholder in a text ends; 0 where there is none. */
function lastEnd(text: string): number {
  if (!text.includes('fh-')) return 0;
  let end = 0;
  for (const found of text.matchAll(PLACEHOLDER)) end = found.index + found[0].length;
  return end;
}

/** Restores an answer part by part: text, thoughts, names of tools, and arguments, which are JSON unless the tool takes text. */
export class PartRestorer {
  readonly #placeholders: Placeholders;
  readonly #open = new Map<number, Restorer>();

  constructor(placeholders: Placeholders) {
    this.#placeholders = placeholders;
  }

  /** The parts to hand on for one that came. Sealed and opaque state passes as it is: its maker signed it. */
  push(part: Part): Part[] {
    switch (part.type) {
      case 'block-start': {
        const { block, index } = part;
        if (block.kind === 'opaque') return [part];
        const json = block.kind === 'tool-call' && block.input === 'json';
        this.#open.set(index, new Restorer(this.#placeholders, json ? 1 : 0));
        return block.kind === 'tool-call' ? [{ ...part, block: { ...block, name: restored(block.name, this.#placeholders) } }] : [part];
      }
      case 'block-delta': {
        const restorer = this.#open.get(part.index);
        if (!restorer) return [part];
        const text = restorer.push(part.text);
        return text ? [{ ...part, text }] : [];
      }
      case 'block-end': {
        const rest = this.#close(part.index);
        return [...rest, part];
      }
      case 'finish':
      case 'fault':
        return [...[...this.#open.keys()].flatMap((index) => this.#close(index)), part];
      default:
        return [part];
    }
  }

  #close(index: number): Part[] {
    const text = this.#open.get(index)?.end();
    this.#open.delete(index);
    return text ? [{ type: 'block-delta', index, text }] : [];
  }
}

/** Members that hold what their maker signed or sealed. */
const SEALED = new Set(['signature', 'encrypted_content', 'thoughtSignature', 'thought_signature']);

/**
 * A whole answer as JSON with the values back in place, in every string. A string that is JSON itself, as tool calls' arguments are
 * in some dialects, gets them escaped.
 */
export function restoredBody(value: unknown, placeholders: Placeholders): unknown {
  if (placeholders.size === 0) return value;
  if (typeof value === 'string') return value.includes('fh-') ? restored(value, placeholders, isJson(value) ? 1 : 0) : value;
  if (Array.isArray(value)) return value.map((item) => restoredBody(item, placeholders));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [restored(name, placeholders), SEALED.has(name) ? item : restoredBody(item, placeholders)]),
  );
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
