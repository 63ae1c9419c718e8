import type { Zone } from '../../protocol/zone.ts';
import type { TaskClass } from '../../tasks/task.ts';
import type { Certificate } from '../evidence.ts';
import type { WatchState, WatchTrial } from './state.ts';

/** A served model, as far as the watch looks at it. */
export interface Served {
  address: string;
  zone: Zone;
  healthy: boolean;
  /** Why it may not be used, e.g. its licence. */
  barred: boolean;
  /** It makes vectors and holds no conversation. */
  embeds: boolean;
  /** US dollars per million tokens of answers; 0 for hardware that costs the same whether it answers or not; undefined: nobody knows. */
  outputPrice: number | undefined;
}

/** How much of a class of work a model did. */
export interface Work {
  task: TaskClass;
  address: string;
  exchanges: number;
  costNanos: number;
}

export interface Choosing {
  models: readonly Served[];
  /** Of the last weeks. */
  work: readonly Work[];
  /** Certificates that count. */
  certificates: readonly Pick<Certificate, 'task' | 'candidate' | 'reference' | 'outcome' | 'at'>[];
  state: WatchState;
  /** Expected success, 0 to 1. */
  expected(address: string, task: TaskClass): number;
  /** Classes that the suites have cases of, with how many. */
  cases: ReadonlyMap<TaskClass, number>;
  /** Of the suites, joined. */
  suites: string;
  /** After how long a proof is looked at again. Milliseconds. */
  again: number;
  now: number;
}

/** A trial that is worth its cost. */
export interface Wish {
  task: TaskClass;
  candidate: string;
  incumbent: string;
  /** In words, for people. */
  why: string;
  /** A run of it that was interrupted. */
  run: string | null;
  /** What that run has cost so far, in nano-dollars. */
  paid: number;
  /** Its proof is old: what was answered before says nothing of now. */
  fresh: boolean;
}

const DISTANCE: Readonly<Record<Zone, number>> = { own: 0, leased: 1, vendor: 2 };
/** Who is expected to do less than this share of the incumbent's work is not tried. */
const HOPELESS = 0.5;
/** After a trial that could not be made, how long until the next attempt. Milliseconds. */
const PAUSE = 6 * 3_600_000;

/** Who does most of each class of work now. Pure. */
export function incumbents(work: readonly Work[], models: readonly Served[]): Map<TaskClass, Work> {
  const served = new Set(models.map(({ address }) => address));
  const found = new Map<TaskClass, Work>();
  for (const one of work) {
    const known = found.get(one.task);
    if (served.has(one.address) && one.exchanges > 0 && (!known || one.exchanges > known.exchanges)) found.set(one.task, one);
  }
  return found;
}

/**
 * What is to be tried, most worthwhile first: candidates that are nearer home or cheaper than who does the work now, not hopeless, and of
 * whom nothing is proven yet; and those whose proof is old. Pure.
 */
export function wishes(choosing: Choosing): Wish[] {
  const { models, work, cases } = choosing;
  const byAddress = new Map(models.map((one) => [one.address, one]));
  const found: (Wish & { rank: readonly number[] })[] = [];
  for (const [task, { address, exchanges, costNanos }] of incumbents(work, models)) {
    if (!cases.get(task)) continue;
    const incumbent = byAddress.get(address)!;
    for (const candidate of models) {
      const wish = wishFor(choosing, task, candidate, incumbent);
      if (!wish) continue;
      const gain = DISTANCE[incumbent.zone] - DISTANCE[candidate.zone];
      found.push({ ...wish, rank: [wish.run ? 1 : 0, gain, choosing.expected(candidate.address, task), costNanos, exchanges] });
    }
  }
  // A model whose place was taken already does no work any more; that it still deserves its place is looked at too.
  found.push(...overdue(choosing).map((wish) => ({ ...wish, rank: [0, 0, 0, 0, 0] })));
  found.sort((a, b) => differing(b.rank, a.rank) || (a.candidate < b.candidate ? -1 : 1));
  return found.map(({ rank: _, ...wish }) => wish);
}

function differing(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, place) => value !== b[place]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

function wishFor(choosing: Choosing, task: TaskClass, candidate: Served, incumbent: Served): Wish | undefined {
  const { state, certificates, expected, now } = choosing;
  const { address } = candidate;
  if (address === incumbent.address || !candidate.healthy || candidate.barred || candidate.embeds) return undefined;
  if (!isBetterDeal(candidate, incumbent) || expected(address, task) < HOPELESS * expected(incumbent.address, task)) return undefined;
  if (certificates.some((one) => one.task === task && one.candidate.address === address && one.reference.address === incumbent.address))
    return undefined;
  const before = state.trials.find(
    (one) => one.task === task && one.candidate === address && one.incumbent === incumbent.address && one.suites === choosing.suites,
  );
  if (before && !isDue(before, now)) return undefined;
  const goesOn = before?.ended === 'stopped' || before?.ended === 'budget';
  const deal =
    DISTANCE[candidate.zone] < DISTANCE[incumbent.zone]
      ? `it is nearer home than ${incumbent.address}`
      : `it is cheaper than ${incumbent.address}`;
  return {
    task,
    candidate: address,
    incumbent: incumbent.address,
    why: before?.ended === 'stopped' ? 'its trial was interrupted' : deal,
    run: goesOn ? before.run : null,
    paid: goesOn ? before.nanos : 0,
    fresh: false,
  };
}

/** What was interrupted goes on; what failed is tried again later; what came to its end says the same until there are other cases. */
function isDue({ ended, at }: WatchTrial, now: number): boolean {
  if (ended === 'stopped' || ended === 'budget') return true;
  return ended === 'failed' && now - at > PAUSE;
}

function isBetterDeal(candidate: Served, incumbent: Served): boolean {
  if (DISTANCE[candidate.zone] !== DISTANCE[incumbent.zone]) return DISTANCE[candidate.zone] < DISTANCE[incumbent.zone];
  if (candidate.outputPrice === undefined) return false;
  return incumbent.outputPrice === undefined || candidate.outputPrice < incumbent.outputPrice;
}

/** Models that are proven good enough, and the proof is old. */
function overdue({ models, certificates, state, cases, again, now, suites }: Choosing): Wish[] {
  const healthy = new Set(models.flatMap(({ address, healthy }) => (healthy ? [address] : [])));
  return certificates.flatMap(({ task, candidate, reference, outcome, at }): Wish[] => {
    if (outcome !== 'good enough' || now - at < again || !cases.get(task)) return [];
    if (!healthy.has(candidate.address) || !healthy.has(reference.address)) return [];
    const before = state.trials.find(
      (one) => one.task === task && one.candidate === candidate.address && one.incumbent === reference.address && one.suites === suites,
    );
    if (before && before.at > at && !isDue(before, now) && now - before.at < again) return [];
    const goesOn = before !== undefined && before.at > at && (before.ended === 'stopped' || before.ended === 'budget');
    const [run, paid] = goesOn ? [before.run, before.nanos] : [null, 0];
    return [
      {
        task,
        candidate: candidate.address,
        incumbent: reference.address,
        why: `its proof is ${Math.round((now - at) / 86_400_000)} days old`,
        run,
        paid,
        fresh: true,
      },
    ];
  });
}
