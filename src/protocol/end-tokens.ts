import type { Note } from './note.ts';
import type { Part } from './part.ts';
import { Numbering, type Step } from './rewrite.ts';

/** What families of models write at the end of a turn or of a gap, as their tokenizers spell it. */
const TOKENS: readonly string[] = [
  ...[
    '<|im_end|>',
    '<|im_start|>',
    '<|endoftext|>',
    '<|end_of_text|>',
    '<|eot_id|>',
    '<|eom_id|>',
    '<|end|>',
    '<|EOT|>',
    '<|END_RESPONSE|>',
  ],
  ...['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>', '<|fim_pad|>', '<|file_sep|>', '<|repo_name|>', '<|file_separator|>'],
  ...['<fim_prefix>', '<fim_suffix>', '<fim_middle>', '<fim_pad>', '<file_sep>', '<repo_name>'],
  ...['<｜end▁of▁sentence｜>', '<｜fim▁begin｜>', '<｜fim▁hole｜>', '<｜fim▁end｜>'],
  ...['</s>', '<eos>', '<end_of_turn>', '<EOT>', '<PRE>', '<SUF>', '<MID>', '[SUFFIX]', '[PREFIX]', '[MIDDLE]'],
];
const LONGEST = Math.max(...TOKENS.map((token) => token.length));
const START = /[<[]/g;
const BLANK = /\s+/y;

/**
 * Takes tokens of a model's template off the end of its texts, for engines that spell them out in place of stopping at them. Only what
 * stands at the very end goes: in front of other words they are text that somebody wrote about templates. Work is linear in the text,
 * however it is cut.
 */
export class EndTokens implements Step {
  readonly #notes: Note[];
  readonly #numbers = new Numbering();
  #reading: number | undefined;
  #open: number | undefined;
  /** Tokens, and white space behind them, that may be the end. */
  #held: string[] = [];
  /** What may become a token. */
  #tail = '';
  #stripped: string | undefined;

  constructor(notes: Note[]) {
    this.#notes = notes;
  }

  push(part: Part): Part[] {
    const out: Part[] = [];
    if (part.type === 'block-start' && part.block.kind === 'text' && !part.block.refusal) this.#reading = part.index;
    else if (part.type === 'block-delta' && part.index === this.#reading) this.#read(part.text, out);
    else if (part.type === 'block-end' && part.index === this.#reading) {
      this.#settle(out);
      if (this.#open !== undefined) out.push({ ...part, index: this.#open });
      this.#open = undefined;
      this.#reading = undefined;
    } else {
      if (part.type === 'finish' || part.type === 'fault') this.#settle(out);
      this.#numbers.pass(part, out);
    }
    return out;
  }

  #read(piece: string, out: Part[]): void {
    const text = this.#tail + piece;
    this.#tail = '';
    let at = 0;
    while (at < text.length) {
      if (this.#held.length) {
        const blank = matchAt(BLANK, text, at);
        if (blank) this.#held.push(blank);
        at += blank.length;
        if (at === text.length) return;
      }
      const token = tokenAt(text, at);
      if (token) {
        this.#held.push(token);
        this.#stripped ??= token;
        at += token.length;
      } else if (mayBecome(text, at)) {
        this.#tail = text.slice(at);
        return;
      } else {
        this.#release(out);
        START.lastIndex = at + 1;
        const next = START.exec(text)?.index ?? text.length;
        this.#say(text.slice(at, next), out);
        at = next;
      }
    }
  }

  /** More came behind the tokens: they were text. */
  #release(out: Part[]): void {
    if (this.#held.length) this.#say(this.#held.join(''), out);
    this.#held = [];
    this.#stripped = undefined;
  }

  #settle(out: Part[]): void {
    if (this.#tail) {
      this.#release(out);
      this.#say(this.#tail, out);
      this.#tail = '';
    }
    if (this.#stripped === undefined) return;
    this.#notes.push({
      path: 'answer.text',
      action: 'changed',
      why: `ended in tokens of the model's template such as ${this.#stripped}; taken off`,
    });
    this.#held = [];
    this.#stripped = undefined;
  }

  #say(text: string, out: Part[]): void {
    if (text === '') return;
    this.#open ??= this.#numbers.open({ kind: 'text' }, out);
    out.push({ type: 'block-delta', index: this.#open, text });
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** The token that stands at a place. None of them begins with another. */
function tokenAt(text: string, at: number): string | undefined {
  return TOKENS.find((token) => text.startsWith(token, at));
}

/** Whether what stands from a place on is the beginning of a token, and more must come to tell. */
function mayBecome(text: string, at: number): boolean {
  if (text.length - at >= LONGEST) return false;
  const rest = text.slice(at);
  return TOKENS.some((token) => token.startsWith(rest));
}
