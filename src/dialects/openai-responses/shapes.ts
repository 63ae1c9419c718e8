import type { Json } from '../../protocol/json.ts';
/**
 * Loose shapes of OpenAI Responses: only what is read, nothing is trusted to be there.
 * Source of the wire facts: the types of the official `openai` package (resources/responses/responses.d.ts).
 */

export const NAME = 'openai-responses';

/** The fields that were not read: those that say nothing in other dialects, and the rest of them. */
export function sift(
  value: Json,
  read: readonly string[],
  saysNothing: (key: string, field: unknown) => boolean,
): { silent: Json; rest?: Json } {
  const silent: Json = {};
  const rest: Json = {};
  for (const key in value) {
    if (saysNothing(key, value[key])) silent[key] = value[key];
    else if (!read.includes(key)) rest[key] = value[key];
  }
  return Object.keys(rest).length ? { silent, rest } : { silent };
}

/** What `include` asks for so that thoughts come sealed and can be sent again. */
export const SEALED = 'reasoning.encrypted_content';

/** The maker of a seal that stands for none: such thoughts may be read by dialects with open ones, and go to no provider of this one. */
export const UNSEALED = 'nobody';

/** `instructions`, and `input` given as one string: turns that were no item. */
export const INSTRUCTIONS = 'instructions';
export const INPUT_TEXT = 'input';

/** The type of a text part where nothing else was said: the model's own words, or anyone else's. */
export function textType(role: 'system' | 'user' | 'assistant'): string {
  return role === 'assistant' ? 'output_text' : 'input_text';
}

/** Thoughts are told in parts; a blank line stands between them. */
export const PART_BREAK = '\n\n';

/** How one content part was spelled. */
export interface PartForm {
  /** Fields that say nothing elsewhere (nulls, empty lists, defaults) and a type that is not the usual one, as they came. */
  fields?: Json;
  /** `file_data` was base64 without the `data:` prefix. */
  bare?: true;
}

/** How one item was spelled, kept as JSON in `Turn.form`, so that the same dialect gets the same item back. */
export interface ItemForm {
  /** Fields that mean nothing in other dialects: `type`, `id`, `status`, `role`, nulls. */
  item: Json;
  /** `content`, `output`, `arguments` or `input` was one string. */
  text?: true;
  parts?: (PartForm | null)[];
  /** Lengths of the reasoning texts that were joined, by the field they stood in. */
  cuts?: { content?: number[]; summary?: number[] };
}

export function writeForm(form: ItemForm): string {
  return JSON.stringify(form);
}

/** The form of a turn that was an item here; undefined for turns of another origin. */
export function readForm(form: string | undefined): ItemForm | undefined {
  return form?.startsWith('{') ? (JSON.parse(form) as ItemForm) : undefined;
}

/** What `Seal.raw` holds for seals of this dialect. */
export interface SealedReasoning {
  id?: string;
  encrypted_content: string;
}

/**
 * The name under which the seal of a call travels. Function calls have no field for one, so it is carried in a reasoning item of its own
 * in front of the call, which every client replays: `raw` is `{ id: call_id, seal }`.
 */
export const CALL_SEAL = 'call';
