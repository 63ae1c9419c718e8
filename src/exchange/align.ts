import type { Part } from '../protocol/part.ts';
import { mergeUsage, type Usage } from '../protocol/usage.ts';
import { Misfit, Seam } from './seam.ts';
import type { ToldBlock } from './telling.ts';

/** How a second answer was asked for: from the beginning, or to go on behind a text. */
export type Wish =
  | { kind: 'again' }
  /** `given` is how much of the told text it was given. @see Seam */
  | { kind: 'onward'; text: string; given: string };

/** What becomes of the block being read: passed on, left out, compared with a told one, or held until it can be told. */
type Reading = { to: 'client' } | { to: 'nobody' } | { to: 'told' | 'seam' | 'thought'; text: string; start: Started };

type Started = Extract<Part, { type: 'block-start' }>;
type Ended = Extract<Part, { type: 'block-end' }>;

/**
 * Makes a second answer's parts the rest of the first: what the client has is left out, an open block goes on, what is new follows.
 * Parts come in sequence and go out in sequence.
 */
export class Splice {
  readonly #told: readonly ToldBlock[];
  readonly #before: Usage;
  /** Told blocks that the second answer has to meet, in order: thoughts are not among them, because no two are alike. */
  readonly #expected: ToldBlock[];
  #met = 0;
  /** The told blocks are behind it: everything else is new. */
  #isNew = false;
  /** Index of the last block towards the client. */
  #index: number;
  #seam: Seam | undefined;
  /** The block being read: passed on, compared with a told one, gathered until it can be told, or left out. */
  #reading: Reading = { to: 'nobody' };

  /** @param before what earlier attempts used */
  constructor(told: readonly ToldBlock[], wish: Wish, before: Usage) {
    this.#told = told.map((block) => ({ ...block }));
    this.#before = before;
    this.#index = told.length - 1;
    this.#expected = this.#told.filter(({ start }) => start.kind !== 'reasoning');
    if (wish.kind === 'onward') this.#seam = new Seam(wish.text, wish.given);
  }

