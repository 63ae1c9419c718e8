import type { TaskClass } from '../../tasks/task.ts';
import { question, type Suite } from '../case.ts';
import { type Agreement, agreement, type Calibration, calibrate, type Labelled } from '../graders/calibrate.ts';
import { credible } from '../stats/beta.ts';
import { drawn, placed, type RunPlan } from './plan.ts';

/** A pair of answers of which running them has shown the better one. */
export interface LabelledPair extends Labelled {
  key: string;
  class: TaskClass;
}

/** What a judge is told to look at. */
const RUBRIC =
  'Which answer does correctly and completely what was asked? A wrong result, a missing part, invented names or a claim that is not true count against it.';

/**
 * Pairs whose better answer is known, from suites: of each case its reference, which passes, and one of its wrong answers, which fails. Pure.
 * @param plan which classes, how many of each at most, and the seed that chooses
 */
export function labelledPairs(suites: readonly Suite[], plan: Pick<RunPlan, 'tasks' | 'most' | 'seed'>): LabelledPair[] {
  const whole = suites.map((suite) => ({
    ...suite,
    cases: suite.cases.filter(({ reference, wrong }) => reference !== undefined && wrong.length > 0),
  }));
  return placed({ ...plan, suites: whole }).map(({ key, case: it }) => ({
    key,
    class: it.task,
    task: question(it),
    rubric: RUBRIC,
    better: it.reference!,
    worse: it.wrong[Math.floor(drawn(plan.seed, `wrong ${key}`) * it.wrong.length)]!,
  }));
}

/** How far a judge can be believed at one class of work, or at all of them. Shares with 95 % credibility. */
export interface JudgeReport extends Calibration {
  class: TaskClass | 'all';
  intervals: { accuracy: [number, number]; consistency: [number, number]; firstPlaceBias: [number, number] };
  /** Of its opinion on each of the answers with what execution says. */
  agreement: Agreement;
}

/** Lets a judge compare the pairs, all at once; whoever asks paces it. @throws what `ask` throws */
export async function reportJudge(ask: (prompt: string) => Promise<string>, pairs: readonly LabelledPair[]): Promise<JudgeReport[]> {
  const classes = [...Map.groupBy(pairs, (pair) => pair.class)].sort(([a], [b]) => (a < b ? -1 : 1));
  const single = await Promise.all(
    classes.map(async ([name, own]) => ({ name, each: await Promise.all(own.map((pair) => calibrate(ask, [pair]))) })),
  );
  const all = single.flatMap(({ each }) => each);
  return [...single.map(({ name, each }) => reportOf(name, each)), ...(single.length > 1 ? [reportOf('all', all)] : [])];
}

function reportOf(name: JudgeReport['class'], each: readonly Calibration[]): JudgeReport {
  const sum = (of: (one: Calibration) => number) => each.reduce((total, one) => total + of(one), 0);
  const n = each.length;
  const counts = {
    accuracy: sum(({ right }) => right),
    consistency: sum((one) => one.consistency),
    firstPlaceBias: sum((one) => one.firstPlaceBias),
  };
  const share = (count: number) => count / n;
  return {
    class: name,
    pairs: n,
    right: counts.accuracy,
    wrong: sum(({ wrong }) => wrong),
    undecided: sum(({ undecided }) => undecided),
    accuracy: share(counts.accuracy),
    consistency: share(counts.consistency),
    firstPlaceBias: share(counts.firstPlaceBias),
    intervals: {
      accuracy: credible(counts.accuracy, n),
      consistency: credible(counts.consistency, n),
      firstPlaceBias: credible(counts.firstPlaceBias, n),
    },
    // As the grader has it: an answer passes that is not the worse one in both orders.
    agreement: agreement(each.flatMap(({ right, wrong }) => [[true, wrong === 0] as const, [false, right === 0] as const])),
  };
}
