import type { BlockStart, Part } from './part.ts';

/** A step between an upstream's parts and their sequence: gives the parts that take the place of one. */
export interface Step {
  push(part: Part): Part[];
}

/** Numbers the blocks of a step that adds some and leaves some out. */
export class Numbering {
  readonly #places = new Map<number, number>();
  #next = 0;

  /** A block of the step's own. */
  open(block: BlockStart, into: Part[]): number {
    into.push({ type: 'block-start', index: this.#next, block });
    return this.#next++;
  }

  /** A part that goes on as it is, under the number that its block has now. */
  pass(part: Part, into: Part[]): void {
    if (part.type === 'block-start') this.#places.set(part.index, this.open(part.block, into));
    else if (part.type === 'block-delta' || part.type === 'block-end') {
      const index = this.#places.get(part.index);
      if (index !== undefined) into.push({ ...part, index });
    } else into.push(part);
  }
}

/** The whole of a text as a block of its own. */
export function block(numbers: Numbering, start: BlockStart, text: string, into: Part[]): void {
  const index = numbers.open(start, into);
  if (text) into.push({ type: 'block-delta', index, text });
  into.push({ type: 'block-end', index });
}
