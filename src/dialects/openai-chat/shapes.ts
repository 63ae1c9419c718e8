import type { Json } from '../../protocol/json.ts';
import type { Sampling } from '../../protocol/prompt.ts';

/** Of whom seals, opaque blocks and prompts of this dialect are. */
export const NAME = 'openai-chat';

/**
 * How a client spelled one message, kept as JSON in `Turn.form`. Absent = the plain spelling: `content` a string (null when nothing
 * is said), thoughts in `reasoning_content`, calls in `tool_calls`.
 */
export interface Spelling {
  role?: 'developer' | 'function';
  content?: 'parts' | 'absent';
  /** The field that held the thought; `none` when it stood in `reasoning_details` alone. */
  thought?: 'reasoning' | 'thinking' | 'none';
  /** The refusal stood in the message's own field, not in a part. */
  refusal?: true;
  /** Places of parts that were bare strings, or whose payload was one. */
  bare?: number[];
  calls?: 'function_call';
  /** `tool_call_id` was missing and the call was guessed. */
  id?: 'absent';
  /** The function a `function` message answers for. */
  name?: string;
  silent?: Json;
}

export function spelled(form: string | undefined): Spelling {
  return form ? (JSON.parse(form) as Spelling) : {};
}

/** Whether two JSON values say the same, whatever the order of their members. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object' || Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, other] = [a as Json, b as Json];
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]));
}

/** Undefined for the plain spelling, so that most turns carry none. */
export function formOf(spelling: Spelling): string | undefined {
  for (const _ in spelling) return JSON.stringify(spelling);
  return undefined;
}

/**
 * One entry of `reasoning_details` that carries another dialect's seal: `data` is made by `wrapSeal`, `span` says which characters of
 * the whole thought it seals, because this dialect joins all thoughts of a message in one string.
 */
export interface Envelope {
  type: 'reasoning.encrypted';
  data: string;
  index: number;
  span: [number, number];
}

/** Sampling fields and their names on this wire; `top_k` is the open engines' own. */
export const SAMPLING: readonly (readonly [keyof Sampling, string])[] = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['seed', 'seed'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
];

/** The `index` of a choice or a call; some servers write it as a string. Undefined where it says nothing. */
export function placeIn({ index }: Json): number | undefined {
  if (typeof index === 'number') return index;
  return typeof index === 'string' && /^\d{1,9}$/.test(index) ? Number(index) : undefined;
}
