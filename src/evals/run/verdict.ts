import { createHash } from 'node:crypto';
import type { TaskClass } from '../../tasks/task.ts';
import type { Certificate, Standing } from '../evidence.ts';
import { credible } from '../stats/beta.ts';
import { combine } from '../stats/combine.ts';
import type { Outcome, Verdict } from '../stats/trial.ts';
import { indexOf, trialsOf } from './pairs.ts';
import { basisOf } from './plan.ts';
import type { RunResult } from './result.ts';

/** Share of a class's cases that may have no answer; beyond it those that have one no longer stand for all. */
const MOST_FAILED = 0.05;

/** What a run says of one candidate at one class of work. */
export interface ClassVerdict {
  task: TaskClass;
  candidate: string;
  reference: string;
  verdict: Verdict;
  /** The candidate's own score with 95 % credibility, on the pairs. */
  interval: [number, number];
  /** Cases that one of the two has no answer to, and those that could not be judged on this machine. */
  failed: number;
  skipped: number;
}

/** The verdict on every candidate at every class of work in a run, corrected for how many candidates there are. Pure. */
export function verdictsOf(run: RunResult): ClassVerdict[] {
  const index = indexOf(run.results);
  const tasks = [...new Set(run.cases.map(({ task }) => task))].sort();
  return tasks.flatMap((task) => {
    const open = trialsOf(run, index, task);
    // Where money ended the run there are as many pairs as it paid for.
    const paid = Math.max(0, ...Object.values(open).map(({ trial }) => trial.verdict().pairs));
    const trials = run.ended === 'budget' ? trialsOf(run, index, task, paid) : open;
    const verdicts = combine(Object.fromEntries(Object.entries(trials).map(([name, { trial }]) => [name, trial])), run.plan.alpha);
    return Object.entries(trials).map(([candidate, { failed, skipped }]): ClassVerdict => {
      const verdict = verdicts[candidate]!;
      return {
        task,
        candidate,
        reference: run.plan.reference,
        verdict: withFailures(verdict, failed),
        interval: verdict.pairs ? credible(Math.min(verdict.pairs, verdict.candidate * verdict.pairs), verdict.pairs) : [0, 1],
        failed,
        skipped,
      };
    });
  });
}

/** What could not be answered is not in the pairs; where it is much, an outcome on the rest would be one on the easier part. */
function withFailures(verdict: Verdict, failed: number): Verdict {
  if (verdict.pairs === 0 && failed > 0) return { ...verdict, reason: `None of ${failed} cases has an answer from both.` };
  if (!isProven(verdict.outcome) || failed <= MOST_FAILED * (verdict.pairs + failed)) return verdict;
  const { decidedAt, ...facts } = verdict;
  const reason = `${failed} of ${verdict.pairs + failed} cases have no answer from one of the two, too many to judge by the others; run it again with --resume.`;
  return { ...facts, outcome: 'undecided', reason };
}

type Proven = Certificate['outcome'];
const isProven = (outcome: Outcome): outcome is Proven => outcome === 'good enough' || outcome === 'not good enough';

/** What is known now of each candidate at each class of work; with proof or without. @param at Unix milliseconds */
export function standingsOf(run: RunResult, verdicts: readonly ClassVerdict[], at: number): Standing[] {
  return verdicts.map(({ task, candidate, verdict: { outcome, reason, margin, pairs, more, e, against, ...scores } }) => ({
    task,
    candidate: triedOf(run, candidate),
    reference: triedOf(run, run.plan.reference),
    basis: basisOf(run.plan.suites),
    outcome,
    reason,
    margin,
    pairs,
    candidate_score: inRange(scores.candidate),
    reference_score: inRange(scores.reference),
    e,
    against,
    ...(more !== undefined && Number.isFinite(more) && { more }),
    at,
  }));
}

/** A certificate, unsigned, for each outcome that is proven. @param at Unix milliseconds */
export function certify(run: RunResult, verdicts: readonly ClassVerdict[], at: number): Certificate[] {
  const { plan } = run;
  const [judge] = run.judges;
  return verdicts.flatMap(({ task, candidate, verdict, interval }) => {
    const { outcome, margin, pairs, e, against } = verdict;
    if (!isProven(outcome)) return [];
    const answers = run.results.filter((one) => one.model === candidate && one.task === task);
    const count = (kind: 'executed' | 'judged') => answers.reduce((sum, one) => sum + one[kind], 0);
    return {
      version: 1,
      id: createHash('sha256').update(`${plan.id} ${task} ${candidate} ${pairs}`).digest('hex').slice(0, 24),
      task,
      candidate: triedOf(run, candidate),
      reference: triedOf(run, plan.reference),
      basis: basisOf(plan.suites),
      outcome,
      margin,
      alpha: plan.alpha,
      candidates: plan.models.length - 1,
      pairs,
      candidate_score: inRange(verdict.candidate),
      reference_score: inRange(verdict.reference),
      interval: [inRange(interval[0]), inRange(interval[1])],
      e: outcome === 'good enough' ? e : against,
      executed: count('executed'),
      judged: count('judged'),
      ...(count('judged') > 0 && judge !== undefined && { judge }),
      run: plan.id,
      at,
      freehold: plan.freehold,
    };
  });
}

/** A mean of scores can pass its ends by the last digit. */
const inRange = (score: number): number => Math.min(1, Math.max(0, score));

function triedOf({ versions }: RunResult, address: string): Certificate['candidate'] {
  const version = versions[address];
  return { address, ...(version !== undefined && { version }) };
}
