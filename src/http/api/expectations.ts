import { PRIORS } from '../../catalog/success.ts';
import type { VerdictBook } from '../../evals/book.ts';
import type { Certificate } from '../../evals/evidence.ts';
import { credible } from '../../evals/stats/beta.ts';
import type { Candidate } from '../../exchange/ports.ts';
import type { RoutingDesk } from '../../exchange/stages/routing-desk.ts';
import { TASKS, type TaskClass } from '../../tasks/task.ts';
import type { ExpectationView, VerdictView } from '../contract.ts';

/** Intervals that are remembered: what nobody has tried stays as the tables have it. */
const MOST = 5000;
const intervals = new Map<string, [low: number, high: number]>();

/** What is expected of a target at one class of work. @param now Unix milliseconds */
export function expectationOf(
  candidate: Candidate,
  task: TaskClass,
  { desk, verdicts }: { desk: Pick<RoutingDesk, 'belief' | 'outcomes'>; verdicts: Pick<VerdictBook, 'certificate'> },
  now: number,
): ExpectationView {
  const address = `${candidate.provider}/${candidate.target.model}`;
  const { mean, weight } = desk.belief(candidate, task);
  const [low, high] = intervalOf(mean, weight);
  const { good, bad } = desk.outcomes.seen(task, address, now) ?? {};
  const certificate = verdicts.certificate(address, task);
  return {
    task,
    mean,
    low,
    high,
    weight,
    prior: PRIORS.of(candidate.traits, task),
    seen: good === undefined || bad === undefined ? null : { good, bad },
    verdict: certificate ? verdictView(certificate) : null,
  };
}

/** With 95 % credibility. @param mean 0 to 1 @param weight in observations */
function intervalOf(mean: number, weight: number): [low: number, high: number] {
  const [share, cases] = [Math.round(mean * 1e4) / 1e4, Math.round(weight * 10) / 10];
  const name = `${share} ${cases}`;
  let found = intervals.get(name);
  if (!found) {
    if (intervals.size >= MOST) intervals.clear();
    found = credible(Math.min(share * cases, cases), cases);
    intervals.set(name, found);
  }
  return found;
}

/** What is proven of a model, in the order of the classes of work. */
export function verdictsOf(address: string, verdicts: Pick<VerdictBook, 'certificate'>): VerdictView[] {
  return TASKS.flatMap((task) => {
    const certificate = verdicts.certificate(address, task);
    return certificate ? [verdictView(certificate)] : [];
  });
}

function verdictView({ task, outcome, id, reference, candidate_score, reference_score, interval, at }: Certificate): VerdictView {
  return { task, outcome, id, reference: reference.address, candidate_score, reference_score, interval, at };
}
