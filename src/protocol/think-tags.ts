import type { Part } from './part.ts';
import { Numbering, type Step } from './rewrite.ts';

const OPENING = /^\s*<(think|thinking)>/i;
/** Says that nothing was thought. */
const EMPTY = /^\s*<(think|thinking)\s*\/>/i;
/** A closing tag that no opening one came before. */
const ORPHAN = /^\s*<\/(think|thinking)>/i;
const CLOSING = /<\/(?:think|thinking)>/i;
/** What may still become one of the tags in front of an answer. */
const LEAD = /^\s*(<(\/?(t(h(i(n(k(i(n(g)?)?)?)?)?)?)?)?)?(\s*\/?)?)?$/i;
/** Most white space in front of a tag. Characters. */
const BLANK = 1000;
/** Longest closing tag, less its last character: so much may have to wait for the next piece. */
const TAIL = '</thinking>'.length - 1;

/**
 * Takes a thought that stands between tags in front of the text out of it, for engines that leave that to their readers. Only what
 * stands in front is a tag: later ones are text that somebody wrote about tags. Work is linear in the text, however it is cut.
 */
export class ThinkTags implements Step {
  readonly #numbers = new Numbering();
  #mode: 'lead' | 'thought' | 'gap' | 'text';
  #kept = '';
  #open: { kind: 'text' | 'reasoning'; index: number } | undefined;
  /** The upstream's own number of the text block that is read now. */
  #reading: number | undefined;

  /** @param isOpen the template has opened the thought already, so the answer begins inside it */
  constructor(isOpen: boolean) {
    this.#mode = isOpen ? 'thought' : 'lead';
  }

  push(part: Part): Part[] {
    const out: Part[] = [];
    if (part.type === 'block-start' && part.block.kind === 'text' && !part.block.refusal) {
      this.#reading = part.index;
      return out;
    }
    if (part.type === 'block-delta' && part.index === this.#reading) {
      this.#read(part.text, out);
      return out;
    }
    if (part.type === 'block-end' && part.index === this.#reading) {
      this.#flush(out);
      if (this.#open) out.push({ ...part, index: this.#open.index });
      this.#open = undefined;
      this.#reading = undefined;
      return out;
    }
    if (part.type === 'finish' || part.type === 'fault') this.#flush(out);
    // An engine that tells thoughts apart itself, or has come to its calls, writes no more tags.
    if (part.type === 'block-start') this.#mode = 'text';
    this.#numbers.pass(part, out);
    return out;
  }

  #read(piece: string, out: Part[]): void {
    const text = this.#kept + piece;
    this.#kept = '';
    if (this.#mode === 'lead') this.#lead(text, out);
    else if (this.#mode === 'thought') this.#thought(text, out);
    else {
      const rest = this.#mode === 'gap' ? text.trimStart() : text;
      if (rest !== '') this.#mode = 'text';
      this.#say('text', rest, out);
    }
  }

  #lead(text: string, out: Part[]): void {
    const opening = OPENING.exec(text);
    const closed = EMPTY.exec(text) ?? ORPHAN.exec(text);
    const tag = opening ?? closed;
    if (tag) {
      this.#mode = opening ? 'thought' : 'gap';
      this.#read(text.slice(tag[0].length), out);
    } else if (text.length <= BLANK && LEAD.test(text)) this.#kept = text;
    else {
      this.#mode = 'text';
      this.#say('text', text, out);
    }
  }

  #thought(text: string, out: Part[]): void {
    const closing = CLOSING.exec(text);
    if (closing) {
      this.#say('reasoning', text.slice(0, closing.index), out);
      this.#close(out);
      this.#mode = 'gap';
      this.#read(text.slice(closing.index + closing[0].length), out);
      return;
    }
    const from = text.lastIndexOf('<');
    const cut = from >= 0 && text.length - from <= TAIL && '</thinking>'.startsWith(text.slice(from).toLowerCase()) ? from : text.length;
    this.#kept = text.slice(cut);
    this.#say('reasoning', text.slice(0, cut), out);
  }

  #say(kind: 'text' | 'reasoning', text: string, out: Part[]): void {
    if (text === '') return;
    if (this.#open?.kind !== kind) {
      this.#close(out);
      this.#open = { kind, index: this.#numbers.open({ kind }, out) };
    }
    out.push({ type: 'block-delta', index: this.#open.index, text });
  }

  #close(out: Part[]): void {
    if (this.#open) out.push({ type: 'block-end', index: this.#open.index });
    this.#open = undefined;
  }

  /** What waited for more is what it looks like. */
  #flush(out: Part[]): void {
    this.#say(this.#mode === 'thought' ? 'reasoning' : 'text', this.#kept, out);
    this.#kept = '';
  }
}
