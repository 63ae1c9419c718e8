import { type Alarm, Detector, type DetectorState } from './detector.ts';
import { type Margin, stakeOf, stakesOf } from './trial.ts';

const SIGNAL = 'quality';

/**
 * Watches a model that was promoted: has it fallen under the threshold? An e-detector on the stakes of the trial, turned round, so that
 * the false alarms of a model on the threshold are `runLength` pairs apart on average, at least, and those of a better one further.
 * Hysteresis: the margin here is to be wider than the one of the certificate, and after an alarm only a new trial promotes again.
 */
export class Monitor {
  readonly #margin: Margin;
  readonly #runLength: number;
  #detector: Detector;

  /** @param margin what the model must still hold @param runLength pairs to a false alarm on average, at least */
  constructor(margin: Margin, runLength: number) {
    this.#margin = margin;
    this.#runLength = runLength;
    this.#detector = new Detector([signalOf(margin)], runLength);
  }

  /** One case answered by both, scores from 0 to 1. @returns the alarm, once the model has fallen */
  add(candidate: number, reference: number): Alarm | undefined {
    return this.#detector.observe({ [SIGNAL]: -stakeOf(this.#margin, candidate, reference) });
  }

  /** Evidence that it has fallen, as share of what raises the alarm. */
  fallen(): number {
    return this.#detector.e() / this.#runLength;
  }

  toJSON(): DetectorState {
    return this.#detector.toJSON();
  }

  /** Goes on where `toJSON` left off. */
  static fromJSON(margin: Margin, runLength: number, kept: DetectorState): Monitor {
    const monitor = new Monitor(margin, runLength);
    monitor.#detector = Detector.fromJSON([signalOf(margin)], runLength, kept);
    return monitor;
  }
}

function signalOf(margin: Margin) {
  const [worst, best] = stakesOf(margin);
  return { name: SIGNAL, limit: 0, low: -best, high: -worst };
}
