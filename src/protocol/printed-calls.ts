import type { Note } from './note.ts';
import type { Part } from './part.ts';
import { read } from './printed-forms.ts';
import type { Prompt } from './prompt.ts';
import { block, Numbering, type Step } from './rewrite.ts';
import { satisfies } from './satisfies.ts';
import { declared } from './tools.ts';

/** Where a printed call begins behind other text: in tags. JSON counts only when it is all of the text, since prose quotes JSON. */
const TAG = /<(?:tool_call|function_call|function=|invoke\s|\|python_tag\|>)|\[(?:tool_calls|tool_request)\]/i;
/** The same as texts, of which a piece may hold the beginning only. */
const TAGS = ['<tool_call', '<function_call', '<function=', '<invoke ', '<invoke\n', '<|python_tag|>', '[tool_calls]', '[tool_request]'];
const LONGEST = Math.max(...TAGS.map((tag) => tag.length));
/** How a text begins that may be nothing but a call. */
const LEAD = /^\s*(?:[{[]|`{1,3}|$)/;
/** Most white space in front of a call. Characters. */
const BLANK = 1000;
/** Longest text held back. Characters. */
const LIMIT = 256 * 1024;

/**
 * Makes calls of what a model printed as text, when every one of them names a declared tool and brings arguments that satisfy its schema.
 * Anything else stays the text that it is, examples in prose above all.
 */
export class PrintedCalls implements Step {
  readonly #prompt: Pick<Prompt, 'tools'>;
  readonly #notes: Note[];
  readonly #numbers = new Numbering();
  #reading: number | undefined;
  #open: number | undefined;
  #held = '';
  /** A call may have begun: all is held until the text is over. */
  #pieces: string[] | undefined;
  #size = 0;
  #hasBegun = false;

  constructor(prompt: Pick<Prompt, 'tools'>, notes: Note[]) {
    this.#prompt = prompt;
    this.#notes = notes;
  }

  push(part: Part): Part[] {
    const out: Part[] = [];
    if (part.type === 'block-start' && part.block.kind === 'text' && !part.block.refusal) {
      this.#reading = part.index;
      this.#hasBegun = false;
    } else if (part.type === 'block-delta' && part.index === this.#reading) this.#read(part.text, out);
    else if (part.type === 'block-end' && part.index === this.#reading) {
      this.#settle(out);
      if (this.#open !== undefined) out.push({ ...part, index: this.#open });
      this.#open = undefined;
      this.#reading = undefined;
    } else {
      if (part.type === 'finish') this.#settle(out);
      this.#numbers.pass(part, out);
    }
    return out;
  }

  #read(piece: string, out: Part[]): void {
    if (this.#pieces) {
      this.#pieces.push(piece);
      this.#size += piece.length;
      if (this.#size > LIMIT) this.#giveUp(out);
      return;
    }
    const text = this.#held + piece;
    this.#held = '';
    if (!this.#hasBegun && text.length <= LIMIT && LEAD.test(text)) {
      if (text.trim() === '' && text.length <= BLANK) this.#held = text;
      else this.#hold(text);
      return;
    }
    this.#hasBegun = true;
    const at = TAG.exec(text)?.index;
    if (at !== undefined) {
      this.#say(text.slice(0, at), out);
      this.#hold(text.slice(at));
      return;
    }
    const from = Math.max(text.lastIndexOf('<'), text.lastIndexOf('['));
    const end = from < 0 || text.length - from >= LONGEST ? '' : text.slice(from).toLowerCase();
    const cut = end && TAGS.some((tag) => tag.startsWith(end)) ? from : text.length;
    this.#say(text.slice(0, cut), out);
    this.#held = text.slice(cut);
  }

  #hold(text: string): void {
    this.#hasBegun = true;
    this.#pieces = [text];
    this.#size = text.length;
  }

  #giveUp(out: Part[]): void {
    const text = this.#held + (this.#pieces?.join('') ?? '');
    this.#held = '';
    this.#pieces = undefined;
    this.#say(text, out);
  }

  /** The text is over: what was held is calls, or text. */
  #settle(out: Part[]): void {
    const calls = this.#pieces && read(this.#pieces.join(''), this.#prompt);
    const isAsked = calls?.every(({ name, input }) => {
      const tool = declared(this.#prompt, name);
      return tool?.kind === 'function' && satisfies(input, tool.schema);
    });
    if (!calls?.length || !isAsked) {
      this.#giveUp(out);
      return;
    }
    this.#pieces = undefined;
    if (this.#open !== undefined) out.push({ type: 'block-end', index: this.#open });
    this.#open = undefined;
    for (const { name, input } of calls) {
      // The id is made with the sequence, as for any call that came without one.
      block(this.#numbers, { kind: 'tool-call', id: '', name, input: 'json' }, JSON.stringify(input), out);
      this.#notes.push({ path: `answer.${name}`, action: 'changed', why: 'the model printed the call as text; made a call again' });
    }
  }

  #say(text: string, out: Part[]): void {
    if (text === '') return;
    this.#open ??= this.#numbers.open({ kind: 'text' }, out);
    out.push({ type: 'block-delta', index: this.#open, text });
  }
}
