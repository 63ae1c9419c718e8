import type { Block } from './block.ts';
import type { BlockStart, Part } from './part.ts';
import type { Reply } from './reply.ts';
import { mergeUsage } from './usage.ts';

/** The block a start announces, still empty. */
function begin(start: BlockStart): Block {
  switch (start.kind) {
    case 'text':
      return start.refusal ? { kind: 'text', text: '', refusal: true } : { kind: 'text', text: '' };
    case 'reasoning':
      return { kind: 'reasoning', text: '' };
    case 'tool-call':
      return { ...start, arguments: '' };
    case 'opaque':
      return { kind: 'opaque', dialect: start.dialect, label: start.label, raw: start.raw };
  }
}

/**
 * Folds parts into a reply: the only accumulator. Mutable and incremental, so that a tap costs one call a part.
 * Deltas are kept in lists and joined once, because a long answer has thousands.
 */
export class Fold {
  readonly reply: Reply = { blocks: [] };
  /** By the parts' own index, which need not be the place in `reply.blocks`. */
  readonly #open = new Map<number, { block: Block; pieces: string[] }>();

  add(part: Part): void {
    switch (part.type) {
      case 'start':
        if (part.id !== undefined) this.reply.id = part.id;
        if (part.model !== undefined) this.reply.model = part.model;
        return;
      case 'block-start': {
        const block = begin(part.block);
        this.reply.blocks.push(block);
        this.#open.set(part.index, { block, pieces: [] });
        return;
      }
      case 'block-delta':
        this.#open.get(part.index)?.pieces.push(part.text);
        return;
      case 'block-end': {
        const open = this.#open.get(part.index);
        if (!open) return;
        this.#open.delete(part.index);
        this.#close(open.block, open.pieces);
        if (part.seal && (open.block.kind === 'reasoning' || open.block.kind === 'tool-call')) open.block.seal = part.seal;
        if (part.rest && open.block.kind !== 'opaque') open.block.rest = part.rest;
        if (part.raw !== undefined && open.block.kind === 'opaque') open.block.raw = part.raw;
        return;
      }
      case 'usage':
        this.reply.usage = mergeUsage(this.reply.usage, part.usage);
        return;
      case 'finish':
      case 'fault':
        for (const { block, pieces } of this.#open.values()) this.#close(block, pieces);
        this.#open.clear();
        if (part.type === 'fault') this.reply.error = part.error;
        else this.reply.finish = { reason: part.reason, raw: part.raw, stop: part.stop };
    }
  }

  #close(block: Block, pieces: string[]): void {
    const text = pieces.join('');
    if (block.kind === 'text' || block.kind === 'reasoning') block.text = text;
    else if (block.kind === 'tool-call') block.arguments = text;
  }
}

/** All parts of an answer as one reply. */
export function fold(parts: Iterable<Part>): Reply {
  const folding = new Fold();
  for (const part of parts) folding.add(part);
  return folding.reply;
}

/** A whole reply played as parts, for a client that wants a stream. `fold(play(reply))` equals `reply`. */
export function play(reply: Reply): Part[] {
  const parts: Part[] = [{ type: 'start', id: reply.id, model: reply.model }];
  reply.blocks.forEach((block, index) => {
    switch (block.kind) {
      case 'text':
      case 'reasoning':
        parts.push({ type: 'block-start', index, block: startOf(block) });
        if (block.text) parts.push({ type: 'block-delta', index, text: block.text });
        break;
      case 'tool-call':
        parts.push({ type: 'block-start', index, block: startOf(block) });
        if (block.arguments) parts.push({ type: 'block-delta', index, text: block.arguments });
        break;
      case 'opaque':
        parts.push({ type: 'block-start', index, block: startOf(block) });
        break;
      default:
        return;
    }
    const seal = block.kind === 'reasoning' || block.kind === 'tool-call' ? block.seal : undefined;
    parts.push({ type: 'block-end', index, seal, rest: block.kind === 'opaque' ? undefined : block.rest });
  });
  if (reply.usage) parts.push({ type: 'usage', usage: reply.usage });
  if (reply.error) parts.push({ type: 'fault', error: reply.error });
  else if (reply.finish) parts.push({ type: 'finish', ...reply.finish });
  return parts;
}

function startOf(block: Block): BlockStart {
  switch (block.kind) {
    case 'text':
      return block.refusal ? { kind: 'text', refusal: true } : { kind: 'text' };
    case 'reasoning':
      return { kind: 'reasoning' };
    case 'tool-call':
      return { kind: 'tool-call', id: block.id, name: block.name, namespace: block.namespace, input: block.input };
    case 'opaque':
      return { kind: 'opaque', dialect: block.dialect, label: block.label, raw: block.raw };
    default:
      throw new Error(`a model never answers with a ${block.kind} block`);
  }
}
