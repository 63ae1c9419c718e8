import { z } from 'zod';

/** One model in the place of another: for some classes of work, for a share of the conversations. */

const SWAP_STATES = ['waiting', 'canary', 'full', 'rolled-back', 'undone'] as const;
type SwapState = (typeof SWAP_STATES)[number];

/** What a canary goes through: at each step a share of the conversations, until enough was seen and enough time has gone. */
export const swapStepSchema = z.strictObject({
  share: z.number().gt(0).max(1).meta({ description: 'Of the conversations, 0 to 1.' }),
  exchanges: z.int().nonnegative().default(100).meta({ description: 'Exchanges the new model must have answered at this share.' }),
  minutes: z.number().nonnegative().default(60).meta({ description: 'How long the share must have held.' }),
});

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
  /** Shares it goes through by itself; without any it stays where a person put it. */
  steps: z.array(swapStepSchema).default([]),
  /** Some requests are asked of both models, and the answers compared. */
  shadow: z.boolean().default(false),
  /** Unix milliseconds. */
  created_at: z.int(),
  changed_at: z.int(),
  /** Every change, oldest first. */
  history: z.array(z.object({ at: z.int(), state: z.enum(SWAP_STATES), share: z.number(), by: z.string(), why: z.string() })),
});
export type Swap = z.output<typeof swapSchema>;

/** Whether it changes who answers. */
export function isInForce({ state }: Pick<Swap, 'state'>): boolean {
  return state === 'canary' || state === 'full';
}

/** Whether a swap is about a class of work. */
export function isAbout({ tasks }: Pick<Swap, 'tasks'>, task: string): boolean {
  return tasks === null || tasks.includes(task);
}

/** The swaps of the moment. */
export interface SwapsInForce {
  /** There are none. */
  readonly isIdle: boolean;
  /** In the place of a model, by address. */
  of(address: string): readonly Swap[];
  /** Any, also one that is over. */
  get(id: string): Swap | undefined;
  /** From when on it has been in force without a break and every conversation was seen here; undefined where that is not sure. Unix milliseconds. */
  since(id: string): number | undefined;
}

/** What is known of a conversation that a swap may be about. */
export interface Affected {
  task: string;
  /** 0 to below 1, the same for all of a conversation. */
  chance: number;
  /** Who answered it last, by address, and the swap by which it did. */
  model?: string;
  swap?: string;
  /** It had begun before the swap came. */
  isOlder: boolean;
}

/** Whether a swap holds for a conversation: one that is with a model stays with it. */
export function holds(swap: Swap, { task, chance, model, swap: by, isOlder }: Affected): boolean {
  if (!isInForce(swap) || !isAbout(swap, task)) return false;
  if (by === swap.id) return true;
  if (isOlder || model === swap.from) return false;
  return swap.state === 'full' || chance < swap.share;
}

/** What a person or the steward may do with a swap. */
export const SWAP_DEEDS = ['approve', 'promote', 'undo', 'rollback'] as const;
export type SwapDeed = (typeof SWAP_DEEDS)[number];

const MAY: Readonly<Record<SwapDeed, readonly SwapState[]>> = {
  approve: ['waiting'],
  promote: ['waiting', 'canary', 'rolled-back'],
  undo: ['waiting', 'canary', 'full', 'rolled-back'],
  rollback: ['canary', 'full'],
};

/** Who does it, when (Unix milliseconds) and why. */
export interface SwapWord {
  at: number;
  by: string;
  why: string;
}

/** The swap after a deed; undefined where its state does not allow it. Pure. */
export function after(swap: Swap, deed: SwapDeed, word: SwapWord): Swap | undefined {
  if (!MAY[deed].includes(swap.state)) return undefined;
  if (deed === 'undo') return inState(swap, 'undone', swap.share, word);
  if (deed === 'rollback') return inState(swap, 'rolled-back', swap.share, word);
  // What was rolled back begins anew, and what waited begins as it was asked for.
  const next = swap.state === 'canary' ? (swap.steps.find(({ share }) => share > swap.share)?.share ?? 1) : firstShare(swap);
  return inState(swap, next >= 1 ? 'full' : 'canary', next, word);
}

/** Where a swap stands that begins now. */
function firstShare({ steps, share }: Pick<Swap, 'steps' | 'share'>): number {
  return steps[0]?.share ?? share;
}

/** @param swap as it was, or without a history where it is new */
export function inState(swap: Swap, state: SwapState, share: number, { at, by, why }: SwapWord): Swap {
  const history = [...swap.history, { at, state, share, by, why }];
  return { ...swap, state, share, changed_at: at, history: history.slice(-MOST_HISTORY) };
}

/** Changes that stand in the swap; the audit has all of them. */
const MOST_HISTORY = 100;
