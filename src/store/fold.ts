import type { Charge, ExchangeRow, Grain, Measure } from './ports.ts';
import { ROLL_UPS, type RollUp, SKETCHES, type Sketch, type Tuple } from './schema.ts';
import { bucketOf } from './sketch.ts';

const LENGTH: Readonly<Record<Grain, number>> = { hour: 3_600_000, day: 86_400_000 };

/** Start of the hour or day (UTC) in which a time lies. */
export function startOf(at: number, grain: Grain): number {
  return Math.floor(at / LENGTH[grain]) * LENGTH[grain];
}

/** The first start of an hour or day that is not before a time. */
export function endOf(at: number, grain: Grain): number {
  return Math.ceil(at / LENGTH[grain]) * LENGTH[grain];
}

/** What rows add to a roll-up, in the order of its columns. Sorted, so that nodes lock rows in one order. Pure. */
export function foldTotals(rows: readonly ExchangeRow[], rollUp: RollUp, grain: Grain): Tuple[] {
  const dimensions = (row: ExchangeRow) => [startOf(row.at, grain), ...ROLL_UPS[rollUp].map((name) => row[name] ?? '')];
  return fold(rows, dimensions, sumsOf);
}

/** In the order of `SUMS`. */
function sumsOf(row: ExchangeRow): number[] {
  const { cost_nanos: cost, baseline_nanos: baseline } = row;
  const hasBoth = cost !== null && baseline !== null;
  return [
    1,
    row.input_tokens ?? 0,
    row.cache_read_tokens ?? 0,
    row.cache_write_tokens ?? 0,
    row.cache_write_1h_tokens ?? 0,
    row.output_tokens ?? 0,
    row.reasoning_tokens ?? 0,
    row.estimated,
    cost ?? 0,
    cost === null ? 1 : 0,
    row.partial,
    hasBoth ? baseline : 0,
    hasBoth ? cost : 0,
    hasBoth ? 1 : 0,
    row.wasted_nanos ?? 0,
    row.importance ?? 1,
    row.bytes_out ?? 0,
    row.bytes_in ?? 0,
  ];
}

/** What rows add to a sketch, in the order of its columns. Failures have other clocks, so only successes count. */
export function foldLatency(rows: readonly ExchangeRow[], sketch: Sketch, grain: Grain): Tuple[] {
  const marks = rows
    .filter(({ outcome }) => outcome === 'ok')
    .flatMap((row) => {
      const measured: [Measure, number | null][] = [
        ['total', row.total_ms],
        ['first_token', row.first_token_ms],
        // Freehold's own part has nothing to do with the work.
        ['overhead', sketch === 'model' ? row.overhead_ms : null],
      ];
      return measured.flatMap(([measure, ms]) => (ms === null ? [] : { row, measure, bucket: bucketOf(ms) }));
    });
  return fold(
    marks,
    ({ row, measure, bucket }) => [measure, startOf(row.at, grain), ...SKETCHES[sketch].map((name) => row[name] ?? ''), bucket],
    () => [1],
  );
}

/** Charges added up by account and window, in the order of `BUDGET`. */
export function foldCharges(charges: readonly Charge[]): Tuple[] {
  return fold(
    charges,
    ({ account, window }) => [account, window],
    ({ nanos }) => [nanos],
  );
}

function fold<T>(items: readonly T[], key: (item: T) => (string | number)[], sums: (item: T) => number[]): Tuple[] {
  const groups = new Map<string, { key: (string | number)[]; sums: number[] }>();
  for (const item of items) {
    const values = key(item);
    const name = JSON.stringify(values);
    const found = groups.get(name);
    if (!found) groups.set(name, { key: values, sums: sums(item) });
    else for (const [index, value] of sums(item).entries()) found.sums[index]! += value;
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => [...group.key, ...group.sums]);
}
