import type { Finding, Kind } from '../../src/egress/finding.ts';
import { read } from '../../src/egress/read.ts';
import type { Scanner } from '../../src/egress/scan.ts';
import { filesBelow } from './corpus.ts';
import type { Case } from './sets.ts';

/** Right and wrong of one group of cases. */
export interface Score {
  group: string;
  found: number;
  missed: number;
  falseAlarms: number;
  quiet: number;
}

/** As rates; 1 where there was nothing to get wrong. */
export interface Rates {
  precision: number;
  recall: number;
  f1: number;
}

const AMPLE = { budgetMs: 60_000, limitLength: 1e9 };

/** Everything in one text, as if it were a message. */
export function findings(scanner: Scanner, text: string): readonly Finding[] {
  const reading = read(scanner, text, AMPLE, () => performance.now());
  if (reading.failure !== undefined) throw new Error(reading.failure);
  return reading.findings;
}

/** Judges cases one by one; `wrong` hears of each mistake. */
export function judge(scanner: Scanner, cases: readonly Case[], wrong: (one: Case, found: readonly Finding[]) => void): Map<string, Score> {
  const scores = new Map<string, Score>();
  for (const one of cases) {
    const found = findings(scanner, one.text).filter(({ kind }) => kind === one.kind);
    const group = `${one.kind} ${one.positive ? '' : 'not: '}${one.group}`;
    const score = scores.get(group) ?? { group, found: 0, missed: 0, falseAlarms: 0, quiet: 0 };
    scores.set(group, score);
    if (one.positive) score[found.length ? 'found' : 'missed']++;
    else score[found.length ? 'falseAlarms' : 'quiet']++;
    if (one.positive !== found.length > 0) wrong(one, found);
  }
  return scores;
}

export function rates(scores: Iterable<Score>): Rates {
  let found = 0;
  let missed = 0;
  let alarms = 0;
  for (const score of scores) {
    found += score.found;
    missed += score.missed;
    alarms += score.falseAlarms;
  }
  return {
    precision: found + alarms ? found / (found + alarms) : 1,
    recall: found + missed ? found / (found + missed) : 1,
    f1: found + missed + alarms ? (2 * found) / (2 * found + missed + alarms) : 1,
  };
}

/** What ordinary code sets off. A mail address in a licence is one, so mail is counted apart. */
export interface Alarms {
  files: number;
  megabytes: number;
  withSecret: number;
  withPersonal: number;
  withMail: number;
}

/** Reads code that holds no secrets; `alarm` hears of each finding. */
export function alarms(scanner: Scanner, folder: string, alarm: (path: string, finding: Finding, text: string) => void): Alarms {
  const result: Alarms = { files: 0, megabytes: 0, withSecret: 0, withPersonal: 0, withMail: 0 };
  for (const { path, text } of filesBelow(folder)) {
    const found = findings(scanner, text);
    const has = (kind: Kind, mail: boolean) => found.some((one) => one.kind === kind && (one.rule === 'mail-address') === mail);
    result.files++;
    result.megabytes += text.length / 1e6;
    if (has('secret', false)) result.withSecret++;
    if (has('personal', false)) result.withPersonal++;
    if (has('personal', true)) result.withMail++;
    for (const one of found) if (one.rule !== 'mail-address') alarm(path, one, text);
  }
  return result;
}
