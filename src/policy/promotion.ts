import type { Swap, SwapDeed } from './swap.ts';

/** What is known of a swap when it is to be decided whether it goes on. */
export interface Progress {
  /** Exchanges that the new model answered since the swap stands where it stands, on all nodes. */
  exchanges: number;
  /** Why the new model must go, once something has shown that. */
  alarm?: string;
  /** A certificate it stood on no longer counts, or there is one against it: why. */
  withdrawn?: string;
  /** For each of its classes of work there is a certificate that is newer than its last change. */
  isProvenAnew: boolean;
}

/** A step that is due, and why. `wait`: it may begin again once a person approves. */
export interface Move {
  deed: SwapDeed | 'wait';
  why: string;
}

/** Who moves swaps by itself, in the records. */
export const STEWARD = 'freehold';

const MINUTE = 60_000;

/**
 * What is due with a swap: on to the next share when enough was seen, back when something is wrong, and after that anew only with new
 * evidence; what a person took back or put somewhere without steps stays there. Pure.
 * @param needsApproval a person is to approve what begins @param now unix milliseconds
 */
export function due(swap: Swap, progress: Progress, needsApproval: boolean, now: number): Move | undefined {
  const { state, steps, share, changed_at: since } = swap;
  if (state === 'rolled-back') {
    if (swap.history.at(-1)?.by !== STEWARD || !progress.isProvenAnew) return undefined;
    return { deed: needsApproval ? 'wait' : 'promote', why: 'it was proven good enough anew' };
  }
  if (state !== 'canary' && state !== 'full') return undefined;
  const wrong = progress.alarm ?? progress.withdrawn;
  if (wrong !== undefined) return { deed: 'rollback', why: wrong };
  const step = state === 'canary' ? steps.find((one) => one.share === share) : undefined;
  if (!step || progress.exchanges < step.exchanges || now - since < step.minutes * MINUTE) return undefined;
  return { deed: 'promote', why: `${progress.exchanges} exchanges in ${Math.round((now - since) / MINUTE)} minutes without an alarm` };
}
