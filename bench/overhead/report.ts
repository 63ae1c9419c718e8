import type { Verdict } from './ceilings.ts';
import type { Soaked } from './soak.ts';
import { betterThanUs, type Row } from './summary.ts';

const HEADS = [
  'case',
  'target',
  'answers/s',
  '× raw',
  'CPU ms',
  '× raw',
  'p50 ms',
  'added',
  'p99 ms',
  'added',
  'peak MB',
  'load core',
  'wrong',
];

/** Every case and target, one line each. */
export function printRows(rows: readonly Row[]): string {
  const number = (value: number, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
  const lines = rows.map((row) => [
    row.case,
    row.target,
    number(row.throughput, row.throughput < 100 ? 1 : 0),
    number(row.throughputShare),
    number(row.cpu, 3),
    number(row.cpuTimes),
    number(row.delay.p50),
    number(row.added.p50),
    number(row.delay.p99),
    number(row.added.p99),
    number(row.peak, 0),
    `${number(row.loaders * 100, 0)}%`,
    String(Object.values(row.faults).reduce((sum, times) => sum + times, 0)),
  ]);
  return table([HEADS, ...lines]);
}

const LEGEND = `CPU and p50/p99 are of one answer; p50/p99 of one request at a time, in slow-streams and beside-1m of single chunks on their way.
Medians over the rounds; × raw and added are taken within a round. Near 100% of the load core, throughput is the load's, not the target's.`;

export function printReport(rows: readonly Row[], verdicts: readonly Verdict[], soak: Soaked | undefined): string {
  const parts: string[] = [];
  if (rows.length) parts.push(`${printRows(rows)}\n\n${LEGEND}`);
  const better = betterThanUs(rows);
  if (better.length) parts.push(`A floor does better than Freehold:\n${better.map((line) => `  ${line}`).join('\n')}`);
  const faults = rows.flatMap(({ case: name, target, faults }) => tellFaults(`${name} ${target}`, faults));
  if (soak) {
    parts.push(
      `soak: ${soak.tokens} tokens verified, ${soak.left} requests left half-way, memory ${soak.memory.map((mb) => mb.toFixed(0)).join(' ')} MB`,
    );
    faults.push(...tellFaults('soak', soak.faults), ...tellFaults('soak, afterwards', soak.afterwards));
  }
  if (faults.length) parts.push(`Wrong answers:\n${faults.map((line) => `  ${line}`).join('\n')}`);
  const noisy = rows.filter(({ others }) => others > 0.2).length;
  if (noisy)
    parts.push(`In ${noisy} of ${rows.length} lines the rest of the machine took more than 20% of a core: trust CPU × raw, not the times.`);
  parts.push(printVerdicts(verdicts));
  return parts.join('\n\n');
}

function printVerdicts(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ figure, case: name, value, max, stretch, unit, kept }) => {
    const beyond = stretch !== undefined && value <= stretch ? `, stretch ${stretch} reached` : '';
    return [kept ? 'kept' : 'BROKEN', name ?? '', figure, Number.isFinite(value) ? trim(value) : 'no figure', `≤ ${max} ${unit}${beyond}`];
  });
  return table([['ceiling', 'case', 'figure', 'is', 'may be'], ...lines]);
}

const trim = (value: number) => String(Number(value.toFixed(2)));

function tellFaults(where: string, faults: Record<string, number>): string[] {
  return Object.entries(faults).map(([fault, times]) => `${where}: ${times} × ${fault}`);
}

/** Columns as wide as they must be; the first row is the heads. Numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const [heads = [], ...lines] = rows;
  const widths = heads.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const numeric = heads.map((_, at) => lines.length > 0 && lines.every((row) => /^-?[\d.]*%?$/.test(row[at]!)));
  const print = (row: readonly string[]) =>
    row
      .map((cell, at) => (numeric[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd();
  return [print(heads), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.map(print)].join('\n');
}
