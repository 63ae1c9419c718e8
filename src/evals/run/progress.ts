import type { Entrant, Result } from './result.ts';

/** How far a run has got. */
export interface RunProgress {
  /** Answers: graded or failed, of all, and of those that were there from an earlier run. */
  done: number;
  total: number;
  cached: number;
  failed: number;
  /** Nano-dollars. */
  spentNanos: number;
  budgetNanos?: number;
  /** What is still to come at the prices so far; undefined while nobody knows. */
  toComeNanos?: number;
  /** Seconds until the slowest is through; undefined while nobody knows. */
  etaSeconds?: number;
}

interface Tally {
  left: number;
  asked: number;
  ms: number;
  nanos: number;
}

/** Counts answers, and tells from those so far how long the rest will take and what it will cost. */
export class Pulse {
  readonly #budgetNanos: number | undefined;
  readonly #tallies = new Map<string, Tally & { entrant: Entrant }>();
  #total = 0;
  #done = 0;
  #cached = 0;
  #failed = 0;
  /** Answers since the beginning, and when that was. */
  #fresh = 0;
  readonly #began = performance.now();

  constructor(budgetNanos: number | undefined) {
    this.#budgetNanos = budgetNanos;
  }

  /** @param total answers in all @param left who is still to be asked, once for each answer */
  begin(total: number, left: readonly Entrant[]): void {
    this.#total = total;
    this.#done = total - left.length;
    for (const entrant of left) this.#tally(entrant).left++;
  }

  done(entrant: Entrant, { error, cached, ms, cost_nanos }: Result): void {
    const tally = this.#tally(entrant);
    tally.left--;
    this.#done++;
    this.#fresh++;
    if (error) this.#failed++;
    else if (cached) this.#cached++;
    else {
      tally.asked++;
      tally.ms += ms;
      tally.nanos += cost_nanos ?? 0;
    }
  }

  /** It need not be asked any more. */
  drop(entrant: Entrant): void {
    this.#tally(entrant).left--;
    this.#total--;
  }

  progress(spentNanos: number): RunProgress {
    const waiting = [...this.#tallies.values()].filter(({ left }) => left > 0);
    const isKnown = waiting.every(({ asked }) => asked > 0);
    // Grading takes time too, and may be what is slow.
    const paced = ((performance.now() - this.#began) / Math.max(1, this.#fresh)) * (this.#total - this.#done) * 1e-3;
    const eta = Math.max(paced, ...waiting.map(({ left, ms, asked, entrant }) => ((left * ms) / asked / entrant.atOnce) * 1e-3));
    const toCome = waiting.reduce((sum, { left, nanos, asked }) => sum + (left * nanos) / asked, 0);
    return {
      done: this.#done,
      total: this.#total,
      cached: this.#cached,
      failed: this.#failed,
      spentNanos,
      ...(this.#budgetNanos !== undefined && { budgetNanos: this.#budgetNanos }),
      ...(isKnown && { etaSeconds: eta, toComeNanos: Math.round(toCome) }),
    };
  }

  #tally(entrant: Entrant): Tally & { entrant: Entrant } {
    const tally = this.#tallies.get(entrant.address) ?? { entrant, left: 0, asked: 0, ms: 0, nanos: 0 };
    this.#tallies.set(entrant.address, tally);
    return tally;
  }
}
