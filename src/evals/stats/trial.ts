import { z } from 'zod';
import { chance, pairsLeft, type Side } from './forecast.ts';
import { filled, type Outlook, settle, sum } from './purses.ts';

const share = z.number().gt(0).lt(1);

/**
 * How much worse than the reference is still good enough, set before the first pair: a share of its score that must be kept, or points
 * (0 to 1) that may be lost. A ratio at 30 % quality takes thousands of pairs; then an absolute margin is the better question.
 */
const margin = z.union([z.object({ keep: share }), z.object({ lose: share })]);
export type Margin = z.infer<typeof margin>;

const planned = z.object({
  margin,
  /** Chance of a wrong certificate, over all candidates together. */
  alpha: share.default(0.05),
  /** How many candidates are tried side by side; each must then show so much more. */
  candidates: z.int().positive().default(1),
  /** Pairs there are at most. */
  budget: z.int().positive().optional(),
});
export type TrialPlan = z.input<typeof planned>;

const state = z.object({
  version: z.literal(1),
  plan: planned,
  pairs: z.int().nonnegative(),
  candidate: z.number(),
  reference: z.number(),
  referenceSquared: z.number(),
  stakesSquared: z.number(),
  good: z.array(z.number().nonnegative()).length(filled().length),
  bad: z.array(z.number().nonnegative()).length(filled().length),
  decidedAt: z.int().positive().optional(),
});
/** A trial as it is kept; only sums, so that it stays small. */
export type TrialState = z.infer<typeof state>;

export type Outcome = 'good enough' | 'not good enough' | 'undecided' | 'not decidable with this budget';

/** What a trial says, and on what. */
export interface Verdict {
  outcome: Outcome;
  /** For people, one sentence. */
  reason: string;
  /** Pairs seen; `decidedAt` is after how many of them the outcome stood. */
  pairs: number;
  decidedAt?: number;
  /** Evidence that the candidate is good enough, and that it is not. 1/α is proof; expected to be at most 1 where it is untrue. */
  e: number;
  against: number;
  /** What either had to reach. */
  goal: number;
  /** Mean scores, 0 to 1. */
  candidate: number;
  reference: number;
  margin: Margin;
  /** While undecided: about how many more pairs until there are even odds for an outcome. */
  more?: number;
}

/** Pairs a guess is worth against what was seen: of the reference's level, of the variance. */
const GUESS = { level: 10, variance: 60 };
/** Of the variance two independent models would show; tasks that both find easy or hard take some of it away. */
const AGREEMENT = 0.8;
/** Standard errors below what was seen that an effect larger than supposed is believed. */
const CAUTION = 2.5;
/** A trial with less than this chance to come to an end within its budget is not worth its cost. */
const HOPELESS = 0.2;

/**
 * A candidate against a fixed reference on the same cases, one task class. Look at it after any pair and stop when you like: the chance
 * that it ever says "good enough" of one that is not, is at most α, and the same the other way round.
 *
 * It holds when cases come in random order from the work that is meant, each case once (the mean of repeated answers is one score), and
 * the reference was chosen before, on other cases.
 */
export class Trial {
  readonly #plan: z.infer<typeof planned>;
  #pairs = 0;
  #candidate = 0;
  #reference = 0;
  #referenceSquared = 0;
  #stakesSquared = 0;
  #good = filled();
  #bad = filled();
  #decidedAt: number | undefined;

  /** @throws ZodError naming the field that is out of its range */
  constructor(plan: TrialPlan) {
    this.#plan = planned.parse(plan);
  }

