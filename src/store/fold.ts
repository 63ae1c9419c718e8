import type { Charge, ExchangeRow, Grain, Measure, Totals } from './ports.ts';
import { DIMENSIONS, EXCHANGE, ROLL_UPS, type RollUp, SKETCHES, type Sketch, SUMS, type Tuple } from './schema.ts';
import { bucketOf } from './sketch.ts';

const LENGTH: Readonly<Record<Grain, number>> = { hour: 3_600_000, day: 86_400_000 };
const GRAINS = ['hour', 'day'] as const satisfies readonly Grain[];

/** Start of the hour or day (UTC) in which a time lies. */
export function startOf(at: number, grain: Grain): number {
  return Math.floor(at / LENGTH[grain]) * LENGTH[grain];
}

/** The first start of an hour or day that is not before a time. */
export function endOf(at: number, grain: Grain): number {
  return Math.ceil(at / LENGTH[grain]) * LENGTH[grain];
}

/** Where each column stands in the tuple of an exchange. */
const PLACE = Object.fromEntries(EXCHANGE.map(([name], at) => [name, at])) as Readonly<Record<keyof ExchangeRow, number>>;
const DIMENSION_PLACES = DIMENSIONS.map((name) => PLACE[name]);

/** What is added up under one key. Dimensions are in the order of their list. */
interface Group {
  start: number;
  dimensions: readonly string[];
  sums: number[];
}

/** What rows add to the table of one roll-up and grain, in the order of its columns. */
export interface Totalled {
  rollUp: RollUp;
  grain: Grain;
  tuples: Tuple[];
}

/**
 * What rows add to all roll-ups. Rows are added up once by hour and all dimensions; everything else is made of those few groups. Sorted, so
 * that nodes lock rows in one order. Pure. @param rows tuples of exchanges
 */
export function foldTotals(rows: readonly Tuple[]): Totalled[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const start = startOf(row[PLACE.at] as number, 'hour');
    let name = String(start);
    for (const place of DIMENSION_PLACES) name += `\0${row[place] ?? ''}`;
    let group = groups.get(name);
    if (!group) {
      group = { start, dimensions: DIMENSION_PLACES.map((place) => (row[place] ?? '') as string), sums: SUMS.map(() => 0) };
      groups.set(name, group);
    }
    for (let at = 0; at < COUNTS.length; at++) group.sums[at]! += COUNTS[at]!(row);
  }
  const finest = [...groups.values()];
  return GRAINS.flatMap((grain) =>
    (Object.keys(ROLL_UPS) as RollUp[]).map((rollUp) => ({ rollUp, grain, tuples: foldGroups(finest, rollUp, grain) })),
  );
}

function foldGroups(groups: readonly Group[], rollUp: RollUp, grain: Grain): Tuple[] {
  const places = ROLL_UPS[rollUp].map((name) => DIMENSIONS.indexOf(name));
  const keyOf = ({ start, dimensions }: Group) => [startOf(start, grain), ...places.map((place) => dimensions[place]!)];
  return fold(groups, keyOf, ({ sums }) => sums);
}

const numberIn = (name: keyof ExchangeRow) => (row: Tuple) => (row[PLACE[name]] as number | null) ?? 0;
const isPriced = (row: Tuple) => row[PLACE.cost_nanos] !== null;
const isBaselined = (row: Tuple) => isPriced(row) && row[PLACE.baseline_nanos] !== null;
const costIn = numberIn('cost_nanos');
const baselineIn = numberIn('baseline_nanos');

