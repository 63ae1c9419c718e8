import { z } from 'zod';
import { type Swap, swapStepSchema } from '../../policy/swap.ts';
import { TASKS } from '../../tasks/task.ts';

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
  why: z.string().trim().max(1000).optional(),
});

/** Said with a deed: why. */
export const swapWord = z.strictObject({ why: z.string().trim().max(1000).optional() });

export interface SwapList {
  swaps: Swap[];
}
