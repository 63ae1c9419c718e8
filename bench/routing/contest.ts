import { bootstrap, type Interval, meanOf } from './bootstrap.ts';
import { bestCascade, type Check } from './cascade.ts';
import { average } from './cold.ts';
import type { Answer, ProblemSet } from './data.ts';
import { router } from './ours.ts';
import { always, bestOf, byClass, byLength, byLot, byNeighbours, byWords, meanScore, oracle, type Policy, random } from './policies.ts';
import { type Fold, folds } from './split.ts';

/** How a policy did on problems that it had not seen. */
export interface Result {
  name: string;
  /** Mean score, percent. */
  quality: number;
  /** US dollars for all problems. */
  cost: number;
  /** Mean wait, seconds. */
  seconds: number;
  /** Percent points against the reference, with the middle 95 % of paired draws. */
  against: Interval;
}

const FOLDS = 5;
/** One split may be lucky; figures are means over these. */
const SEEDS = [11, 12, 13];

export interface Contest {
  name: string;
  problems: number;
  models: number;
  /** What all results are compared with. */
  reference: string;
  results: Result[];
  /** The router's curve: what it reaches as a task done well is worth more. */
  curve: { worth: number; quality: number; cost: number }[];
}

/** Expected outcome of each problem under a policy that learnt from the other folds, averaged over splits. */
export function play(set: ProblemSet, learn: (training: ProblemSet) => (at: number) => Answer, splits: readonly Fold[][]): Answer[] {
  const sums = set.problems.map(() => ({ score: 0, cost: 0, latency: 0 }));
  for (const split of splits)
    for (const { training, held } of split) {
      const answer = learn(training);
      for (const at of held) {
        const { score, cost, latency } = answer(at);
        sums[at]!.score += score / splits.length;
        sums[at]!.cost += cost / splits.length;
        sums[at]!.latency += latency / splits.length;
      }
    }
  return sums;
}

/** A policy's choice as what it would have given. */
function outcome(set: ProblemSet, policy: Policy): (training: ProblemSet) => (at: number) => Answer {
  return (training) => {
    const choose = policy(training);
    return (at) => {
      const problem = set.problems[at]!;
      return choose(problem).reduce(
        (sum, [model, share]) => {
          const { score, cost, latency } = problem.answers[model]!;
          return { score: sum.score + share * score, cost: sum.cost + share * cost, latency: sum.latency + share * latency };
        },
        { score: 0, cost: 0, latency: 0 },
      );
    };
  };
}

export const splitsOf = (set: ProblemSet): Fold[][] => SEEDS.map((seed) => folds(set, FOLDS, seed));

/** Plays all policies on one set. */
export function contest(set: ProblemSet): Contest {
  const splits = splitsOf(set);
  const groups = set.problems.map(({ group }) => group);
  const all = [...set.models.keys()];
  const own = set.open.map((name) => set.models.indexOf(name));
  const cost = (model: number) => average(set.problems.map(({ answers }) => answers[model]!.cost));
  const dearest = all.reduce((a, b) => (cost(b) > cost(a) ? b : a));
  const cheapest = all.reduce((a, b) => (cost(b) < cost(a) ? b : a));
  const played = new Map<string, Answer[]>();
  const enter = (name: string, policy: Policy) => played.set(name, play(set, outcome(set, policy), splits));
  enter('class table', byClass);
  const budget = average(played.get('class table')!.map((answer) => answer.cost));
  for (const [at, name] of set.models.entries()) if (isShown(set, at)) enter(`always ${name}`, always(at));
  enter('always own: the best open model', bestOf(own));
  enter(`always frontier: ${set.models[dearest]}, the dearest`, always(dearest));
  enter('best single', bestOf(all));
  enter('random', random);
  enter(
    'lots between two models, at the table’s cost',
    byLot(() => budget),
  );
  enter(
    'prompt length, at the table’s cost',
    byLength(cheapest, dearest, () => budget),
  );
  for (const decay of [0.001, 0.01, 0.1]) enter(`class table + words (decay ${decay})`, byWords(decay));
  enter('20 nearest problems', byNeighbours(20));
  for (const mode of ['cheapest-good-enough', 'own-first', 'balanced', 'best'] as const) {
    enter(`router, ${mode}`, router({ mode, worth: 0.1, learnt: false, costs: 'seen' }));
    enter(`router, ${mode}, with outcomes`, router({ mode, worth: 0.1, learnt: true, costs: 'seen' }));
  }
  for (const mode of ['cheapest-good-enough', 'balanced'] as const)
    enter(`router, ${mode}, costs as listed`, router({ mode, worth: 0.1, learnt: false, costs: 'listed' }));
  enter('oracle', oracle);
  const reference = played.get('class table')!;
  return {
    name: set.name,
    problems: set.problems.length,
    models: set.models.length,
    reference: 'class table',
    results: [...played].map(([name, answers]) => resultOf(name, answers, reference, groups)),
    curve: [0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 10].map((worth) => {
      const answers = play(set, outcome(set, router({ mode: 'balanced', worth, learnt: true, costs: 'seen' })), splits);
      return { worth, quality: 100 * average(answers.map(({ score }) => score)), cost: sum(answers.map((answer) => answer.cost)) };
    }),
  };
}

/** Of many models only those that somebody might choose. */
function isShown({ models, problems }: ProblemSet, at: number): boolean {
  return models.length <= 8 || meanScore(problems, at) >= Math.max(...models.map((_, model) => meanScore(problems, model))) - 0.02;
}

/** Cascades with a check, on the kinds of problems that can be checked, against the class table there. */
export function cascades(set: ProblemSet, worth: number): Contest {
  const splits = splitsOf(set);
  const groups = set.problems.map(({ group }) => group);
  const reference = play(set, outcome(set, byClass), splits);
  const enter = (check: Check) =>
    play(
      set,
      (training) => {
        const answer = bestCascade(training, check, worth);
        return (at) => answer(set.problems[at]!);
      },
      splits,
    );
  const checks = [0, 0.1, 0.2, 0.4, 1].flatMap((falseAccepts) => [0, 0.1].map((falseRejects) => ({ falseAccepts, falseRejects })));
  return {
    name: `${set.name}, what can be checked`,
    problems: set.problems.length,
    models: set.models.length,
    reference: 'class table',
    results: [
      resultOf('class table', reference, reference, groups),
      ...checks.map((check) =>
        resultOf(
          `cascade, ${percent(check.falseAccepts)} false accepts, ${percent(check.falseRejects)} false rejects`,
          enter(check),
          reference,
          groups,
        ),
      ),
      resultOf('oracle', play(set, outcome(set, oracle), splits), reference, groups),
    ],
    curve: [],
  };
}

function resultOf(name: string, answers: readonly Answer[], reference: readonly Answer[], groups: readonly string[]): Result {
  const gains = answers.map(({ score }, at) => 100 * (score - reference[at]!.score));
  return {
    name,
    quality: 100 * average(answers.map(({ score }) => score)),
    cost: sum(answers.map((answer) => answer.cost)),
    seconds: average(answers.map(({ latency }) => latency)) / 1000,
    against: bootstrap(groups, (times) => meanOf(gains, times)),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const percent = (share: number): string => `${Math.round(100 * share)} %`;
