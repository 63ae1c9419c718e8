import type { Block, ReasoningBlock, ToolCallBlock } from '../../protocol/block.ts';
import { isObject, type Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';
import { declared, parseObject, wireName, wrapText } from '../../protocol/tools.ts';
import { ABOUT_ANSWER } from './hear.ts';
import { END_OF_THOUGHT, ownSignature, signatureFor, signatureForCall, type Thought } from './seals.ts';
import { NAME } from './shapes.ts';

/** Turns the blocks of one answer into parts, in order, and keeps what later ones need of earlier ones. */
export class PartWriter {
  readonly notes: Note[] = [];
  /** What is said of the whole answer and stands on its candidate. */
  readonly about: Json = {};
  /** The model declined in words: the API says so in the finish reason. */
  declined = false;
  readonly #to: Prompt;
  /** What another model thought since its last call. */
  #thoughts: Thought[] = [];
  /** The block before was a thought that nobody sealed. */
  #endless = false;

  constructor(to: Prompt) {
    this.#to = to;
  }

  /** What has to stand before a block of this kind. */
  before(kind: Block['kind']): Json[] {
    const parts = this.#endless && kind === 'reasoning' ? [{ text: '', thought: true, thoughtSignature: END_OF_THOUGHT }] : [];
    this.#endless = false;
    return parts;
  }

  /** A finished block. */
  parts(block: Block, path: string): Json[] {
    return [...this.before(block.kind), ...this.#parts(block, path)];
  }

  #parts(block: Block, path: string): Json[] {
    switch (block.kind) {
      case 'text': {
        if (block.refusal) this.declined = true;
        const signature = this.textSignature(block.rest, path);
        if (block.text === '' && signature === undefined) return [];
        return [{ text: block.text, ...(signature !== undefined && { thoughtSignature: signature }) }];
      }
      case 'reasoning': {
        this.noteRest(block.rest, path);
        const part = this.thought(block.text, block);
        return part ? [part] : [];
      }
      case 'tool-call':
        return this.call(block, path);
      case 'opaque':
        return this.opaque(block, path);
      default:
        this.notes.push({ path, action: 'dropped', why: `${NAME} answers hold no ${block.kind}` });
        return [];
    }
  }

  /** The last piece of a thought with its seal; undefined when it says nothing. `block` is the whole thought. */
  thought(text: string, block: Pick<ReasoningBlock, 'text' | 'seal'>): Json | undefined {
    const { seal } = block;
    if (text === '' && !seal) return undefined;
    if (ownSignature(seal) === undefined) this.#thoughts.push({ text: block.text, ...(seal && { seal }) });
    this.#endless = seal === undefined;
    return { text, thought: true, ...(seal && { thoughtSignature: signatureFor(seal) }) };
  }

  /** A call as one part. One that the token limit cut is left out, as the API does: clients would run it with what is there. */
  call(call: ToolCallBlock, path: string): Json[] {
    const thoughts = this.#thoughts;
    this.#thoughts = [];
    this.noteRest(call.rest, path);
    const args = parseObject(call.input === 'text' ? wrapText(call.arguments) : call.arguments);
    if (!args) {
      this.notes.push({ path, action: 'dropped', why: 'the answer ended before its arguments did' });
      return [];
    }
    const signature = signatureForCall(call.seal, thoughts);
    const part: Json = { functionCall: { id: call.id, name: calledName(this.#to, call), args } };
    return [signature === undefined ? part : { ...part, thoughtSignature: signature }];
  }

  opaque({ dialect, label, raw }: { dialect: string; label: string; raw?: unknown }, path: string): Json[] {
    if (dialect === NAME && isObject(raw)) return [raw];
    this.notes.push({ path, action: 'dropped', why: `${label} is known to ${dialect} only` });
    return [];
  }

  /** A text's own signature. What else stands beside the text goes to the candidate, or is noted. */
  textSignature(rest: Rest | undefined, path: string): string | undefined {
    const { thoughtSignature, ...others } = rest ?? {};
    for (const key of ABOUT_ANSWER) {
      if (!isObject(others[key])) continue;
      this.about[key] = others[key];
      delete others[key];
    }
    this.noteRest(others, path);
    return typeof thoughtSignature === 'string' ? thoughtSignature : undefined;
  }

  noteRest(rest: Rest | undefined, path: string): void {
    for (const [key, value] of Object.entries(rest ?? {}))
      if (value !== null && value !== undefined)
        this.notes.push({ path: `${path}.${key}`, action: 'dropped', why: `${NAME} has no place for it` });
  }
}

/** The name under which the client declared the function. */
function calledName(to: Prompt, call: { name: string; namespace?: string }): string {
  const name = wireName(call);
  return (declared(to, call.name) ?? declared(to, name))?.name ?? (call.namespace ? name : call.name);
}
