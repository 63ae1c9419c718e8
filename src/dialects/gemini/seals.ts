import type { Seal } from '../../protocol/block.ts';
import { isObject, type Json } from '../../protocol/json.ts';
import { SEAL_MARK, unwrapSeal, wrapSeal } from '../../protocol/seal.ts';
import { NAME } from './shapes.ts';

/**
 * How seals ride in `thoughtSignature`, the one field for them, which stands on any part:
 *
 * - our own stand there as they are, on the very part they came with;
 * - another dialect's are wrapped and encoded once more, because the field is base64 and the SDKs of typed languages decode it;
 * - what another model thought before it called a tool rides on the call as well: coding agents drop thoughts and keep calls, and
 *   some providers want their thoughts back.
 */
export interface Carried {
  /** The call's own seal. */
  seal?: Seal;
  thoughts: Thought[];
}

export interface Thought {
  text: string;
  seal?: Seal;
}

/**
 * Tells the API not to check the signature of a call that it never made: https://ai.google.dev/gemini-api/docs/thought-signatures (FAQ).
 * Gemini 3 refuses calls of the current turn that have none.
 */
export const SKIP = 'skip_thought_signature_validator';
const SKIPS: ReadonlySet<string> = new Set([SKIP, 'context_engineering_is_the_way_to_go']);

/** What every wrapped seal begins with, once encoded. The next letter depends on what follows. */
const ENCODED_MARK = btoa(SEAL_MARK).slice(0, 5);

/** True when the request may hold state of another model, which this provider would refuse. */
export function holdsForeign(body: Buffer): boolean {
  return body.includes(ENCODED_MARK);
}

export function ownSignature(seal: Seal | undefined): string | undefined {
  return seal?.by === NAME && typeof seal.raw === 'string' ? seal.raw : undefined;
}

/** Ends a thought that nobody sealed, where another one follows: the API has no other mark between two. */
export const END_OF_THOUGHT = btoa(wrapSeal({ by: NAME, raw: null }));

/** The signature to show a client for a thought's seal. */
export function signatureFor(seal: Seal): string {
  return ownSignature(seal) ?? btoa(wrapSeal(seal));
}

/** The signature to show a client for a call: its seal, and what another model thought before it. Undefined when there is neither. */
export function signatureForCall(seal: Seal | undefined, thoughts: readonly Thought[]): string | undefined {
  if (thoughts.length) return btoa(wrapSeal({ by: NAME, raw: { seal, thoughts } }));
  return seal && signatureFor(seal);
}

export type Read =
  | { kind: 'own'; seal: Seal }
  | { kind: 'foreign'; seal: Seal }
  | { kind: 'carried'; carried: Carried }
  | { kind: 'skip'; text: string }
  | { kind: 'nothing' };

/** What a signature in a client's history means. */
export function readSignature(text: string): Read {
  if (text === '') return { kind: 'nothing' };
  if (SKIPS.has(text)) return { kind: 'skip', text };
  const wrapped = text.startsWith(ENCODED_MARK) ? unwrapSeal(fromBase64(text)) : undefined;
  if (!wrapped) return { kind: 'own', seal: { by: NAME, raw: text } };
  if (wrapped.by !== NAME) return { kind: 'foreign', seal: wrapped };
  const carried = readCarried(wrapped.raw);
  return carried ? { kind: 'carried', carried } : { kind: 'nothing' };
}

/** Some SDKs decode the field and write it again in the other alphabet. */
function fromBase64(text: string): string {
  try {
    return atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}

/** A client may have sent anything. */
function readCarried(raw: unknown): Carried | undefined {
  if (!isObject(raw) || !Array.isArray(raw.thoughts)) return undefined;
  const thoughts = raw.thoughts.flatMap((thought: unknown): Thought[] =>
    isObject(thought) && typeof thought.text === 'string' ? [{ text: thought.text, ...sealIn(thought) }] : [],
  );
  return { ...sealIn(raw), thoughts };
}

function sealIn({ seal }: Json): { seal?: Seal } {
  return isObject(seal) && typeof seal.by === 'string' ? { seal: { by: seal.by, raw: seal.raw } } : {};
}
