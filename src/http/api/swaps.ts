import type { Actor } from '../../live/live.ts';
import type { Swap, SwapDeed } from '../../policy/swap.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { type SwapList, swapRequest, swapWord } from '../contract.ts';
import { read, type Step } from './call.ts';

/** Every swap, newest first. */
export async function listSwaps({ parts }: Step): Promise<SwapList> {
  return { swaps: parts.live.swaps.all() };
}

export async function getSwap({ parts, id }: Step): Promise<Swap> {
  const swap = parts.live.swaps.get(id);
  if (!swap) throw new GatewayError('not-found', `there is no swap "${id}"; GET /admin/api/swaps lists all`, { field: 'id' });
  return swap;
}

/** One model in the place of another. */
export async function beginSwap(step: Step): Promise<Swap> {
  return step.parts.live.begin(read(swapRequest, step.call.body), actorOf(step));
}

/** What a person does with a swap. */
export function changeSwap(deed: SwapDeed): (step: Step) => Promise<Swap> {
  return async (step) => {
    const { why = 'asked for' } = read(swapWord, step.call.body);
    return step.parts.live.change(step.id, deed, actorOf(step), why);
  };
}

function actorOf({ call: { actor, from } }: Step): Actor {
  return { actor, from };
}
