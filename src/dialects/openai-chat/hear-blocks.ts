import type { Seal } from '../../protocol/block.ts';
import type { BlockStart, Part } from '../../protocol/part.ts';
import type { Rest } from '../../protocol/rest.ts';

/** Collects parts and counts blocks: the indexes are ours, whatever the upstream counted. */
export class Blocks {
  #parts: Part[] = [];
  #next = 0;

  /** Whether any block has begun. */
  get any(): boolean {
    return this.#next > 0;
  }

  push(part: Part): void {
    this.#parts.push(part);
  }

  /** The new block's index. */
  start(block: BlockStart): number {
    const index = this.#next++;
    this.#parts.push({ type: 'block-start', index, block });
    return index;
  }

  delta(index: number, text: string): void {
    if (text !== '') this.#parts.push({ type: 'block-delta', index, text });
  }

  end(index: number, facts: { seal?: Seal; rest?: Rest } = {}): void {
    const part: Part = { type: 'block-end', index };
    if (facts.seal) part.seal = facts.seal;
    if (facts.rest) part.rest = facts.rest;
    this.#parts.push(part);
  }

  /** What came since the last call. */
  take(): Part[] {
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }
}
