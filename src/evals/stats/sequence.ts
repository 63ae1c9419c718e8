/** What an interval is of: candidate as share of the reference, or candidate minus reference. */
export type Measure = 'ratio' | 'difference';

const GRIDS: Record<Measure, readonly number[]> = {
  ratio: Array.from({ length: 201 }, (_, at) => at / 100),
  difference: Array.from({ length: 201 }, (_, at) => at / 100 - 1),
};

/**
 * An interval for the ratio or difference of two models' mean scores that may be looked at after every pair: with probability 1-α it
 * holds the truth at all times at once. For each value of a grid two bettors, one on each side, bet against it; it is out once half of
 * what the two have together was ever 1/α. (Hedged capital with predictable plug-in bets: Waudby-Smith and Ramdas, arXiv 2010.09686,
 * section 4.) A grid of steps of 0.01: an end is rounded outwards by one step.
 */
export class ConfidenceSequence {
  readonly #measure: Measure;
  readonly #alpha: number;
  readonly #grid: readonly number[];
  readonly #above: Float64Array;
  readonly #below: Float64Array;
  readonly #out: Uint8Array;
  #pairs = 0;
  #sum = 0;
  #squared = 0;

  /** @param alpha above 0 and below 1 */
  constructor(measure: Measure, alpha = 0.05) {
    this.#measure = measure;
    this.#alpha = alpha;
    this.#grid = GRIDS[measure];
    this.#above = new Float64Array(this.#grid.length).fill(1);
    this.#below = new Float64Array(this.#grid.length).fill(1);
    this.#out = new Uint8Array(this.#grid.length);
  }

  /** One case's two scores, each from 0 to 1. */
  add(candidate: number, reference: number): void {
    const mean = this.#pairs ? this.#sum / this.#pairs : 0;
    const variance = (0.25 + Math.max(0, this.#squared - this.#pairs * mean * mean)) / (this.#pairs + 1);
    const time = this.#pairs + 1;
    const plain = Math.sqrt((2 * Math.log(2 / this.#alpha)) / (variance * time * Math.log(1 + time)));
    for (const [at, value] of this.#grid.entries()) {
      const stake = this.#measure === 'ratio' ? candidate - value * reference : candidate - reference - value;
      const bet = Math.min(plain, 0.5 / (this.#measure === 'ratio' ? Math.max(1, value) : 1 + Math.abs(value)));
      this.#above[at]! *= 1 + bet * stake;
      this.#below[at]! *= 1 - bet * stake;
      if (this.#above[at]! + this.#below[at]! >= 2 / this.#alpha) this.#out[at] = 1;
    }
    const difference = candidate - reference;
    this.#pairs++;
    this.#sum += difference;
    this.#squared += difference * difference;
  }

  /** The interval now, within the grid's ends (0 to 2, or -1 to 1). Undefined when no value is left, which happens with probability α. */
  bounds(): { low: number; high: number } | undefined {
    const first = this.#out.indexOf(0);
    if (first < 0) return undefined;
    const last = this.#out.lastIndexOf(0);
    return { low: this.#grid[Math.max(0, first - 1)]!, high: this.#grid[Math.min(this.#grid.length - 1, last + 1)]! };
  }
}