/** What a row counts in each sum. */
const COUNTED: Readonly<Record<keyof Totals, (row: Tuple) => number>> = {
  exchanges: () => 1,
  input_tokens: numberIn('input_tokens'),
  cache_read_tokens: numberIn('cache_read_tokens'),
  cache_write_tokens: numberIn('cache_write_tokens'),
  cache_write_1h_tokens: numberIn('cache_write_1h_tokens'),
  output_tokens: numberIn('output_tokens'),
  reasoning_tokens: numberIn('reasoning_tokens'),
  estimated: numberIn('estimated'),
  cost_nanos: costIn,
  unpriced: (row) => (isPriced(row) ? 0 : 1),
  partial: numberIn('partial'),
  baseline_nanos: (row) => (isBaselined(row) ? baselineIn(row) : 0),
  baselined_cost_nanos: (row) => (isBaselined(row) ? costIn(row) : 0),
  baselined: (row) => (isBaselined(row) ? 1 : 0),
  wasted_nanos: numberIn('wasted_nanos'),
  escalated: numberIn('escalated'),
  escalated_nanos: (row) => (row[PLACE.escalated] ? costIn(row) : 0),
  importance: (row) => (row[PLACE.importance] as number | null) ?? 1,
  bytes_out: numberIn('bytes_out'),
  bytes_in: numberIn('bytes_in'),
};
const COUNTS = SUMS.map(([name]) => COUNTED[name]);

/** A count of durations in one bucket, by hour and all that any sketch tells apart. */
interface Mark {
  measure: Measure;
  start: number;
  task: string;
  provider: string;
  model: string;
  bucket: number;
  count: number;
}

const MEASURED = [
  ['total', PLACE.total_ms],
  ['first_token', PLACE.first_token_ms],
  ['overhead', PLACE.overhead_ms],
] as const satisfies readonly (readonly [Measure, number])[];

/** What rows add to the table of one sketch and grain, in the order of its columns. */
export interface Sketched {
  sketch: Sketch;
  grain: Grain;
  tuples: Tuple[];
}

/** What rows add to all sketches, as `foldTotals` does. Failures have other clocks, so only successes count. @param rows tuples of exchanges */
export function foldLatency(rows: readonly Tuple[]): Sketched[] {
  const marks = new Map<string, Mark>();
  for (const row of rows) {
    if (row[PLACE.outcome] !== 'ok') continue;
    const start = startOf(row[PLACE.at] as number, 'hour');
    const [task, provider, model] = [row[PLACE.task] ?? '', row[PLACE.provider] ?? '', row[PLACE.model] ?? ''] as [string, string, string];
    for (const [measure, place] of MEASURED) {
      const ms = row[place] as number | null;
      if (ms === null) continue;
      const bucket = bucketOf(ms);
      const name = `${measure}\0${start}\0${task}\0${provider}\0${model}\0${bucket}`;
      const known = marks.get(name);
      if (known) known.count++;
      else marks.set(name, { measure, start, task, provider, model, bucket, count: 1 });
    }
  }
  const finest = [...marks.values()];
  return GRAINS.flatMap((grain) =>
    (Object.keys(SKETCHES) as Sketch[]).map((sketch) => ({ sketch, grain, tuples: foldMarks(finest, sketch, grain) })),
  );
}

function foldMarks(marks: readonly Mark[], sketch: Sketch, grain: Grain): Tuple[] {
  // Freehold's own part has nothing to do with the work.
  const told = sketch === 'model' ? marks : marks.filter(({ measure }) => measure !== 'overhead');
  const keyOf = (mark: Mark) => [mark.measure, startOf(mark.start, grain), ...SKETCHES[sketch].map((name) => mark[name]), mark.bucket];
  return fold(told, keyOf, ({ count }) => [count]);
}

/** Charges added up by account and window, in the order of `BUDGET`. */
export function foldCharges(charges: readonly Charge[]): Tuple[] {
  return fold(
    charges,
    ({ account, window }) => [account, window],
    ({ nanos }) => [nanos],
  );
}

function fold<T>(items: readonly T[], key: (item: T) => (string | number)[], sums: (item: T) => readonly number[]): Tuple[] {
  const groups = new Map<string, { key: (string | number)[]; sums: number[] }>();
  for (const item of items) {
    const values = key(item);
    const name = values.join('\0');
    const found = groups.get(name);
    if (!found) groups.set(name, { key: values, sums: [...sums(item)] });
    else
      sums(item).forEach((value, index) => {
        found.sums[index]! += value;
      });
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => [...group.key, ...group.sums]);
}
