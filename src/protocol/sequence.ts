import { GatewayError } from './errors.ts';
import type { BlockStart, Part } from './part.ts';
import { isJsonObject } from './tools.ts';

interface Pending {
  start: BlockStart;
  text: string;
  /** The end as it came; absent while the block is open. */
  end?: Extract<Part, { type: 'block-end' }>;
  /** Its start went out, so its deltas may follow at once. */
  live: boolean;
  /** The answer was cut before it ended. */
  cut?: boolean;
}

/**
 * Brings an upstream's parts into the order every client survives, whatever the upstream did:
 *
 * - blocks one at a time, in order of their start, with dense indexes of our own;
 * - a tool call only when it is complete, as one delta: a stream that breaks can then still be answered by another target, and no
 *   client ever sees half a call (clients have written truncated files and run tools with repaired arguments);
 * - every call has an id of its own; completed calls decide the finish reason, because several engines say `stop` with calls present;
 * - arguments that are no JSON object are a `malformed` fault, unless the model ran out of tokens: then the finish says so;
 * - a call without arguments at the very end of an answer that was cut is left out: it would be run without them.
 *
 * Text and thoughts pass at once.
 */
export class Sequence {
  readonly #newId: () => string;
  readonly #pending = new Map<number, Pending>();
  readonly #ids = new Set<string>();
  #newest: number | undefined;
  #next = 0;
  #calls = 0;
  #over = false;

  /** `newId` makes an id for a call that came without one, e.g. `call_x7…`. */
  constructor(newId: () => string) {
    this.#newId = newId;
  }

  push(part: Part): Part[] {
    if (this.#over) return [];
    switch (part.type) {
      case 'block-start': {
        this.#newest = part.index;
        this.#pending.set(part.index, { start: this.#named(part.block), text: '', live: false });
        return this.#flush();
      }
      case 'block-delta': {
        const block = this.#pending.get(part.index);
        if (!block || part.text === '') return [];
        if (block.live) return [{ type: 'block-delta', index: this.#next, text: part.text }];
        block.text += part.text;
        return [];
      }
      case 'block-end': {
        const block = this.#pending.get(part.index);
        if (!block) return [];
        block.end = part;
        return this.#flush();
      }
      case 'finish':
        return this.#finish(part);
      case 'fault':
        this.#over = true;
        return [part];
      default:
        return [part];
    }
  }

  /** A call gets an id where it has none, or one that another call of this answer has: engines count them anew for each. */
  #named(start: BlockStart): BlockStart {
    if (start.kind !== 'tool-call') return start;
    const id = start.id && !this.#ids.has(start.id) ? start.id : this.#newId();
    this.#ids.add(id);
    return id === start.id ? start : { ...start, id };
  }

  /** Sends what may go: the first block in order, then those behind it that are ready. */
  #flush(cut = false): Part[] {
    const out: Part[] = [];
    for (const [key, block] of this.#pending) {
      const { start, end } = block;
      const isCall = start.kind === 'tool-call';
      if (isCall && !end) break;
      if (isCall && start.input === 'json' && !isJsonObject(block.text) && !cut) break;
      // The end of the answer tells whether it was cut off here.
      if (!this.#over && isBare(block) && key === this.#newest) break;
      const index = this.#next;
      if (!block.live) {
        block.live = true;
        out.push({ type: 'block-start', index, block: start });
        const text = isCall && start.input === 'json' ? block.text.trim() || (block.cut ? '' : '{}') : block.text;
        if (text) out.push({ type: 'block-delta', index, text });
        block.text = '';
      }
      if (!end) break;
      out.push({ ...end, index });
      if (isCall) this.#calls++;
      this.#pending.delete(key);
      this.#next++;
    }
    return out;
  }

  #finish(part: Extract<Part, { type: 'finish' }>): Part[] {
    this.#over = true;
    const cut = part.reason === 'length' || part.reason === 'filter';
    for (const [index, block] of this.#pending) {
      if (block.end) continue;
      block.end = { type: 'block-end', index };
      block.cut = cut;
    }
    const newest = this.#newest === undefined ? undefined : this.#pending.get(this.#newest);
    if (cut && newest && isBare(newest)) this.#pending.delete(this.#newest!);
    const out = this.#flush(cut);
    const [broken] = this.#pending.values();
    if (broken) {
      const name = broken.start.kind === 'tool-call' ? broken.start.name : broken.start.kind;
      out.push({
        type: 'fault',
        error: new GatewayError('malformed', `the model called "${name}" with arguments that are not a JSON object`),
      });
      return out;
    }
    let reason = part.reason;
    if (this.#calls > 0 && (reason === 'stop' || reason === 'other')) reason = 'tool-calls';
    else if (this.#calls === 0 && reason === 'tool-calls') reason = 'stop';
    out.push({ ...part, reason });
    return out;
  }
}

/** A call for which no arguments were heard so far. */
function isBare({ start, text }: Pending): boolean {
  return start.kind === 'tool-call' && start.input === 'json' && text.trim() === '';
}

/** All parts of an answer in sequence. */
export function sequence(parts: Iterable<Part>, newId: () => string): Part[] {
  const machine = new Sequence(newId);
  const out: Part[] = [];
  for (const part of parts) out.push(...machine.push(part));
  return out;
}
