import { isSilent, type Json } from '../../protocol/json.ts';
/** Of whom seals, opaque blocks and prompts of this dialect are. */
export const NAME = 'ollama';

/** The two doors. The second one is asked for one answer to one prompt. */
export const CHAT = '/api/chat';
export const GENERATE = '/api/generate';

/** How one call was spelled: what the plain spelling (an id, an object of arguments) does not say. */
export interface CallSpelling {
  id?: 'absent';
  /** The call's place among those of its message, which the server itself numbers. */
  index?: number;
  type?: 'function';
  arguments?: 'string' | 'null' | 'absent';
}

/** How a client spelled one message, kept as JSON in `Turn.form`. Absent = the plain spelling. */
export interface Spelling {
  /** The role as it was sent, where it is not the turn's own. */
  role?: string;
  content?: 'null' | 'absent';
  /** Of a tool's message: the tool's name, and whether the call had to be guessed. */
  name?: string;
  id?: 'absent';
  calls?: CallSpelling[];
  /** Places of the images that came as data: URLs and not as bare base64. */
  urls?: number[];
  silent?: Json;
}

export function spelled(form: string | undefined): Spelling {
  return form ? (JSON.parse(form) as Spelling) : {};
}

/** Undefined for the plain spelling, so that most turns carry none. */
export function formOf(spelling: Spelling): string | undefined {
  return isSilent(spelling) ? undefined : JSON.stringify(spelling);
}

/**
 * One entry of a message's `thinking_signatures`, a field of ours: the wire has none for seals. `signature` is made by `wrapSeal`, `span`
 * says which characters of the message's thought it seals. On a call the signature stands beside its function.
 */
export interface Signature {
  signature: string;
  span: [number, number];
}

export const SIGNATURES = 'thinking_signatures';
export const CALL_SIGNATURE = 'signature';
