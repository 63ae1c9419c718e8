import { type Alarm, Detector, type DetectorState } from '../evals/stats/detector.ts';
import type { ArmState } from './arms.ts';
import type { CanarySettings } from './settings.ts';

/** What is watched: differences of the new model to the old one. Of times and costs base-2 logarithms are taken: a doubling is 1. */
export type Watched = 'errors' | 'latency' | 'cost' | 'complaints';

/** Values of an arm that wait for one of the other. */
const KEPT = 40;
/** Share of the values that wait which one comparison takes: several make it sharper, and those who come next in a burst need theirs. */
const TAKEN = 0.25;

/** Observations of the old model that stand for it where it answers no more. */
const ENOUGH = 30;
/** What may fail of a model of whose predecessor nothing is known. */
const UNKNOWN_ERRORS = 0.1;
/** How much more a model may differ from what is known of a predecessor than from its answers of the same hour: hours differ. */
const HOURS: Readonly<Record<Watched, number>> = { errors: 0.1, latency: 1.5, cost: 1.5, complaints: 0.1 };

/** The signals of a detector. Ranges lie evenly round the limit, so that cutting what lies beyond favours neither model. */
function signalsOf({ errors, slower, dearer, complaints }: CanarySettings) {
  const ratio = (name: Watched, times: number, doublings: number) => {
    const limit = Math.log2(times);
    return { name, limit, low: limit - doublings, high: limit + doublings };
  };
  const share = (name: Watched, limit: number) => ({ name, limit, low: -1, high: 1 });
  return [share('errors', errors), ratio('latency', slower, 2), ratio('cost', dearer, 2), share('complaints', complaints)];
}

/**
 * Compares two models whose exchanges come in any order. Each value of one is set against values of the other that came before it, each
 * used once: that difference has the mean of the true one, so what the hour does to both cancels, and the detector's
 * promise on false alarms holds.
 */
export class Differences {
  readonly #detector: Detector;
  readonly #waiting = new Map<Watched, { old: number[]; new: number[] }>();

  constructor(settings: CanarySettings, kept?: DetectorState) {
    const signals = signalsOf(settings);
    this.#detector = kept ? Detector.fromJSON(signals, settings.runLength, kept) : new Detector(signals, settings.runLength);
  }

  /**
   * @param values of one exchange @param reference what is known of the old model, where it answers no more
   * @returns the alarm, once there is one
   */
  add(arm: 'old' | 'new', values: Partial<Record<Watched, number>>, reference?: ArmState): Alarm | undefined {
    const differences: Partial<Record<Watched, number>> = {};
    for (const [name, value] of Object.entries(values) as [Watched, number][]) {
      const found = reference ? againstKnown(name, value, reference) : this.#pair(name, arm, value);
      if (found !== undefined) differences[name] = found;
    }
    return Object.keys(differences).length ? this.#detector.observe(differences) : this.#detector.toJSON().alarm;
  }

  /** Evidence that the new model is worse; the alarm is at the run length. */
  e(): number {
    return this.#detector.e();
  }

  toJSON(): DetectorState {
    return this.#detector.toJSON();
  }

  #pair(name: Watched, arm: 'old' | 'new', value: number): number | undefined {
    const waiting = this.#waiting.get(name) ?? { old: [], new: [] };
    this.#waiting.set(name, waiting);
    waiting[arm].push(value);
    if (waiting[arm].length > KEPT) waiting[arm].shift();
    if (!waiting.old.length || !waiting.new.length) return undefined;
    return mean(taken(waiting.new)) - mean(taken(waiting.old));
  }
}

/** The oldest of them, which wait no longer. */
function taken(values: number[]): number[] {
  return values.splice(0, Math.max(1, Math.floor(TAKEN * values.length)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** Undefined where too little is known of the old model. */
function againstKnown(
  name: Watched,
  value: number,
  { exchanges, failed, log_ms, timed, log_cost, priced, words, bad }: ArmState,
): number | undefined {
  const level = (sum: number, count: number) => (count >= ENOUGH ? value - sum / count - HOURS[name] : undefined);
  if (name === 'latency') return level(log_ms, timed);
  if (name === 'cost') return level(log_cost, priced);
  if (name === 'complaints') return level(bad, words);
  return level(failed, exchanges) ?? value - UNKNOWN_ERRORS - HOURS[name];
}
