import type { ArmState } from '../../live/arms.ts';
import type { Actor } from '../../live/live.ts';
import type { SwapFigures } from '../../live/steward.ts';
import type { Swap, SwapDeed } from '../../policy/swap.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { type SwapArm, type SwapList, type SwapView, swapRequest, swapWord } from '../contract.ts';
import { read, type Step } from './call.ts';

/** Every swap, newest first. */
export async function listSwaps({ parts }: Step): Promise<SwapList> {
  return { swaps: parts.live.swaps.all() };
}

/** A swap, and what traffic says of both models. */
export async function getSwap({ parts, id }: Step): Promise<SwapView> {
  const swap = parts.live.swaps.get(id);
  if (!swap) throw new GatewayError('not-found', `there is no swap "${id}"; GET /admin/api/swaps lists all`, { field: 'id' });
  return { ...swap, figures: viewOf(parts.live.figures(swap)), standings: parts.live.evidence.standings(swap) };
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

function viewOf({ old, new: fresh, step_exchanges, evidence, alarm_at, signals }: SwapFigures): SwapView['figures'] {
  return { old: armOf(old), new: armOf(fresh), step_exchanges, evidence, alarm_at, signals };
}

function armOf({ conversations, exchanges, failed, log_ms, timed, cost_nanos, priced, words, bad }: ArmState): SwapArm {
  return {
    conversations,
    exchanges,
    failed,
    first_content_ms: timed ? Math.round(2 ** (log_ms / timed)) : null,
    cost_nanos: priced ? Math.round(cost_nanos) : null,
    priced,
    words,
    complaints: bad,
  };
}
