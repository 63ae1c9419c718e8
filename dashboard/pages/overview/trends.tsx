import type { IndependenceView, UsageView } from '../../../src/http/contract.ts';
import { Empty } from '../../components/empty.tsx';
import { day, money, percent, short } from '../../components/format.ts';
import { Trend } from '../../components/trend.tsx';

type Groups = UsageView['groups'];

const NOTHING = <Empty title="No traffic in this span" />;

/** The own share day by day, against the aim. */
export function OwnTrend({ report: { days, target } }: { report: IndependenceView }) {
  const points = days.map(({ at, own, whole }) => ({ at, share: whole ? own / whole : null }));
  if (points.length === 0) return NOTHING;
  return (
    <Trend
      label="Share of each day's work that own models did"
      points={points}
      series={[{ key: 'share', name: 'own models', tone: 'own' }]}
      kind="area"
      form={percent}
      moment={day}
      top={1}
      mark={{ value: target, name: `aim ${percent(target)}` }}
    />
  );
}

const ZONES = [
  { key: 'own', name: 'own', tone: 'own' },
  { key: 'leased', name: 'leased', tone: 'leased' },
  { key: 'vendor', name: 'vendor', tone: 'vendor' },
] as const;

/** Requests day by day, by where they were answered; those that nobody answered apart. */
export function WorkTrend({ groups }: { groups: Groups }) {
  const points = byDay(groups, (point, { of, exchanges }) => {
    const zone = of.zone || 'none';
    point[zone] = (point[zone] ?? 0) + exchanges;
  });
  if (points.length === 0) return NOTHING;
  const unanswered = points.some(({ none }) => none) ? ([{ key: 'none', name: 'asked of nobody', tone: 'none' }] as const) : [];
  return (
    <Trend
      label="Requests a day by where they were answered"
      points={points}
      series={[...ZONES, ...unanswered]}
      kind="bar"
      isStacked
      form={short}
      moment={day}
    />
  );
}

/** What was paid day by day, and what would have been. */
export function MoneyTrend({ groups }: { groups: Groups }) {
  const points = byDay(groups, (point, { cost_nanos, baseline_nanos }) => {
    point['paid'] = (point['paid'] ?? 0) + cost_nanos;
    point['asked'] = (point['asked'] ?? 0) + baseline_nanos;
  });
  if (points.length === 0) return NOTHING;
  return (
    <Trend
      label="Money a day: paid, and at the prices of the models that were asked for"
      points={points}
      series={[
        { key: 'paid', name: 'paid', tone: 'own' },
        { key: 'asked', name: 'at the models asked for', tone: 'vendor' },
      ]}
      form={money}
      moment={day}
    />
  );
}

type Point = { at: number } & Record<string, number>;

function byDay(groups: Groups, add: (point: Point, group: Groups[number]) => void): Point[] {
  const days = new Map<number, Point>();
  for (const group of groups) {
    if (group.start === undefined) continue;
    const point = days.get(group.start) ?? { at: group.start };
    days.set(group.start, point);
    add(point, group);
  }
  return [...days.values()].sort((one, other) => one.at - other.at);
}
