import { z } from 'zod';
import { TASKS } from '../../tasks/task.ts';
import { standingSchema } from '../evidence.ts';
import { agreement } from '../graders/calibrate.ts';
import { credible } from '../stats/beta.ts';
import { caseScore, indexOf, placeOf } from './pairs.ts';
import { type RunPlan, runPlanSchema } from './plan.ts';
import type { Result, RunResult } from './result.ts';
import type { ClassVerdict } from './verdict.ts';

const share = z.number().min(0).max(1);
const count = z.int().nonnegative();

/** One model at one class of work. */
const rowSchema = z.object({
  task: z.enum(TASKS),
  model: z.string(),
  /** Cases with a grade; those without an answer, and those that could not be judged on that machine. */
  cases: count,
  failed: count,
  skipped: count,
  /** Cases all of whose answers passed. */
  passed: count,
  /** Mean of the cases, with 95 % credibility. */
  score: share,
  interval: z.tuple([share, share]),
  /** Of all answers that were paid for in this run; null: nobody knows. */
  cost_nanos: count.nullable(),
  /** Answers that came from an earlier run. */
  cached: count,
  /** Answers that reached the most tokens they could have. */
  cut: count,
  /** Milliseconds, and tokens of all answers. */
  median_ms: z.number().nonnegative(),
  input_tokens: count,
  output_tokens: count,
});
export type ClassRow = z.output<typeof rowSchema>;

/** What the judge said where something also ran. */
const opinionSchema = z.object({ answers: count, share, kappa: z.number() });

const verdictSchema = standingSchema
  .pick({
    task: true,
    outcome: true,
    reason: true,
    pairs: true,
    candidate_score: true,
    reference_score: true,
    e: true,
    against: true,
    more: true,
  })
  .extend({ candidate: z.string(), interval: z.tuple([share, share]), failed: count, skipped: count });

/** A run for people and pages: without questions, answers and single grades. */
export const runSummarySchema = z.object({
  version: z.literal(1),
  plan: runPlanSchema,
  ended: z.enum(['complete', 'budget', 'stopped']),
  /** Unix milliseconds. */
  at: z.int().nonnegative(),
  spent_nanos: count,
  rows: z.array(rowSchema).max(1000),
  verdicts: z.array(verdictSchema).max(1000),
  /** Versions of models by address, where known. */
  versions: z.record(z.string(), z.string()),
  judges: z.array(z.string()),
  /** Why there is no answer, the commonest reasons of each model. */
  errors: z.array(z.object({ model: z.string(), kind: z.string(), message: z.string(), count })).optional(),
  opinions: opinionSchema.nullable(),
});
export type RunSummary = z.output<typeof runSummarySchema>;

/** What each case came to for each model: the mean of its grades, null where there is none. */
export const caseGradesSchema = z.array(
  z.object({
    case: z.string().max(300),
    task: z.enum(TASKS),
    model: z.string().max(300),
    score: share.nullable(),
    pass: z.boolean().nullable(),
    /** The first thing that was not right, or why there is no grade. */
    why: z.string().max(300).optional(),
  }),
);
export type CaseGrades = z.output<typeof caseGradesSchema>;

/** @param at Unix milliseconds */
export function summaryOf(run: RunResult, verdicts: readonly ClassVerdict[], at: number): RunSummary {
  const both = run.results.flatMap(({ ran, opinion }) => (ran === undefined || opinion === undefined ? [] : [[ran, opinion] as const]));
  return {
    version: 1,
    plan: run.plan,
    ended: run.ended,
    at,
    spent_nanos: run.spent_nanos,
    rows: rowsOf(run),
    verdicts: verdicts.map(({ task, candidate, interval, failed, skipped, verdict }) => ({
      task,
      candidate,
      outcome: verdict.outcome,
      reason: verdict.reason,
      pairs: verdict.pairs,
      candidate_score: bounded(verdict.candidate),
      reference_score: bounded(verdict.reference),
      interval,
      e: verdict.e,
      against: verdict.against,
      ...(verdict.more !== undefined && Number.isFinite(verdict.more) && { more: verdict.more }),
      failed,
      skipped,
    })),
    versions: run.versions,
    judges: run.judges,
    ...(run.results.some(({ error }) => error) && { errors: errorsIn(run.results) }),
    opinions: both.length ? agreement(both) : null,
  };
}

