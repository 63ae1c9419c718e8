import type { Seal } from '../../protocol/block.ts';
import { isObject } from '../../protocol/json.ts';
import { unwrapSeal, wrapSeal } from '../../protocol/seal.ts';
import { NAME } from './shapes.ts';

/**
 * How seals ride in this dialect, whose only fields for them are a thought's `signature` and `redacted_thinking.data`:
 *
 * - our own stand there as they are;
 * - another dialect's are wrapped into the signature;
 * - a thought without any gets a mark, because clients drop thoughts that have no signature and some engines want them back;
 * - a seal on a tool call has no field at all, so it rides in the signature of an empty thought in front of the call.
 */
const UNSEALED = wrapSeal({ by: '', raw: null });

/** A signature or redacted data as its provider wrote it. */
export type OwnSeal = { signature: string } | { data: string };

export function ownSeal(seal: Seal | undefined): OwnSeal | undefined {
  if (seal?.by !== NAME || !isObject(seal.raw)) return undefined;
  const { signature, data } = seal.raw;
  if (typeof signature === 'string') return { signature };
  return typeof data === 'string' ? { data } : undefined;
}

/** The signature to show a client for a thought that is sealed by anyone or by nobody. */
export function signatureFor(seal: Seal | undefined): string {
  const own = ownSeal(seal);
  if (own) return 'signature' in own ? own.signature : own.data;
  return seal ? wrapSeal(seal) : UNSEALED;
}

/** The signature of the empty thought that carries the seal of the call `id`. */
export function signatureForCall(id: string, seal: Seal): string {
  return wrapSeal({ by: NAME, raw: { call: id, seal } });
}

/** What a signature (or redacted data, `field` says which) in a client's history means. */
export function readSignature(
  text: string,
  field: 'signature' | 'data',
): { kind: 'sealed'; seal: Seal } | { kind: 'unsealed' } | { kind: 'call'; id: string; seal: Seal } {
  const wrapped = unwrapSeal(text);
  if (!wrapped) return { kind: 'sealed', seal: { by: NAME, raw: { [field]: text } } };
  if (wrapped.by === '') return { kind: 'unsealed' };
  if (wrapped.by !== NAME) return { kind: 'sealed', seal: wrapped };
  const { raw } = wrapped;
  if (isObject(raw) && typeof raw.call === 'string' && isObject(raw.seal) && typeof raw.seal.by === 'string')
    return { kind: 'call', id: raw.call, seal: { by: raw.seal.by, raw: raw.seal.raw } };
  return { kind: 'unsealed' };
}
