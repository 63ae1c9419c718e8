import type { Case } from './cases.ts';
import { median } from './figures.ts';
import type { Measurement } from './rounds.ts';
import type { Kind } from './targets.ts';

/** One target in one case: medians over the rounds. Ratios and differences are taken within a round, to the raw floor. */
export interface Row {
  case: string;
  target: Kind;
  /** Answers a second, counted by their tokens; and the share of the raw floor's. */
  throughput: number;
  throughputShare: number;
  /** CPU for one answer, milliseconds; and as a multiple of the raw floor's. */
  cpu: number;
  cpuTimes: number;
  /** Of one request at a time; of single chunks in cases of slow streams. Milliseconds. */
  delay: { p50: number; p99: number };
  added: { p50: number; p99: number };
  delayTimes: { p50: number; p99: number };
  /** MB. */
  peak: number;
  /** Answers that were not complete, each token in its place. */
  faults: Record<string, number>;
  /** Shares of a core. */
  loaders: number;
  others: number;
}

/** @param measurements of all rounds of the case, all targets */
export function summarise(one: Case, measurements: readonly Measurement[]): Row[] {
  const own = measurements.filter((measurement) => measurement.case === one.name);
  const kinds = [...new Set(own.map(({ target }) => target))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const floor = new Map(own.filter(({ target }) => target === 'raw').map((measurement) => [measurement.round, measurement]));
  const delay = (measurement: Measurement) => (one.opening ? measurement.oneWay : measurement.latency);
  const speed = (measurement: Measurement) => measurement.tokens / measurement.seconds;
  return kinds.map((target) => {
    const rounds = own.filter((measurement) => measurement.target === target);
    const over = (figure: (measurement: Measurement) => number) => median(rounds.map(figure));
    const against = (figure: (measurement: Measurement) => number, compare: (own: number, raw: number) => number) =>
      over((measurement) => {
        const raw = floor.get(measurement.round);
        return raw ? compare(figure(measurement), figure(raw)) : Number.NaN;
      });
    const times = (own: number, raw: number) => own / raw;
    const more = (own: number, raw: number) => own - raw;
    return {
      case: one.name,
      target,
      throughput: over(({ tokens, seconds }) => tokens / seconds) / tokensPerAnswer(one),
      throughputShare: against(speed, times),
      cpu: over(({ cpu }) => cpu),
      cpuTimes: against(({ cpu }) => cpu, times),
      delay: { p50: over((m) => delay(m).p50), p99: over((m) => delay(m).p99) },
      added: { p50: against((m) => delay(m).p50, more), p99: against((m) => delay(m).p99, more) },
      delayTimes: { p50: against((m) => delay(m).p50, times), p99: against((m) => delay(m).p99, times) },
      peak: over(({ peak }) => peak),
      faults: sumOf(rounds.map(({ faults }) => faults)),
      loaders: over(({ loaders }) => loaders),
      others: over(({ others }) => others),
    };
  });
}

const ORDER: readonly Kind[] = ['raw', 'parse', 'bare', 'freehold', 'guarded'];

function tokensPerAnswer({ model }: Case): number {
  return Number(/-n(\d+)/.exec(model)?.[1] ?? 1);
}

function sumOf(all: readonly Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const faults of all) for (const [fault, times] of Object.entries(faults)) sum[fault] = (sum[fault] ?? 0) + times;
  return sum;
}

/** What a floor does better than the gateway, one line a case; the figures as they are. */
export function betterThanUs(rows: readonly Row[]): string[] {
  const cases = [...new Set(rows.map((row) => row.case))];
  return cases.flatMap((name) => {
    const own = rows.find((row) => row.case === name && row.target === 'freehold');
    const floors = rows.filter((row) => row.case === name && row.target !== 'freehold');
    const wins = own ? floors.flatMap((floor) => winsOf(floor, own)) : [];
    return wins.length ? [`${name}: ${wins.join(', ')}`] : [];
  });
}

function winsOf(floor: Row, own: Row): string[] {
  const wins: string[] = [];
  const against = (what: string, theirs: number, ours: number, unit: string, digits: number) =>
    wins.push(`${floor.target} ${what} ${theirs.toFixed(digits)} against ${ours.toFixed(digits)}${unit}`);
  if (floor.throughputShare > own.throughputShare) against('throughput', floor.throughputShare, own.throughputShare, '×', 2);
  if (floor.cpuTimes < own.cpuTimes) against('CPU', floor.cpuTimes, own.cpuTimes, '×', 2);
  if (floor.delay.p50 < own.delay.p50) against('p50', floor.delay.p50, own.delay.p50, ' ms', 2);
  if (floor.delay.p99 < own.delay.p99) against('p99', floor.delay.p99, own.delay.p99, ' ms', 2);
  if (floor.peak < own.peak) against('memory', floor.peak, own.peak, ' MB', 0);
  return wins;
}
