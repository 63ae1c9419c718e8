import { type ModelTraits, type Priors, priorsFrom } from '../../src/catalog/success.ts';
import { type Contender, type Mode, type PlanInput, plan } from '../../src/policy/plan.ts';
import { average } from './cold.ts';
import type { Problem, ProblemSet } from './data.ts';
import { mainWork } from './observe.ts';
import { classTable, type Policy } from './policies.ts';
import { likely, taskOf } from './told.ts';
import { factsOf, observations, tableFrom } from './train.ts';

/** How the router that ships is asked. */
export interface Setting {
  mode: Mode;
  /** US dollars for one task done well. */
  worth: number;
  /** What it knows before: the table made of everything public but the held-out problems, or that and what the training problems taught it in use. */
  learnt: boolean;
  /** Expected costs: means of what a model's answers cost at a class, or its list price for an answer of usual length. */
  costs: 'seen' | 'listed';
}

/** Configuration's default for a second of waiting, in US dollars. */
const SECOND = 0.0005;
/** Tokens of an answer to a request of middling complexity, as the route stage expects it. */
const ANSWER = 1800;

const tables = new WeakMap<ProblemSet, Priors>();

/** The table that the training command would have made without the held-out problems. */
function priorsWithout(training: ProblemSet): Priors {
  const known = tables.get(training) ?? priorsFrom(tableFrom(observations(training), ''));
  tables.set(training, known);
  return known;
}

/** The real `plan()`, asked for one problem at a time. Nobody is an incumbent and every model is healthy. */
export const router =
  ({ mode, worth, learnt, costs }: Setting): Policy =>
  (training) => {
    const priors = priorsWithout(training);
    const facts = training.models.map(factsOf);
    const seen = classTable(training);
    const classes = new Map(
      [...Map.groupBy(training.problems, (problem) => problem.class)].map(([kind, problems]) => [kind, means(training, problems)] as const),
    );
    return (problem) => {
      const here = classes.get(problem.class) ?? means(training, training.problems);
      const contenders = training.models.map((name, at): Contender => {
        const { outputPrice = 1 } = facts[at]!;
        // Prompts are sold at about a fifth of what answers cost.
        const listed = (outputPrice * (ANSWER + problem.size / 5)) / 1e6;
        const prior = expectation(priors, facts[at]!, problem);
        return {
          address: name,
          zone: training.open.includes(name) ? 'own' : 'vendor',
          health: 'closed',
          rank: at,
          belief: learnt ? blend(prior, seen(problem.class)[at]! / here.most, here.count) : prior,
          costNanos: Math.round((costs === 'seen' ? here.costs[at]! : listed) * 1e9),
          latencyMs: here.latencies[at]!,
        };
      });
      const { steps } = plan(inputOf(mode, worth, problem, contenders));
      return [[training.models.indexOf(steps[0]!.address), 1]];
    };
  };

/** What the route stage would believe: of the class, or of all classes by how likely they are where the classifier is not sure. */
function expectation(priors: Priors, facts: ModelTraits, problem: Problem): { mean: number; weight: number } {
  if (problem.kind === undefined) return priors.of(facts, mainWork(problem.class));
  const task = taskOf(problem);
  if (!task.unsure) return priors.of(facts, task.class);
  const shares = likely(task);
  const total = shares.reduce((sum, [, share]) => sum + share, 0);
  const blended = (value: 'mean' | 'weight') =>
    shares.reduce((sum, [work, share]) => sum + share * priors.of(facts, work)[value], 0) / total;
  return { mean: blended('mean'), weight: blended('weight') };
}

function inputOf(mode: Mode, worth: number, problem: Problem, contenders: Contender[]): PlanInput {
  const needs = { tools: false, vision: false, json: false };
  return {
    work: { importance: 1, unsure: problem.kind !== undefined && taskOf(problem).unsure, size: problem.size, answer: ANSWER, needs },
    mode,
    weights: { worth: worth * 1e9, second: SECOND * 1e9 },
    contenders,
  };
}

/** What outcomes add to a prior: counts of a Beta distribution. */
function blend({ mean, weight }: { mean: number; weight: number }, found: number, count: number): { mean: number; weight: number } {
  return { mean: (mean * weight + found * count) / (weight + count), weight: weight + count };
}

function means({ models }: ProblemSet, problems: readonly Problem[]) {
  return {
    count: problems.length,
    /** What is solvable at all, so that levels are those of the table. */
    most: Math.max(0.01, average(problems.map(({ answers }) => Math.max(...answers.map(({ score }) => score))))),
    costs: models.map((_, at) => average(problems.map(({ answers }) => answers[at]!.cost))),
    latencies: models.map((_, at) => average(problems.map(({ answers }) => answers[at]!.latency))),
  };
}
