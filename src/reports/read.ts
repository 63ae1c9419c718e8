import type { Dimension, Reports, TasksGroup, TotalsGroup } from '../store/ports.ts';
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
  /** All exchanges by team, task, provider, model, zone and outcome_class. */
  groups: TotalsGroup[];
  /** Parts of tasks; undefined where they were not counted. */
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
  const query = { ...span, grain: 'day' } as const;
  const past = Math.min(span.from, span.to - HISTORY);
  const [groups, series] = await Promise.all([
    reports.totals({ ...query, by: DIMENSIONS }),
    reports.totals({ ...query, from: past, series: true, by: ['provider', 'model', 'zone'], where: { outcome_class: 'ok' } }),
  ]);
  const exchanges = groups.reduce((sum, group) => sum + group.exchanges, 0);
  const tasks = (wanted ?? exchanges <= FEW) ? await reports.tasks(span) : undefined;
  return { span, groups, tasks, days: daysOf(series) };
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
