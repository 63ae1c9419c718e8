import type { Note } from './note.ts';
import type { Part } from './part.ts';
import type { JsonSchema, Prompt } from './prompt.ts';
import type { Step } from './rewrite.ts';
import { isJson, resolved, typesIn } from './satisfies.ts';
import { declared } from './tools.ts';

/**
 * Decodes arguments that a model encoded twice: the whole object as a JSON string, or a list or an object inside it where the tool's
 * schema asks for one. What the schema calls a string stays as it is, byte for byte, whatever it looks like.
 */
export class NestedArguments implements Step {
  readonly #prompt: Pick<Prompt, 'tools'>;
  readonly #notes: Note[];
  readonly #calls = new Map<number, { name: string; pieces: string[] }>();

  constructor(prompt: Pick<Prompt, 'tools'>, notes: Note[]) {
    this.#prompt = prompt;
    this.#notes = notes;
  }

  push(part: Part): Part[] {
    if (part.type === 'block-start' && part.block.kind === 'tool-call' && part.block.input === 'json') {
      this.#calls.set(part.index, { name: part.block.name, pieces: [] });
      return [part];
    }
    if (part.type === 'block-delta' || part.type === 'block-end') {
      const call = this.#calls.get(part.index);
      if (!call) return [part];
      if (part.type === 'block-delta') {
        call.pieces.push(part.text);
        return [];
      }
      this.#calls.delete(part.index);
      return [{ type: 'block-delta', index: part.index, text: this.#decoded(call.name, call.pieces.join('')) }, part];
    }
    if (part.type !== 'finish') return [part];
    const left = [...this.#calls].map(([index, { pieces }]): Part => ({ type: 'block-delta', index, text: pieces.join('') }));
    return [...left, part];
  }

  #decoded(name: string, text: string): string {
    const tool = declared(this.#prompt, name);
    const schema = tool?.kind === 'function' ? (tool.schema ?? {}) : {};
    const value = parse(text);
    const object = typeof value === 'string' ? parse(value) : value;
    if (!isJson(object)) return text;
    const mended = decode(object, schema, schema);
    if (mended === value) return text;
    this.#notes.push({ path: `answer.${name}`, action: 'changed', why: 'its arguments were JSON inside JSON; decoded by its schema' });
    return JSON.stringify(mended);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value with what its schema says decoded; the same value when nothing was. */
function decode(value: unknown, schema: JsonSchema, root: JsonSchema): unknown {
  const meant = resolved(schema, root);
  if (typeof value === 'string') {
    const inner = parse(value);
    const kind = Array.isArray(inner) ? 'array' : isJson(inner) ? 'object' : undefined;
    const types = typesIn(meant);
    return kind && types?.includes(kind) && !types.includes('string') ? decode(inner, meant, root) : value;
  }
  if (Array.isArray(value)) {
    const { items } = meant;
    if (!isJson(items)) return value;
    const mended = value.map((one) => decode(one, items, root));
    return mended.some((one, at) => one !== value[at]) ? mended : value;
  }
  if (!isJson(value) || !isJson(meant.properties)) return value;
  const { properties } = meant;
  let mended = value;
  for (const name of Object.keys(value)) {
    const by = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const one = isJson(by) ? decode(value[name], by, root) : value[name];
    if (one !== value[name]) mended = { ...mended, [name]: one };
  }
  return mended;
}
