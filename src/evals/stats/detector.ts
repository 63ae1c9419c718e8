/** Something that is watched: lower is better. */
export interface Signal {
  name: string;
  /** Its mean may be this much; more for long raises the alarm. */
  limit: number;
  /** Values are cut to this range; nearer ends find changes sooner. */
  low: number;
  high: number;
}

/** What a detector knows, as it is kept. */
export interface DetectorState {
  seen: number;
  evidence: Record<string, number[]>;
  alarm?: Alarm;
}

export interface Alarm {
  /** The observation at which it was raised, from 1. */
  at: number;
  /** The signal that showed most. */
  signal: string;
  e: number;
}

/** Bets as shares of the most that can be bet: small ones find small changes, large ones find large changes soon. */
const BETS = [0.01, 0.03, 0.1, 0.3, 0.8] as const;

/**
 * Finds when something has got worse: error rate, latency, cost, asking again. An e-detector of Shiryaev and Roberts' kind: for each
 * signal and bet λ, M ← (M + 1)·(1 + λ(x - limit)), and the alarm is when their mean reaches `runLength`. As long as every signal's
 * mean given the past is within its limit, the mean number of observations until a false alarm is at least `runLength`, whatever the
 * distribution and however signals depend on each other (J. Shin, A. Ramdas and A. Rinaldo, "E-detectors: a nonparametric framework for
 * sequential change detection", arXiv 2203.03532). Forgetting is built in: what lies before the change weighs little,
 * since each observation starts anew with 1.
 *
 * Where traffic drifts by the hour, watch differences to the incumbent's answer of the same minute, from -1 to 1.
 */
export class Detector {
  readonly #signals: readonly Signal[];
  readonly #runLength: number;
  #seen = 0;
  #evidence: Record<string, number[]>;
  #alarm: Alarm | undefined;

  /**
   * @param signals each with low < limit < high @param runLength observations to a false alarm on average, at least
   * @throws RangeError naming the signal whose limit is not within its range
   */
  constructor(signals: readonly Signal[], runLength: number) {
    if (signals.length === 0) throw new RangeError('signals: name at least one');
    if (!(runLength > 1)) throw new RangeError(`runLength: more than 1, not ${runLength}`);
    for (const { name, low, limit, high } of signals)
      if (!(low < limit && limit < high)) throw new RangeError(`${name}: its limit must lie between low and high`);
    this.#signals = signals;
    this.#runLength = runLength;
    this.#evidence = Object.fromEntries(signals.map(({ name }) => [name, BETS.map(() => 0)]));
  }

  /**
   * One exchange. A signal that it does not have is left out.
   * @returns the alarm, once there is one; it stays until `reset`
   */
  observe(values: Readonly<Record<string, number | undefined>>): Alarm | undefined {
    if (this.#alarm) return this.#alarm;
    this.#seen++;
    for (const { name, low, limit, high } of this.#signals) {
      const value = values[name];
      if (value === undefined || Number.isNaN(value)) continue;
      const excess = (Math.min(high, Math.max(low, value)) - limit) / (limit - low);
      const evidence = this.#evidence[name]!;
      for (const [at, bet] of BETS.entries()) evidence[at] = (evidence[at]! + 1) * (1 + bet * excess);
    }
    const e = this.e();
    if (e >= this.#runLength) {
      const worst = this.#signals.map(({ name }) => name).reduce((a, b) => (this.#of(b) > this.#of(a) ? b : a));
      this.#alarm = { at: this.#seen, signal: worst, e };
    }
    return this.#alarm;
  }

  /** Evidence for a change; the alarm is at `runLength`. */
  e(): number {
    return this.#signals.reduce((sum, { name }) => sum + this.#of(name), 0) / this.#signals.length;
  }

  /** Begins anew, as after a rollback. */
  reset(): void {
    this.#seen = 0;
    this.#evidence = Object.fromEntries(this.#signals.map(({ name }) => [name, BETS.map(() => 0)]));
    this.#alarm = undefined;
  }

  toJSON(): DetectorState {
    return { seen: this.#seen, evidence: structuredClone(this.#evidence), ...(this.#alarm ? { alarm: this.#alarm } : {}) };
  }

  /**
   * Goes on where `toJSON` left off. Signals that were not watched then begin now.
   */
  static fromJSON(signals: readonly Signal[], runLength: number, kept: DetectorState): Detector {
    const detector = new Detector(signals, runLength);
    detector.#seen = kept.seen;
    for (const { name } of signals) detector.#evidence[name] = [...(kept.evidence[name] ?? BETS.map(() => 0))];
    detector.#alarm = kept.alarm;
    return detector;
  }

  #of(name: string): number {
    const evidence = this.#evidence[name]!;
    return evidence.reduce((sum, one) => sum + one, 0) / evidence.length;
  }
}
