import type { Block } from './block.ts';
import type { GatewayError } from './errors.ts';
import type { FinishReason } from './part.ts';
import type { Usage } from './usage.ts';

/** A whole answer: the parts folded. Either `finish` or `error` is there, or the answer is not over. */
export interface Reply {
  /** The provider's id of the answer. */
  id?: string;
  /** The model as the provider named it. */
  model?: string;
  blocks: Block[];
  usage?: Usage;
  finish?: { reason: FinishReason; raw?: string; stop?: string };
  error?: GatewayError;
}
