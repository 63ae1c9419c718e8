import { MACHINES } from '../exchange/machines.ts';
import type { Dimension, Reports, TasksGroup, Totals, TotalsGroup, TotalsQuery } from '../store/ports.ts';
import type { Day } from './forecast.ts';
import { amountsOf, holdOf, NOTHING, plus } from './slices.ts';

/** A span of time, cut to whole days (UTC): sums are kept by day. */
export interface Span {
  from: number;
  to: number;
}

const DAY = 86_400_000;
const DIMENSIONS: readonly Dimension[] = ['team', 'task', 'provider', 'model', 'zone', 'outcome_class'];

/** How far back a trend is looked for, also where a report is of fewer days. */
const HISTORY = 180 * DAY;

/** Exchanges up to which tasks are counted unasked: they are read one by one. */
const FEW = 100_000;

export interface Usage {
  span: Span;
  /** Exchanges of people by team, task, provider, model, zone and outcome_class. */
  groups: TotalsGroup[];
  /** The same of Freehold's own trials: evaluations and shadows, which are nobody's work. */
  trials: TotalsGroup[];
  /** Parts of people's tasks; undefined where they were not counted. */
  tasks: TasksGroup[] | undefined;
  /** Own and all work of each day with any, also of those before the span. */
  days: Record<'tokens' | 'money', Day[]>;
}

/** `from` down and `to` up to the start of a day. Pure. */
export function wholeDays({ from, to }: Span): Span {
  return { from: Math.floor(from / DAY) * DAY, to: Math.ceil(to / DAY) * DAY };
}

/**
 * What reports are made of, from the store's sums.
 * @param wanted whether tasks are counted; undefined: where there are not too many exchanges
 * @throws StoreError
 */
export async function readUsage(reports: Reports, asked: Span, wanted?: boolean): Promise<Usage> {
  const span = wholeDays(asked);
  const past = { from: Math.min(span.from, span.to - HISTORY), to: span.to };
  const where = { outcome_class: 'ok' };
  const [{ people: groups, trials }, series] = await Promise.all([
    apart(reports, { ...span, grain: 'day', by: DIMENSIONS }),
    apart(reports, { ...past, grain: 'day', series: true, by: ['provider', 'model', 'zone'], where }),
  ]);
  const exchanges = groups.reduce((sum, group) => sum + group.exchanges, 0);
  const tasks = (wanted ?? exchanges <= FEW) ? await reports.tasks({ ...span, without: MACHINES }) : undefined;
  return { span, groups, trials, tasks, days: daysOf(series.people) };
}

/** Sums over what people asked, and over what Freehold asked itself to try models. @throws StoreError */
export async function apart(reports: Reports, query: TotalsQuery): Promise<{ people: TotalsGroup[]; trials: TotalsGroup[] }> {
  const { from, to, grain } = query;
  const [all, clients] = await Promise.all([reports.totals(query), reports.totals({ from, to, grain, by: ['client'] })]);
  // The roll-up that tells clients and models apart is large, so it is read only where there was a trial.
  const there = MACHINES.filter((client) => clients.some(({ of }) => of.client === client));
  const tried = await Promise.all(there.map((client) => reports.totals({ ...query, where: { ...query.where, client } })));
  return { people: tried.reduce(less, all), trials: tried.flat() };
}

/** Groups less the same groups' part. */
function less(groups: readonly TotalsGroup[], part: readonly TotalsGroup[]): TotalsGroup[] {
  const nameOf = ({ start, of }: TotalsGroup) => JSON.stringify([start, ...Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1))]);
  const parts = new Map(part.map((group) => [nameOf(group), group]));
  return groups.flatMap((group) => {
    const gone = parts.get(nameOf(group));
    if (!gone) return group;
    if (gone.exchanges === group.exchanges) return [];
    const sums = Object.entries(group).map(([field, value]) => [
      field,
      typeof value === 'number' && field !== 'start' ? value - (gone[field as keyof Totals] ?? 0) : value,
    ]);
    return Object.fromEntries(sums) as TotalsGroup;
  });
}

function daysOf(series: readonly TotalsGroup[]): Usage['days'] {
  const days = new Map<number, { own: typeof NOTHING; whole: typeof NOTHING }>();
  for (const group of series) {
    const day = days.get(group.start!) ?? { own: NOTHING, whole: NOTHING };
    const amounts = amountsOf(group);
    day.whole = plus(day.whole, amounts);
    if (holdOf(group.of.zone ?? '', group.of.model ?? '') === 'own') day.own = plus(day.own, amounts);
    days.set(group.start!, day);
  }
  const of = (measure: 'tokens' | 'money') =>
    [...days].sort(([a], [b]) => a - b).map(([at, { own, whole }]) => ({ at, own: own[measure], whole: whole[measure] }));
  return { tokens: of('tokens'), money: of('money') };
}
