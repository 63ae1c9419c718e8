import type { ReasoningBlock, Seal } from '../../protocol/block.ts';
import { list, object } from '../../protocol/json.ts';
import { unwrapSeal, wrapSeal } from '../../protocol/seal.ts';
import { NAME, type Signature } from './shapes.ts';

/**
 * The thoughts of one message: the wire joins them in one string, and its signatures say which characters were one sealed thought.
 * Signatures that `answer` did not make stay this dialect's own.
 */
export function thoughtsOf(text: string, signatures: readonly unknown[]): ReasoningBlock[] {
  const blocks: ReasoningBlock[] = [];
  let cursor = 0;
  for (const entry of signatures) {
    const [from, to] = spanOf(entry, text, cursor);
    if (from > cursor) blocks.push({ kind: 'reasoning', text: text.slice(cursor, from) });
    const seal = unwrapSeal(object(entry)?.['signature']) ?? { by: NAME, raw: [entry] };
    blocks.push({ kind: 'reasoning', text: text.slice(from, to), seal });
    cursor = to;
  }
  if (cursor < text.length) blocks.push({ kind: 'reasoning', text: text.slice(cursor) });
  return blocks;
}

/** A signature whose span was lost or fits no more seals nothing that is shown. */
function spanOf(entry: unknown, text: string, cursor: number): [number, number] {
  const [from, to] = list(object(entry)?.['span']);
  const fits = typeof from === 'number' && typeof to === 'number' && from >= cursor && to >= from && to <= text.length;
  return fits ? [from, to] : [cursor, cursor];
}

/** The signatures of a thought that stands at `from` to `to` of its message's whole thought. */
export function signaturesFor(seal: Seal, from: number, to: number): readonly unknown[] {
  if (seal.by === NAME) return list(seal.raw);
  const signature: Signature = { signature: wrapSeal(seal), span: [from, to] };
  return [signature];
}

/** The signature on a call, and what such a signature means. */
export function callSignature(seal: Seal): unknown {
  return seal.by === NAME ? seal.raw : wrapSeal(seal);
}
export function sealOfCall(signature: string): Seal {
  return unwrapSeal(signature) ?? { by: NAME, raw: signature };
}