  /** @throws Misfit when the second answer is another one */
  push(part: Part): Part[] {
    switch (part.type) {
      case 'start':
        return [];
      case 'usage':
        return [{ type: 'usage', usage: added(this.#before, part.usage) }];
      case 'block-start':
        return this.#start(part);
      case 'block-delta':
        return this.#delta(part.text);
      case 'block-end':
        return this.#end(part);
      case 'finish':
        return [...this.#finish(), part];
      case 'fault':
        return [part];
    }
  }

  get #open(): ToldBlock | undefined {
    const last = this.#told.at(-1);
    return last && !last.isDone ? last : undefined;
  }

  #start(part: Started): Part[] {
    const { kind } = part.block;
    if (this.#isNew) return [...this.#close(), ...this.#begin(part)];
    if (kind === 'reasoning') {
      // Beside a told text a new thought has no place; where only thoughts were told it may be the same or another.
      this.#reading = this.#expected.length ? { to: 'nobody' } : { to: 'thought', text: '', start: part };
      return [];
    }
    if (this.#expected.length === 0) return [...this.#close(), ...this.#begin(part)];
    if (this.#seam) {
      if (kind !== 'text') return this.#afterSeam(part);
      this.#reading = { to: 'seam', text: '', start: part };
      return [];
    }
    const expected = this.#expected[this.#met]!;
    if (expected.start.kind !== kind || nameOf(expected.start) !== nameOf(part.block)) throw new Misfit('does something else');
    this.#reading = { to: 'told', text: '', start: part };
    return [];
  }

  #delta(text: string): Part[] {
    const reading = this.#reading;
    if (reading.to === 'client') return [{ type: 'block-delta', index: this.#index, text }];
    if (reading.to === 'nobody') return [];
    if (reading.to === 'seam') return this.#go(this.#seam!.push(text), reading.start);
    reading.text += text;
    const expected = reading.to === 'told' ? this.#expected[this.#met]! : this.#open;
    if (!expected || expected.isDone) return [];
    // An open block: what was told of it must come again, and then it goes on.
    if (expected.start.kind === 'reasoning') return this.#thought(reading, expected);
    const isLonger = reading.text.length > expected.text.length;
    if (!(isLonger ? reading.text.startsWith(expected.text) : expected.text.startsWith(reading.text)))
      throw new Misfit('says something else');
    return isLonger ? this.#go(reading.text.slice(expected.text.length), reading.start) : [];
  }

  /** A thought that was told in part goes on where the new one is the same, else it ends and the new one follows. */
  #thought(reading: { text: string; start: Started }, open: ToldBlock): Part[] {
    if (open.text.startsWith(reading.text)) return [];
    if (reading.text.startsWith(open.text)) return this.#go(reading.text.slice(open.text.length), reading.start);
    return [...this.#close(), ...this.#begin(reading.start), { type: 'block-delta', index: this.#index, text: reading.text }];
  }

  /** New text: into the block that is open, or into one of its own. */
  #go(text: string, start: Started): Part[] {
    if (text === '') return [];
    this.#isNew = true;
    const open = this.#open;
    if (open && sameKind(open.start, start.block)) {
      this.#reading = { to: 'client' };
      return [{ type: 'block-delta', index: this.#index, text }];
    }
    return [...this.#close(), ...this.#begin(start), { type: 'block-delta', index: this.#index, text }];
  }

  #end(part: Ended): Part[] {
    const reading = this.#reading;
    this.#reading = { to: 'nobody' };
    switch (reading.to) {
      case 'client':
        return this.#ended(part);
      case 'nobody':
        return [];
      case 'seam': {
        const rest = this.#go(this.#seam!.end(), reading.start);
        this.#reading = { to: 'nobody' };
        if (this.#seam!.isBehind) return [];
        this.#isNew = true;
        return rest.length || this.#open?.start.kind === 'text' ? [...rest, ...this.#ended(part)] : rest;
      }
      case 'thought':
        return this.#thoughtEnded(reading, part);
      case 'told':
        return this.#toldEnded(reading.text, part);
    }
  }

  /** The new thought said no more than was told, or all of a thought that was told whole. */
  #thoughtEnded({ text, start }: { text: string; start: Started }, part: Ended) {
    const open = this.#open;
    if (open?.text === text) return this.#ended(part);
    if (!open && this.#told.some((block) => block.text === text)) return [];
    const delta: Part[] = text ? [{ type: 'block-delta', index: this.#index + 1, text }] : [];
    return [...this.#close(), ...this.#begin(start), ...delta, ...this.#ended(part)];
  }

  #toldEnded(text: string, part: Ended): Part[] {
    const expected = this.#expected[this.#met]!;
    const isSame = expected.start.kind === 'tool-call' ? sameJson(expected.text, text) : expected.text === text;
    if (!isSame) throw new Misfit(expected.start.kind === 'tool-call' ? 'calls the tool otherwise' : 'says something else');
    this.#met++;
    const isLast = this.#met === this.#expected.length;
    if (isLast) this.#isNew = true;
    return isLast && this.#open === expected ? this.#ended(part) : [];
  }

  /** What follows the text of a second answer is new, if that text came to where the first broke off. */
  #afterSeam(part: Started): Part[] {
    if (this.#seam!.isBehind) throw new Misfit('does something else');
    return [...this.#close(), ...this.#begin(part)];
  }

  #finish(): Part[] {
    if (this.#seam?.isBehind) throw new Misfit('ends before it comes to where the first broke off');
    if (!this.#isNew && this.#expected.length && !this.#seam) throw new Misfit('ends before it comes to where the first broke off');
    return this.#close();
  }

  #begin(part: Started): Part[] {
    this.#isNew = true;
    this.#index++;
    this.#reading = { to: 'client' };
    return [{ ...part, index: this.#index }];
  }

  /** The block towards the client has ended. */
  #ended(part: Ended): Part[] {
    const open = this.#open;
    if (open) open.isDone = true;
    return [{ ...part, index: this.#index }];
  }

  /** Ends what was left open when the first answer broke off. */
  #close(): Part[] {
    return this.#open ? this.#ended({ type: 'block-end', index: this.#index }) : [];
  }
}

function sameKind(a: ToldBlock['start'], b: ToldBlock['start']): boolean {
  return a.kind === b.kind && (a.kind !== 'text' || b.kind !== 'text' || a.refusal === b.refusal);
}

function nameOf(start: ToldBlock['start']): string | undefined {
  return start.kind === 'tool-call' ? start.name : start.kind === 'opaque' ? start.label : undefined;
}

function sameJson(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return JSON.stringify(sorted(JSON.parse(a))) === JSON.stringify(sorted(JSON.parse(b)));
  } catch {
    return false;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** What all attempts wrote, and what the largest of them read: clients take that for the size of the conversation. */
export function added(before: Usage, now: Usage): Usage {
  const sum = mergeUsage(before, now);
  if (before.output !== undefined && now.output !== undefined) sum.output = before.output + now.output;
  if (before.reasoning !== undefined && now.reasoning !== undefined) sum.reasoning = before.reasoning + now.reasoning;
  if (before.input !== undefined && now.input !== undefined && before.input > now.input) {
    sum.input = before.input;
    sum.cacheRead = before.cacheRead;
    sum.cacheWrite = before.cacheWrite;
  }
  return sum;
}
