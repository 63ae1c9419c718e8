import { z } from 'zod';

/** One model in the place of another: for some classes of work, for a share of the conversations. */

const by = z.string();

const SWAP_STATES = ['waiting', 'canary', 'full', 'rolled-back', 'undone'] as const;

/**
 * `waiting`: a person is to approve it. `canary`: the new model answers a share of the conversations. `full`: all of them. `rolled-back`:
 * the old one is back, because the new one did worse. `undone`: a person took it back.
 */
export const swapSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  /** `provider/model`. Whoever would be answered by this… */
  from: z.string(),
  /** …is answered by this, where it may go there and can do what is asked. */
  to: z.string(),
  /** Classes of work; null for all. */
  tasks: z.array(z.string()).nullable(),
  state: z.enum(SWAP_STATES),
  /** Of the conversations, 0 to 1, while it is a canary. */
  share: z.number().min(0).max(1),
  /** Ids of the certificates it stands on. */
  certificates: z.array(z.string()),
  /** Unix milliseconds. */
  created_at: z.int(),
  changed_at: z.int(),
  /** Every change, oldest first. */
  history: z.array(z.object({ at: z.int(), state: z.enum(SWAP_STATES), share: z.number(), by, why: z.string() })),
});
export type Swap = z.output<typeof swapSchema>;

/** What the swaps make of a model for one conversation. @param chance 0 to below 1, the same for all of a conversation @returns the address that takes its place */
export function swapped(swaps: readonly Swap[], address: string, task: string, chance: number): string | undefined {
  for (const swap of swaps) {
    if (swap.from !== address || (swap.tasks && !swap.tasks.includes(task))) continue;
    if (swap.state === 'full' || (swap.state === 'canary' && chance < swap.share)) return swap.to;
  }
  return undefined;
}