/** Reasons that are told of each model. */
const TOLD = 3;

/** Errors by model and kind, each with the words of the first. Pure. */
function errorsIn(results: readonly Result[]): NonNullable<RunSummary['errors']> {
  const failed = results.filter(({ error }) => error !== undefined);
  return [...Map.groupBy(failed, ({ model }) => model)].flatMap(([model, own]) =>
    [...Map.groupBy(own, ({ error }) => error!.kind)]
      .map(([kind, all]) => ({ model, kind, message: all[0]!.error!.message, count: all.length }))
      .sort((a, b) => b.count - a.count)
      .slice(0, TOLD),
  );
}

/** Every model at every class of work, in the order of the plan. Pure. */
function rowsOf({ plan, cases, results }: RunResult): ClassRow[] {
  const index = indexOf(results);
  const tasks = [...new Set(cases.map(({ task }) => task))].sort();
  return tasks.flatMap((task) => {
    const keys = cases.filter((one) => one.task === task).map(({ key }) => key);
    return plan.models.map((model) =>
      rowOf(
        task,
        model,
        keys.map((key) => index.get(placeOf(key, model)) ?? []),
        plan,
      ),
    );
  });
}

function rowOf(task: ClassRow['task'], model: string, cases: readonly (readonly Result[])[], plan: RunPlan): ClassRow {
  const scores = cases.map((results) => ({ results, ...caseScore(results, plan) }));
  const graded = scores.filter((one) => one.score !== undefined);
  const total = graded.reduce((sum, { score }) => sum + score!, 0);
  const answers = cases.flat().filter(({ error }) => error === undefined);
  const sum = (of: (one: Result) => number | undefined) => answers.reduce((all, one) => all + (of(one) ?? 0), 0);
  const times = answers
    .filter(({ cached }) => !cached)
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  return {
    task,
    model,
    cases: graded.length,
    failed: scores.filter(({ failed, score }) => failed > 0 && score === undefined).length,
    skipped: scores.filter(({ skipped }) => skipped).length,
    passed: graded.filter(({ results }) => results.every(({ pass }) => pass !== false)).length,
    score: graded.length ? bounded(total / graded.length) : 0,
    interval: graded.length ? credible(Math.min(graded.length, total), graded.length) : [0, 1],
    cost_nanos: answers.some(({ cost_nanos }) => cost_nanos === null) ? null : sum(({ cost_nanos }) => cost_nanos ?? 0),
    cached: answers.filter(({ cached }) => cached).length,
    cut: answers.filter(({ cut }) => cut).length,
    median_ms: times[Math.floor(times.length / 2)] ?? 0,
    input_tokens: sum((one) => one.input_tokens),
    output_tokens: sum((one) => one.output_tokens),
  };
}

const LONGEST_WHY = 160;

/** What each case came to. Pure. */
export function caseGradesOf({ plan, cases, results }: RunResult): CaseGrades {
  const index = indexOf(results);
  return cases.flatMap(({ key, task }) =>
    plan.models.flatMap((model) => {
      const found = index.get(placeOf(key, model)) ?? [];
      if (found.length === 0) return [];
      const { score } = caseScore(found, plan);
      const pass = score === undefined ? null : found.every((one) => one.pass !== false);
      const why = found.flatMap((one) => one.error?.message ?? one.skipped ?? one.reasons[0] ?? [])[0]?.slice(0, LONGEST_WHY);
      return {
        case: key,
        task,
        model,
        score: score === undefined ? null : bounded(score),
        pass,
        ...(why !== undefined && pass !== true && { why }),
      };
    }),
  );
}

/** A mean of scores can pass its ends by the last digit. */
const bounded = (score: number): number => Math.min(1, Math.max(0, score));
