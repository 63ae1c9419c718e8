import type { Seal } from '../../protocol/block.ts';
import { isObject } from '../../protocol/json.ts';

export const NAME = 'bedrock';

/** What comes back to the model byte for byte: a thought's signature, or the thought itself where it was redacted. */
export type OwnSeal = { signature: string } | { redacted: string };

/** The seal of a thought when this dialect made it. */
export function ownSeal(seal: Seal | undefined): OwnSeal | undefined {
  if (seal?.by !== NAME || !isObject(seal.raw)) return undefined;
  const { signature, redacted } = seal.raw;
  if (typeof signature === 'string') return { signature };
  return typeof redacted === 'string' ? { redacted } : undefined;
}
