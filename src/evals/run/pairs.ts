import type { TaskClass } from '../../tasks/task.ts';
import { Trial, type TrialPlan } from '../stats/trial.ts';
import type { RunPlan } from './plan.ts';
import type { Result, RunResult } from './result.ts';

/** All answers of one model to one case. */
export interface CaseScore {
  /** Mean of its grades; absent where there is none. */
  score?: number;
  /** Answers there should be and are not yet. */
  missing: number;
  /** Answers that failed to come, for good. */
  failed: number;
  skipped: boolean;
}

/** What one model's answers to a case come to: several are one score, so that a case counts once. Pure. */
export function caseScore(results: readonly Result[], { repeat, count }: Pick<RunPlan, 'repeat' | 'count'>): CaseScore {
  const scores = results.flatMap(({ score, pass }) => (score === undefined ? [] : count === 'pass' ? Number(pass === true) : score));
  const skipped = results.some((one) => one.skipped !== undefined);
  const failed = results.filter(({ error }) => error !== undefined).length;
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return { missing: repeat - results.length, failed, skipped, ...(scores.length > 0 && !skipped && { score: mean }) };
}

/** Results by case and model. */
export type ResultIndex = ReadonlyMap<string, readonly Result[]>;

export function indexOf(results: readonly Result[]): ResultIndex {
  return Map.groupBy(results, (one) => placeOf(one.case, one.model));
}

export const placeOf = (key: string, model: string): string => `${model} ${key}`;

/**
 * A candidate against the reference on one class of work, fed in the order of the cases, whatever order the answers come in: those that
 * come early may be the easy ones.
 */
export class ClassTrial {
  readonly trial: Trial;
  /** Cases that one of the two has no answer to, and those that could not be judged here. */
  failed = 0;
  skipped = 0;
  readonly #keys: readonly string[];
  #next = 0;

  /** @param keys the cases of this class in their order */
  constructor(plan: TrialPlan, keys: readonly string[]) {
    this.trial = new Trial(plan);
    this.#keys = keys;
  }

  /** Takes in all cases up to the first that is still to be answered. */
  advance(scoreOf: (key: string, who: 'candidate' | 'reference') => CaseScore): void {
    for (; this.#next < this.#keys.length; this.#next++) {
      const key = this.#keys[this.#next]!;
      const [candidate, reference] = [scoreOf(key, 'candidate'), scoreOf(key, 'reference')];
      if (candidate.missing > 0 || reference.missing > 0) return;
      if (candidate.skipped || reference.skipped) this.skipped++;
      else if (candidate.score === undefined || reference.score === undefined) this.failed++;
      else this.trial.add(candidate.score, reference.score);
    }
  }
}

/** The trial of each candidate on one class of work, as far as a run has got. @param budget pairs there are at most, where money ends them */
export function trialsOf(
  { plan, cases }: Pick<RunResult, 'plan' | 'cases'>,
  index: ResultIndex,
  task: TaskClass,
  budget?: number,
): Record<string, ClassTrial> {
  const { reference } = plan;
  const candidates = plan.models.filter((model) => model !== reference);
  const keys = cases.filter((one) => one.task === task).map(({ key }) => key);
  const trials = candidates.map((candidate) => {
    const one = new ClassTrial(trialPlan(plan, budget), keys);
    one.advance((key, who) => caseScore(index.get(placeOf(key, who === 'candidate' ? candidate : reference)) ?? [], plan));
    return [candidate, one] as const;
  });
  return Object.fromEntries(trials);
}

/** What every candidate of a run has to show. */
export function trialPlan({ margin, alpha, models, reference }: RunResult['plan'], budget?: number): TrialPlan {
  const candidates = models.filter((model) => model !== reference).length;
  return { margin, alpha, candidates, ...(budget !== undefined && budget > 0 && { budget }) };
}
