import type { Alarm } from '../evals/stats/detector.ts';
import type { Swap } from '../policy/swap.ts';
import { Arm, type ArmState, type ArmsState, emptyArm, logCost, logMs, type Seen } from './arms.ts';
import { Differences } from './differences.ts';
import type { CanarySettings } from './settings.ts';

/** A swap under watch on this node: what both models showed since it came into force. */
export class WatchedSwap {
  /** When it came into force. Unix milliseconds. */
  readonly since: number;
  readonly #old: Arm;
  readonly #new: Arm;
  readonly #differences: Differences;
  #stepAt: number;
  #stepExchanges: number;
  /** There is something to keep. */
  isFresh = false;

  /** @param kept what this node knew before a restart; counts from before it came into force are none */
  constructor(swap: Swap, settings: CanarySettings, kept?: ArmsState) {
    this.since = beganAt(swap);
    const known = kept?.since === this.since ? kept : undefined;
    this.#old = new Arm(known?.old ?? emptyArm());
    this.#new = new Arm(known?.new ?? emptyArm());
    this.#differences = new Differences(settings, known?.detector);
    this.#stepAt = known?.step_at ?? swap.changed_at;
    this.#stepExchanges = known?.step_exchanges ?? 0;
  }

  /** One exchange. @returns the alarm, once there is one */
  add(swap: Swap, arm: 'old' | 'new', seen: Seen): Alarm | undefined {
    this.isFresh = true;
    if (arm === 'new') {
      this.#at(swap);
      this.#stepExchanges++;
    }
    const { failed, ms, costNanos } = seen;
    const one = arm === 'old' ? this.#old : this.#new;
    one.add(seen);
    const isMeasure = one.measures(seen);
    const values = {
      errors: Number(failed),
      ...(isMeasure && ms !== undefined && { latency: logMs(ms) }),
      ...(isMeasure && costNanos !== undefined && { cost: logCost(costNanos) }),
    };
    return this.#compare(swap, arm, values);
  }

  /** A word on an earlier answer. @param bad 0 (good) to 1 */
  hear(swap: Swap, arm: 'old' | 'new', bad: number): Alarm | undefined {
    this.isFresh = true;
    (arm === 'old' ? this.#old : this.#new).hear(bad);
    return this.#compare(swap, arm, { complaints: bad });
  }

  /** What both models showed of late. */
  lately(): { old: ArmState; new: ArmState } {
    return { old: this.#old.lately(), new: this.#new.lately() };
  }

  toJSON(): ArmsState {
    return {
      version: 1,
      since: this.since,
      step_at: this.#stepAt,
      step_exchanges: this.#stepExchanges,
      old: this.#old.state,
      new: this.#new.state,
      detector: this.#differences.toJSON(),
    };
  }

  #compare(swap: Swap, arm: 'old' | 'new', values: Parameters<Differences['add']>[1]): Alarm | undefined {
    if (swap.state !== 'full') return this.#differences.add(arm, values);
    // Who still converses with the old model says no more of it than what is known.
    return arm === 'old' ? undefined : this.#differences.add(arm, values, this.#old.state);
  }

  #at({ changed_at }: Swap): void {
    if (this.#stepAt === changed_at) return;
    this.#stepAt = changed_at;
    this.#stepExchanges = 0;
  }
}

/** When a swap came into force for the last time. Unix milliseconds. */
export function beganAt({ history, changed_at }: Swap): number {
  let began = changed_at;
  for (const { at, state } of history.toReversed()) {
    if (state !== 'canary' && state !== 'full') break;
    began = at;
  }
  return began;
}
