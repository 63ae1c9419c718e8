import { sql } from 'kysely';
import type { Engine } from '../engine.ts';
import { StoreError } from '../fault.ts';
import { endOf, startOf } from '../fold.ts';
import type { Dimension, LatencyDimension, LatencyGroup, LatencyQuery, TotalsGroup, TotalsQuery } from '../ports.ts';
import { DIMENSIONS, ROLL_UPS, type RollUp, SKETCHES, type Sketch, SUMS } from '../schema.ts';
import { type Bucket, quantilesOf } from '../sketch.ts';

/** The widest window that is read by hours. */
const HOURS = 72 * 3_600_000;

/** @throws StoreError `refused` when the window is too wide for its grain */
export async function totalsOf({ db }: Engine, query: TotalsQuery): Promise<TotalsGroup[]> {
  const { grain, series = false, where = {} } = query;
  const by = known(query.by, DIMENSIONS, 'by');
  const groups = series ? (['start', ...by] as const) : by;
  const filters = known(Object.keys(where) as Dimension[], DIMENSIONS, 'where').filter((name) => where[name] !== undefined);
  // All roll-ups look alike to a query that asks for no dimension they lack.
  const table = `${rollUpFor([...by, ...filters])}_${grain}` as 'all_day';
  let reading = db.selectFrom(table).select([...groups]);
  reading = reading.where('start', '>=', startOf(query.from, grain)).where('start', '<', untilOf(query));
  for (const name of filters) reading = reading.where(name, '=', where[name]!);
  let ordered = reading.select(SUMS.map(([name, type]) => sumOf(name, type)));
  if (groups.length) ordered = ordered.groupBy([...groups]);
  for (const name of groups) ordered = ordered.orderBy(sql.ref(name));
  const rows = (await ordered.execute()) as Record<string, unknown>[];
  // Without groups a sum over nothing is still one row.
  return rows.filter((row) => (row['exchanges'] as number) > 0).map((row) => grouped<Dimension>(row, by, series) as unknown as TotalsGroup);
}

/** The smallest roll-up that has these dimensions. */
function rollUpFor(needed: readonly Dimension[]): RollUp {
  const has = (dimensions: readonly Dimension[]) => needed.every((name) => dimensions.includes(name));
  return (Object.keys(ROLL_UPS) as RollUp[]).find((name) => has(ROLL_UPS[name])) ?? 'all';
}

/** @throws StoreError `refused` when the window is too wide for its grain */
export async function latencyOf({ db }: Engine, query: LatencyQuery): Promise<LatencyGroup[]> {
  const { grain, measure, series = false, where = {} } = query;
  const by = known(query.by, SKETCHES.work, 'by');
  const groups = series ? (['start', ...by] as const) : by;
  const filters = known(Object.keys(where) as LatencyDimension[], SKETCHES.work, 'where').filter((name) => where[name] !== undefined);
  const sketch: Sketch = [...by, ...filters].includes('task') ? 'work' : 'model';
  // Both look alike to a query that asks for no dimension they lack.
  let reading = db.selectFrom(`latency_${sketch}_${grain}` as 'latency_work_day').select([...groups, 'bucket']);
  reading = reading.where('measure', '=', measure).where('start', '>=', startOf(query.from, grain)).where('start', '<', untilOf(query));
  for (const name of filters) reading = reading.where(name, '=', where[name]!);
  let ordered = reading.select(sumOf('count', 'int')).groupBy([...groups, 'bucket']);
  for (const name of [...groups, 'bucket']) ordered = ordered.orderBy(sql.ref(name));
  const rows = (await ordered.execute()) as Record<string, unknown>[];
  const sketches = new Map<string, { first: Record<string, unknown>; buckets: Bucket[] }>();
  for (const row of rows) {
    const name = JSON.stringify(groups.map((group) => row[group]));
    const sketch = sketches.get(name) ?? { first: row, buckets: [] };
    sketch.buckets.push({ bucket: row['bucket'] as number, count: row['count'] as number });
    sketches.set(name, sketch);
  }
  return [...sketches.values()].map(({ first, buckets }) => {
    const { start, of } = grouped<LatencyDimension>(first, by, series);
    const [p50, p90, p95, p99] = quantilesOf(buckets, [0.5, 0.9, 0.95, 0.99]) as [number, number, number, number];
    return { ...(series && { start }), of, count: buckets.reduce((sum, { count }) => sum + count, 0), p50, p90, p95, p99 };
  });
}

function untilOf({ from, to, grain }: TotalsQuery | LatencyQuery): number {
  const until = endOf(to, grain);
  if (grain === 'hour' && until - startOf(from, grain) > HOURS + 3_600_000)
    throw new StoreError('refused', 'grain: hours are for windows of at most 72 hours; ask by day');
  return until;
}

/** The names stand in the query's text, so none may come from outside. */
function known<T extends string>(names: readonly T[] | undefined, all: readonly T[], field: string): T[] {
  const wrong = names?.find((name) => !all.includes(name));
  if (wrong !== undefined)
    throw new StoreError('refused', `${field}: there is no dimension ${JSON.stringify(wrong)}; take of ${all.join(', ')}`);
  return [...new Set(names)];
}

function sumOf(name: string, type: string) {
  const sum = sql`coalesce(sum(${sql.ref(name)}), 0)`;
  return (type === 'int' ? sql<number>`cast(${sum} AS BIGINT)` : sql<number>`cast(${sum} AS DOUBLE PRECISION)`).as(name);
}

function grouped<D extends string>(
  row: Record<string, unknown>,
  by: readonly D[],
  series: boolean,
): { start?: number; of: Partial<Record<D, string>> } & Record<string, unknown> {
  const { start, ...values } = row;
  const of = Object.fromEntries(by.map((name) => [name, values[name]])) as Partial<Record<D, string>>;
  for (const name of by) delete values[name];
  return { ...values, of, ...(series && { start: start as number }) };
}
