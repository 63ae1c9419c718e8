import { costOf } from '../../catalog/price.ts';
import type { Health } from '../../policy/breaker.ts';
import type { Caller } from '../../policy/caller.ts';
import type { Limit } from '../../policy/meter.ts';
import type { Contender } from '../../policy/plan.ts';
import type { Belief } from '../../policy/score.ts';
import { isWithin } from '../../protocol/zone.ts';
import { TASKS, type Task } from '../../tasks/task.ts';
import type { Candidate } from '../ports.ts';
import type { Admission } from '../stage.ts';

/** What the router knows of targets beside their facts. */
export interface Knowledge {
  health(address: string): Health;
  /** Expected success at a class of work. */
  belief(candidate: Candidate, task: string): Belief;
  /** What is proven of a model at a class of work. */
  verdict(address: string, task: string): Contender['verdict'];
  /** Milliseconds until an answer of some tokens is there. */
  latency(address: string, tokens: number, alone: boolean): number;
  /** The first limit that a target would break. */
  spent(candidate: Candidate, costNanos: number, caller: Caller | undefined): Limit | undefined;
  /** Why a model's weights may not be run on own or rented hardware. */
  unlicensed(model: string): string | undefined;
}

/** Tokens of a conversation that lie in one provider's prompt cache. */
export interface Cached {
  model: string;
  tokens: number;
}

/** How long a model takes to be loaded in place of another. Milliseconds; a guess for weights of some GB from a disk. */
const SWAP = 15_000;

/** Tokens of an answer: what a small change takes, and how much more what is hard. */
const SHORT = 300;
const LONG = 3000;

/** How long an answer may be expected to be. @param most that the request allows @returns tokens */
export function answerOf({ complexity }: Pick<Task, 'complexity'>, most = Number.POSITIVE_INFINITY): number {
  return Math.min(most, Math.round(SHORT + LONG * complexity));
}

export function addressOf({ address }: Candidate): string {
  return address;
}

interface Asking {
  task: Task;
  /** Tokens. */
  answer: number;
  cached: Cached | undefined;
  caller: Caller | undefined;
}

/** Every target that the name means, as the plan weighs it; those that other stages took away are barred and say by what. */
export function contendersOf({ resolved, plan, ceiling, record }: Admission, asking: Asking, known: Knowledge): Contender[] {
  const loaded = new Set(resolved.flatMap(({ provider, target }) => (target.loaded === undefined ? [] : [provider])));
  return resolved.map((candidate, rank) => {
    const contender = contenderOf(candidate, rank, asking, known, loaded);
    if (!plan.includes(candidate))
      contender.barred = isWithin(candidate.zone, ceiling)
        ? { gate: 'access', why: 'the key, or what the request holds, does not allow it' }
        : { gate: 'zone', why: `this request may go as far as "${ceiling}" (${record.ceilingRule ?? 'its ceiling'})` };
    return contender;
  });
}

function contenderOf(
  candidate: Candidate,
  rank: number,
  { task, answer, cached, caller }: Asking,
  known: Knowledge,
  loaded: ReadonlySet<string>,
): Contender {
  const { zone, target, abilities, ailing, pricing, provider } = candidate;
  const address = addressOf(candidate);
  const cacheRead = cached?.model === address ? Math.min(cached.tokens, task.size) : 0;
  const swap = loaded.has(provider) && target.loaded === undefined ? SWAP : 0;
  const contender: Contender = {
    address,
    zone,
    health: known.health(address),
    rank,
    belief: rounded(task.unsure ? mixed(candidate, task, known) : known.belief(candidate, task.class)),
    latencyMs: known.latency(address, answer, zone === 'own') + swap,
  };
  if (target.window !== undefined) contender.window = target.window;
  // Whoever does not know the class of the work cannot lean on what is proven of one.
  const verdict = task.unsure ? undefined : known.verdict(address, task.class);
  if (verdict) contender.verdict = verdict;
  if (abilities.tools !== undefined) contender.tools = abilities.tools;
  if (abilities.vision !== undefined) contender.vision = abilities.vision;
  if (ailing) contender.ailing = true;
  if (pricing.kind === 'time') contender.costNanos = 0;
  else if (pricing.kind === 'tokens') contender.costNanos = costOf({ input: task.size, output: answer, cacheRead }, pricing.price);
  const unlicensed = zone === 'vendor' ? undefined : known.unlicensed(target.model);
  if (unlicensed) contender.barred = { gate: 'licence', why: unlicensed };
  const limit = known.spent(candidate, contender.costNanos ?? 0, caller);
  if (limit) contender.barred = { gate: 'budget', why: `the budget of ${limit.account} a ${limit.period} is used up` };
  return contender;
}

/** Where nobody is sure what the work is, success at each class counts by how likely that class is. */
function mixed(candidate: Candidate, { probabilities, class: best }: Task, known: Knowledge): Belief {
  let [mean, weight, sum] = [0, 0, 0];
  for (const [at, name] of TASKS.entries()) {
    const share = probabilities[at] ?? 0;
    if (share < 0.02) continue;
    const belief = known.belief(candidate, name);
    mean += share * belief.mean;
    weight += share * belief.weight;
    sum += share;
  }
  return sum > 0 ? { mean: mean / sum, weight: weight / sum } : known.belief(candidate, best);
}

/** Short enough to be kept with each exchange, and then what was decided is decided again from what was kept. */
function rounded({ mean, weight }: Belief): Belief {
  return { mean: Math.round(mean * 1e4) / 1e4, weight: Math.round(weight * 10) / 10 };
}
