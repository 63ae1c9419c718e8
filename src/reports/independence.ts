import { concentrationOf } from './concentration.ts';
import { type Day, forecastOf } from './forecast.ts';
import { type NextInput, nextSteps } from './next.ts';
import type { IndependenceView, Proof, Standing } from './schema.ts';
import { type Amounts, groupBy, HOLDS, MEASURES, type Measure, NOTHING, plus, type Slice, sumOf } from './slices.ts';
import { warningsFor } from './warnings.ts';

/** Sums over all exchanges of the span, answered or not. */
export type Whole = IndependenceView['total'];

export interface IndependenceInput {
  from: number;
  to: number;
  now: number;
  /** Share of the work, 0 to 1, that own models are to do. */
  target: number;
  whole: Whole;
  /** Of those: what ended without an answer. */
  failed: IndependenceView['not_answered'];
  trials: IndependenceView['trials'];
  /** What was answered. */
  slices: readonly Slice[];
  /** Own and all work of each day, by tokens and by money; also of days before the span. */
  days: Readonly<Record<'tokens' | 'money', readonly Day[]>>;
  /** Proofs that stand, by class of work. */
  proofs: ReadonlyMap<string, readonly Proof[]>;
  /** Models on own hardware that answer now, by address, the preferred first. */
  candidates: NextInput['candidates'];
  /** Exchanges whose tokens were counted here. */
  estimated: number;
  /** Tasks were counted; without, those measures are unknown. */
  hasTasks: boolean;
}

const DAY = 86_400_000;

/** Requests that must have a baseline for money to be the measure of the forecast. */
const MOSTLY = 0.9;

/**
 * How much of a team's work is done by models it holds itself, what stands in the way of more, and when the line is crossed. Pure.
 * Shares are of answered work. Every list adds up to the whole.
 */
export function independenceOf(input: IndependenceInput): IndependenceView {
  const { from, to, now, target, whole, failed, slices, proofs, hasTasks } = input;
  const answered = sumOf(slices);
  const own = slices.filter(({ hold }) => hold === 'own');
  const shares = sharesOf(sumOf(own), answered, hasTasks);
  const vendors = slices.filter(({ zone }) => zone === 'vendor');
  const valued = slices.reduce((sum, slice) => sum + slice.valued, 0);
  const measure = answered.money > 0 && valued >= MOSTLY * answered.requests ? 'money' : 'tokens';
  // Today is not over: what it holds so far says nothing of a day.
  const days = input.days[measure];
  const over = days.filter(({ at }) => at + DAY <= now);
  return {
    from,
    to,
    generated_at: now,
    target,
    total: whole,
    answered,
    not_answered: failed,
    trials: input.trials,
    holds: Object.fromEntries(
      HOLDS.map((hold) => [hold, sumOf(slices.filter((slice) => slice.hold === hold))]),
    ) as IndependenceView['holds'],
    shares,
    undivided: hasTasks && answered.tasks > 0 ? own.reduce((sum, { undivided }) => sum + undivided, 0) / answered.tasks : null,
    standings: standingsOf(slices, proofs),
    classes: groupsOf(slices, 'task', input).map((group) => ({ ...group, proofs: [...(proofs.get(group.name) ?? [])] })),
    teams: groupsOf(slices, 'team', input),
    concentration: {
      money: concentrationOf(byProvider(vendors, ({ cost_nanos }) => cost_nanos)),
      tokens: concentrationOf(byProvider(vendors, ({ amounts }) => amounts.tokens)),
    },
    days: [...days],
    forecast: { ...forecastOf(over, target), measure, assumptions: ASSUMPTIONS },
    warnings: warningsFor({ shares, answered, valued, whole, own: sumOf(own), estimated: input.estimated, hasTasks }),
    next: nextSteps({ slices, standing: (slice) => standingOf(slice, proofs), proofs, candidates: input.candidates }),
  };
}

const ASSUMPTIONS = [
  'the log-odds of the share go on in a straight line, as they did in the days of this span',
  'the mix of work, prices and the models at hand stay as they are; a promotion or an outage tomorrow is not foreseen',
  'the interval holds four times in five, from weeks of the past laid anew; it knows nothing of what never happened in them',
];

/** Who could answer what this slice holds. */
function standingOf({ hold, task }: Slice, proofs: IndependenceInput['proofs']): Standing {
  if (hold === 'own') return 'served';
  if (hold === 'leased') return 'leased';
  const known = proofs.get(task) ?? [];
  if (known.some(({ outcome }) => outcome === 'good enough')) return 'proven';
  const isHopeless = known.length > 0 && known.every(({ outcome }) => outcome === 'not good enough');
  return isHopeless ? 'none' : 'unexamined';
}

function standingsOf(slices: readonly Slice[], proofs: IndependenceInput['proofs']): IndependenceView['standings'] {
  const sums: Record<Standing, Amounts> = { served: NOTHING, leased: NOTHING, proven: NOTHING, none: NOTHING, unexamined: NOTHING };
  for (const slice of slices) {
    const standing = standingOf(slice, proofs);
    sums[standing] = plus(sums[standing], slice.amounts);
  }
  return sums;
}

/** By class or by team, the largest first. */
function groupsOf(slices: readonly Slice[], by: 'task' | 'team', { proofs, hasTasks }: IndependenceInput): IndependenceView['teams'] {
  const groups = [...groupBy(slices, (slice) => slice[by])].map(([name, members]) => {
    const all = sumOf(members);
    const own = sumOf(members.filter(({ hold }) => hold === 'own'));
    return {
      name,
      all,
      own,
      shares: sharesOf(own, all, hasTasks),
      standings: standingsOf(members, proofs),
      cost_nanos: members.reduce((sum, { cost_nanos }) => sum + cost_nanos, 0),
    };
  });
  return groups.sort((a, b) => b.all.tokens - a.all.tokens || (a.name < b.name ? -1 : 1));
}

function sharesOf(own: Amounts, all: Amounts, hasTasks: boolean): IndependenceView['shares'] {
  const isKnown = (measure: Measure) => hasTasks || (measure !== 'tasks' && measure !== 'importance');
  const share = (measure: Measure) => (all[measure] > 0 && isKnown(measure) ? own[measure] / all[measure] : null);
  return Object.fromEntries(MEASURES.map((measure) => [measure, share(measure)])) as IndependenceView['shares'];
}

function byProvider(slices: readonly Slice[], amount: (slice: Slice) => number): Map<string, number> {
  const sums = new Map<string, number>();
  for (const slice of slices) sums.set(slice.provider, (sums.get(slice.provider) ?? 0) + amount(slice));
  return sums;
}
