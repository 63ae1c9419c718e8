import { z } from 'zod';
import type { Standing } from '../../evals/evidence.ts';
import { type Swap, swapStepSchema } from '../../policy/swap.ts';
import { TASKS } from '../../tasks/task.ts';

export type { Swap } from '../../policy/swap.ts';

const model = z.string().trim().min(1).max(300);

/** One model in the place of another. */
export const swapRequest = z.strictObject({
  /** Whose place is taken: an address, or a name that means one model. */
  from: model,
  to: model,
  /** Classes of work; absent: all. */
  tasks: z.array(z.enum(TASKS)).min(1).optional(),
  /** Of the conversations, 0 to 1. With a share and no plan it stays there until a person promotes it. */
  share: z.number().gt(0).max(1).optional(),
  /** The shares it goes through by itself; absent, with no share either: those of the configuration. */
  plan: z.array(swapStepSchema).min(1).max(20).optional(),
  /** It begins now, also where the configuration wants swaps approved; false: it waits for approval. */
  approve: z.boolean().optional(),
  /** Ids of certificates that it stands on; absent: those that count now. */
  certificates: z.array(z.string()).max(100).optional(),
  /** Some requests are asked of both models, after the answer, and what they say is compared. */
  shadow: z.boolean().optional(),
  why: z.string().trim().max(1000).optional(),
});

/** Said with a deed: why. */
export const swapWord = z.strictObject({ why: z.string().trim().max(1000).optional() });

export interface SwapList {
  swaps: Swap[];
}

/** What was seen of one of the two models of a swap since it came into force, on all nodes. */
export interface SwapArm {
  conversations: number;
  exchanges: number;
  failed: number;
  /** Geometric mean until the first content; of answers that are not streamed, until their end. */
  first_content_ms: number | null;
  /** Of the `priced` exchanges together. */
  cost_nanos: number | null;
  priced: number;
  /** Words on its answers, asked for or seen in the conversation, and how many of them were bad. */
  words: number;
  complaints: number;
}

export interface SwapView extends Swap {
  /** What requests that both were asked say, by class of work. */
  standings: Standing[];
  figures: {
    old: SwapArm;
    new: SwapArm;
    /** Exchanges with the new model since the swap stands where it stands. */
    step_exchanges: number;
    /** Evidence that the new model does worse, as this node has it; at `alarm_at` the old one is put back. */
    evidence: number;
    alarm_at: number;
    /** The same by what is watched: errors, latency, cost, complaints. */
    signals: Record<string, number>;
  };
}
