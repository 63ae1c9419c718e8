import { readFileSync } from 'node:fs';
import type { Soaked } from './soak.ts';
import type { Row } from './summary.ts';

/** What must not be exceeded, and why just that; raised only in the commit that makes it necessary. */
export interface Ceiling {
  figure: string;
  /** Absent for what belongs to no case. */
  case?: string;
  max: number;
  /** Better still, and within reach. */
  stretch?: number;
  unit: string;
  why: string;
}

export interface Verdict extends Ceiling {
  value: number;
  kept: boolean;
}

export function readCeilings(): Ceiling[] {
  const file = new URL('../ceilings.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { ceilings: Ceiling[] }).ceilings;
}

/** What a run found out: what was not run is absent, and its ceilings are not judged. */
export interface Findings {
  rows: readonly Row[];
  /** Milliseconds. */
  firstAnswer?: number;
  soak?: Soaked;
}

/** @throws Error for a ceiling on a figure that nobody measures, because it would hold for ever */
export function judge(ceilings: readonly Ceiling[], findings: Findings): Verdict[] {
  return ceilings.flatMap((ceiling) => {
    const value = figureOf(ceiling, findings);
    // A figure that could not be told (no answers at all) is not kept.
    return value === undefined ? [] : [{ ...ceiling, value, kept: value <= ceiling.max }];
  });
}

function figureOf({ figure, case: name }: Ceiling, { rows, firstAnswer, soak }: Findings): number | undefined {
  const row = rows.find((one) => one.case === name && one.target === 'freehold');
  switch (figure) {
    case 'cpu':
      return row?.cpuTimes;
    case 'delay-p50':
      return row?.delayTimes.p50;
    case 'delay-p99':
      return row?.delayTimes.p99;
    case 'peak':
      return row?.peak;
    case 'first-answer':
      return firstAnswer;
    case 'faults':
      return rows.length
        ? rows.flatMap(({ target, faults }) => (target === 'freehold' ? Object.values(faults) : [])).reduce(add, 0)
        : undefined;
    case 'soak-growth':
      return soak?.growth;
    case 'soak-faults':
      return soak && Object.values(soak.faults).reduce(add, 0);
    case 'soak-stuck':
      return soak?.stuck;
    case 'soak-dead':
      return soak && Object.values(soak.afterwards).reduce(add, 0);
    default:
      throw new Error(`bench/ceilings.json: nothing measures "${figure}"`);
  }
}

const add = (sum: number, more: number) => sum + more;
