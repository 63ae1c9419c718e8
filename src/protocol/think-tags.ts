import type { Part } from './part.ts';
import { Numbering, type Step } from './rewrite.ts';

/** Names of the tags, as DeepSeek, Qwen, Seed and others were taught them; Magistral writes brackets. */
const NAMES = ['think', 'thinking', 'thought', 'seed:think'];
const OPENINGS = [...NAMES.map((name) => `<${name}>`), '[think]'];
const CLOSINGS = [...NAMES.map((name) => `</${name}>`), '[/think]'];
/** Say that nothing was thought. */
const EMPTY = NAMES.flatMap((name) => [`<${name}/>`, `<${name} />`]);
const TAGS = [...OPENINGS, ...CLOSINGS, ...EMPTY];
const LONGEST = Math.max(...TAGS.map((tag) => tag.length));
const CLOSING = /<\/(?:think|thinking|thought|seed:think)>|\[\/think\]/i;
/** Most white space in front of a tag. Characters. */
const BLANK = 1000;

/**
 * Takes thoughts that stand between tags in front of the text out of it, for engines that leave that to their readers. Only what stands
 * in front is a tag, once or several times: later ones are text that somebody wrote about tags, and inside a thought the first closing
 * one ends it. Work is linear in the text, however it is cut.
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
    let text = this.#kept + piece;
    this.#kept = '';
    while (text !== '') {
      if (this.#mode === 'text') {
        this.#say('text', text, out);
        return;
      }
      text = this.#mode === 'thought' ? this.#thought(text, out) : this.#front(text);
    }
  }

  /** What stands in front of the answer; gives back what was not understood by it, or nothing when more must come to tell. */
  #front(text: string): string {
    const trimmed = text.trimStart();
    const start = trimmed.slice(0, LONGEST).toLowerCase();
    const tag = TAGS.find((one) => start.startsWith(one));
    if (tag) {
      this.#mode = OPENINGS.includes(tag) ? 'thought' : 'gap';
      return trimmed.slice(tag.length);
    }
    const waits = trimmed.length < LONGEST && TAGS.some((one) => one.startsWith(start));
    // Space behind a thought belongs to nobody; in front of a text without one it is the text's own.
    const rest = this.#mode === 'gap' ? trimmed : text;
    if (waits && rest.length - trimmed.length <= BLANK) {
      this.#kept = rest;
      return '';
    }
    this.#mode = 'text';
    return rest;
  }

  /** More of a thought; gives back what stands behind its end. */
  #thought(text: string, out: Part[]): string {
    const closing = CLOSING.exec(text);
    if (closing) {
      this.#say('reasoning', text.slice(0, closing.index), out);
      this.#close(out);
      this.#mode = 'gap';
      return text.slice(closing.index + closing[0].length);
    }
    const from = Math.max(text.lastIndexOf('<'), text.lastIndexOf('['));
    const end = from < 0 || text.length - from >= LONGEST ? '' : text.slice(from).toLowerCase();
    const cut = end && CLOSINGS.some((tag) => tag.startsWith(end)) ? from : text.length;
    this.#kept = text.slice(cut);
    this.#say('reasoning', text.slice(0, cut), out);
    return '';
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
