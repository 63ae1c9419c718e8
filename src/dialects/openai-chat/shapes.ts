/** Of whom seals, opaque blocks and prompts of this dialect are. */
export const NAME = 'openai-chat';

/** A JSON object as it comes: every field may be missing, null or of another type. */
export type Json = Record<string, unknown>;

export function object(value: unknown): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : undefined;
}

/** A string with something in it. */
export function said(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Null, '', [] and {}: a field that stands there and says nothing. */
export function isSilent(value: unknown): boolean {
  if (value === null || value === '') return true;
  if (typeof value !== 'object') return false;
  for (const _ in value as object) return false;
  return true;
}

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