  /**
   * One case, answered by both.
   * @param candidate score from 0 to 1 @param reference the same case's score from 0 to 1
   * @throws RangeError for another score
   */
  add(candidate: number, reference: number): void {
    if (!(candidate >= 0 && candidate <= 1)) throw new RangeError(`candidate: a score is from 0 to 1, not ${candidate}`);
    if (!(reference >= 0 && reference <= 1)) throw new RangeError(`reference: a score is from 0 to 1, not ${reference}`);
    const stake = stakeOf(this.#plan.margin, candidate, reference);
    if (this.#decidedAt === undefined) {
      const outlook = this.#outlook();
      const [worst, best] = stakesOf(this.#plan.margin);
      settle(this.#good, this.#goal, this.#seen(outlook, 1), stake, -worst);
      settle(this.#bad, this.#goal, this.#seen(outlook, -1), -stake, best);
    }
    this.#pairs++;
    this.#candidate += candidate;
    this.#reference += reference;
    this.#referenceSquared += reference * reference;
    this.#stakesSquared += stake * stake;
    if (this.#decidedAt === undefined && Math.max(sum(this.#good), sum(this.#bad)) >= this.#goal) this.#decidedAt = this.#pairs;
  }

  /** Whether an outcome stands; cheaper than a verdict. */
  get decided(): boolean {
    return this.#decidedAt !== undefined;
  }

  /** What is to be said now. An outcome that stood stands, whatever comes after. */
  verdict(): Verdict {
    const e = sum(this.#good);
    const against = sum(this.#bad);
    const facts = {
      pairs: this.#pairs,
      e,
      against,
      goal: this.#goal,
      candidate: this.#pairs ? this.#candidate / this.#pairs : 0,
      reference: this.#pairs ? this.#reference / this.#pairs : 0,
      margin: this.#plan.margin,
    };
    const { holds, fails } = words(facts.margin);
    if (this.#decidedAt !== undefined) {
      const good = e >= this.#goal;
      const shown = `evidence ${Math.max(e, against).toFixed(1)} where ${this.#goal.toFixed(0)} is proof, after ${this.#decidedAt} pairs.`;
      const reason = `It ${good ? holds : fails}: ${shown}`;
      return { outcome: good ? 'good enough' : 'not good enough', reason, ...facts, decidedAt: this.#decidedAt };
    }
    const [good, bad] = this.#sides();
    const more = Math.min(pairsLeft(good), pairsLeft(bad));
    const left = this.#plan.budget === undefined ? Number.POSITIVE_INFINITY : this.#plan.budget - this.#pairs;
    if (left < Number.POSITIVE_INFINITY && Math.max(chance(good, left), chance(bad, left)) < HOPELESS) {
      const reason = `${Math.max(0, left)} pairs are left of ${this.#plan.budget} and about ${more} would be needed: raise the budget, widen the margin or grade more finely.`;
      return { outcome: 'not decidable with this budget', reason, ...facts, more };
    }
    return {
      outcome: 'undecided',
      reason: `Whether it ${holds} should show after about ${more} more pairs.`,
      ...facts,
      more,
    };
  }

  toJSON(): TrialState {
    return {
      version: 1,
      plan: this.#plan,
      pairs: this.#pairs,
      candidate: this.#candidate,
      reference: this.#reference,
      referenceSquared: this.#referenceSquared,
      stakesSquared: this.#stakesSquared,
      good: [...this.#good],
      bad: [...this.#bad],
      ...(this.#decidedAt === undefined ? {} : { decidedAt: this.#decidedAt }),
    };
  }

  /**
   * Goes on where `toJSON` left off, to the last bit.
   * @throws ZodError naming the field that is not as `toJSON` wrote it
   */
  static fromJSON(kept: unknown): Trial {
    const { plan, ...sums } = state.parse(kept);
    const trial = new Trial(plan);
    trial.#pairs = sums.pairs;
    trial.#candidate = sums.candidate;
    trial.#reference = sums.reference;
    trial.#referenceSquared = sums.referenceSquared;
    trial.#stakesSquared = sums.stakesSquared;
    trial.#good = sums.good;
    trial.#bad = sums.bad;
    trial.#decidedAt = sums.decidedAt;
    return trial;
  }

  get #goal(): number {
    return this.#plan.candidates / this.#plan.alpha;
  }

  /** Made for a candidate as good as the reference, and for one as far on the wrong side of the threshold. */
  #outlook(): Outlook {
    const { margin } = this.#plan;
    const level = (this.#reference + GUESS.level * 0.7) / (this.#pairs + GUESS.level);
    const spread = this.#referenceSquared + GUESS.level * 0.7 - (this.#reference + GUESS.level * 0.7) * level;
    const kept = 'keep' in margin ? margin.keep : 1;
    const guessed = Math.max(1e-4, (AGREEMENT * (1 + kept * kept) * spread) / (this.#pairs + GUESS.level));
    return {
      pairs: this.#pairs,
      effect: 'keep' in margin ? (1 - margin.keep) * level : margin.lose,
      variance: (this.#stakesSquared + GUESS.variance * guessed) / (this.#pairs + GUESS.variance),
    };
  }

  /** The same where the candidate is clearly further from the threshold than supposed: a trial may then end sooner. */
  #seen(outlook: Outlook, sign: 1 | -1): Outlook {
    if (this.#pairs === 0) return outlook;
    const mean = (sign * this.#total()) / this.#pairs - CAUTION * Math.sqrt(outlook.variance / this.#pairs);
    return mean > outlook.effect ? { ...outlook, effect: mean } : outlook;
  }

  /** All stakes together. */
  #total(): number {
    const { margin } = this.#plan;
    return this.#candidate - ('keep' in margin ? margin.keep * this.#reference : this.#reference - margin.lose * this.#pairs);
  }

  /** The forecast's guess: an effect as supposed, give or take as much, for either side. */
  #sides(): [good: Side, bad: Side] {
    const { effect, variance } = this.#outlook();
    const total = this.#total();
    const guessed = variance / (effect * effect);
    const weight = this.#pairs + guessed;
    const side = (purses: number[], sign: 1 | -1): Side => ({
      wealth: sum(purses) / this.#goal,
      mean: (sign * total + guessed * effect) / weight,
      weight,
      variance,
    });
    return [side(this.#good, 1), side(this.#bad, -1)];
  }
}

/** What a pair pays who bets on the candidate: 0 on average where it sits on the threshold, more where it is better. */
export function stakeOf(margin: Margin, candidate: number, reference: number): number {
  return 'keep' in margin ? candidate - margin.keep * reference : candidate - reference + margin.lose;
}

/** The least and the most a pair can pay. */
export function stakesOf(margin: Margin): [worst: number, best: number] {
  return 'keep' in margin ? [-margin.keep, 1] : [margin.lose - 1, 1 + margin.lose];
}

function words(margin: Margin): { holds: string; fails: string } {
  const hundredths = (share: number) => Number((100 * share).toFixed(2));
  return 'keep' in margin
    ? {
        holds: `keeps ${hundredths(margin.keep)} % of the reference's score`,
        fails: `keeps less than ${hundredths(margin.keep)} % of the reference's score`,
      }
    : {
        holds: `loses at most ${hundredths(margin.lose)} points of 100`,
        fails: `loses more than ${hundredths(margin.lose)} points of 100`,
      };
}
