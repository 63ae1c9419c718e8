import type { Seal } from './block.ts';
import type { GatewayError } from './errors.ts';
import type { Rest } from './rest.ts';
import type { Usage } from './usage.ts';

/**
 * Why the model stopped, in one vocabulary. `tool-calls` is derived where a provider says otherwise but completed calls are there.
 * `pause` is a provider's wish to be called again with the same conversation.
 */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'filter' | 'refusal' | 'pause' | 'other';

/** What a block is, known before its content. */
export type BlockStart =
  | { kind: 'text'; refusal?: boolean }
  | { kind: 'reasoning' }
  | { kind: 'tool-call'; id: string; name: string; namespace?: string; input: 'json' | 'text' }
  | { kind: 'opaque'; dialect: string; label: string; raw?: unknown };

/**
 * One event of an answer. Order within a block: start, deltas, end; `index` is dense, counted from 0 in order of start.
 * Blocks may be open at the same time (parallel calls interleave in some dialects).
 */
export type Part =
  | { type: 'start'; id?: string; model?: string }
  | { type: 'block-start'; index: number; block: BlockStart }
  /** Text, thought, or a piece of the arguments. */
  | { type: 'block-delta'; index: number; text: string }
  /** `seal`: signature, encrypted thought. `rest`: what the dialect said of the block and the form does not model (citations). `raw`: an opaque block's final form. */
  | { type: 'block-end'; index: number; seal?: Seal; rest?: Rest; raw?: unknown }
  /** Cumulative: later figures replace earlier ones. */
  | { type: 'usage'; usage: Usage }
  /** The dialect's terminal event was seen: only now the answer is a success. `stop` is the stop sequence that matched. */
  | { type: 'finish'; reason: FinishReason; raw?: string; stop?: string }
  | { type: 'fault'; error: GatewayError };
