import { isSilent, type Json, object, said } from '../../protocol/json.ts';
import { isJsonObject } from '../../protocol/tools.ts';
import type { Blocks } from './hear-blocks.ts';
import { CALL_SEAL } from './seals.ts';
import { NAME, placeIn } from './shapes.ts';

interface Slot {
  id: string;
  name: string;
  input: 'json' | 'text';
  /** The arguments as they came, for the question whether they are complete. */
  pieces: string[];
  /** How many pieces went out. */
  sent: number;
  block?: number;
  extra?: unknown;
  ended: boolean;
}

/**
 * Puts the pieces of tool calls together. Trusts nothing the upstream counts: calls are told apart by index, by id where the index is
 * missing, and by a new name with whole arguments where both are missing or always the same.
 */
export class Calls {
  readonly #blocks: Blocks;
  readonly #slots: Slot[] = [];
  readonly #byIndex = new Map<number, Slot>();
  readonly #byId = new Map<string, Slot>();

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  get any(): boolean {
    return this.#slots.length > 0;
  }

  /** Whether a call has begun that no block tells of; an entry that says nothing at all is none. */
  get holds(): boolean {
    return this.#slots.some(({ block, id, name, pieces }) => block === undefined && (id !== '' || name !== '' || pieces.length > 0));
  }

  /** One entry of `tool_calls`. `place` is its index where the entries of a whole message are told apart by their order alone. */
  push(entry: Json, place?: number): void {
    const custom = object(entry['custom']);
    const body = custom ?? object(entry['function']) ?? {};
    const id = said(entry['id']) ?? '';
    const name = said(body['name']) ?? '';
    const text = argumentsIn(custom ? body['input'] : body['arguments']);
    const index = place ?? placeIn(entry);

    const slot = this.#find(index, id, name, text) ?? this.#begin(custom || entry['type'] === 'custom' ? 'text' : 'json');
    if (index !== undefined) this.#byIndex.set(index, slot);
    if (slot.ended) return;
    if (id && !slot.id) {
      slot.id = id;
      this.#byId.set(id, slot);
    }
    if (name && slot.block === undefined) slot.name = named(slot.name, name);
    if (text) slot.pieces.push(text);
    if (object(entry[CALL_SEAL]) && !isSilent(entry[CALL_SEAL])) slot.extra = entry[CALL_SEAL];
    if (text) this.#send(slot);
  }

  /** The older `function_call`: one call, without index and id. */
  pushLegacy(call: Json): void {
    this.push({ function: call }, -1);
  }

  /**
   * Ends all calls. Of an answer that was cut, a call without arguments is left out: it would be run without them.
   * @returns false when a call never got a name, so that nobody can run it
   */
  close(isCut: boolean): boolean {
    let isRunnable = true;
    for (const slot of this.#slots) {
      if (slot.name === '' && slot.pieces.length > 0) isRunnable = false;
      if (!isCut || slot.pieces.length > 0) this.#end(slot);
    }
    return isRunnable;
  }

  #find(index: number | undefined, id: string, name: string, text: string): Slot | undefined {
    const last = this.#slots.at(-1);
    let slot: Slot | undefined;
    if (index !== undefined) slot = this.#byIndex.get(index);
    else if (id) slot = this.#byId.get(id) ?? (!name && last && !last.id ? last : undefined);
    else slot = last;
    if (!slot) return undefined;
    if (id && slot.id) return id !== slot.id && name ? undefined : slot;
    if (!name || !slot.name || id) return slot;
    if (index === undefined && name !== slot.name) return undefined;
    // Whole calls one after another under one index and without ids: each brings its own name and an object of its own.
    return slot.pieces.length > 0 && text.trim() !== '' && isJsonObject(text) ? undefined : slot;
  }

  #begin(input: 'json' | 'text'): Slot {
    const before = this.#slots.at(-1);
    const slot: Slot = { id: '', name: '', input, pieces: [], sent: 0, ended: false };
    this.#slots.push(slot);
    if (before) {
      // Keeps the order of the calls when the one before has no arguments yet.
      this.#send(before);
      // A complete object can only grow by white space: a client may start on this call while the next one is written.
      if (before.input === 'json' && before.pieces.length > 0 && isJsonObject(before.pieces.join(''))) this.#end(before);
    }
    return slot;
  }

  /** Sends what the slot holds; nothing before the name is known. */
  #send(slot: Slot): void {
    if (slot.name === '') return;
    if (slot.block === undefined) {
      slot.block = this.#blocks.start({ kind: 'tool-call', id: slot.id, name: slot.name, input: slot.input });
    }
    for (; slot.sent < slot.pieces.length; slot.sent++) this.#blocks.delta(slot.block, slot.pieces[slot.sent]!);
  }

  #end(slot: Slot): void {
    if (slot.ended) return;
    this.#send(slot);
    if (slot.block === undefined) return;
    slot.ended = true;
    this.#blocks.end(slot.block, slot.extra ? { seal: { by: NAME, raw: slot.extra } } : {});
  }
}

function argumentsIn(value: unknown): string {
  if (typeof value === 'string') return value;
  return object(value) ? JSON.stringify(value) : '';
}

/** A name may come again with every piece, or in pieces itself. */
function named(before: string, piece: string): string {
  if (before === '' || piece.startsWith(before)) return piece;
  return before === piece || before.endsWith(piece) ? before : before + piece;
}
