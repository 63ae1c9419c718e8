import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Signed, signedSchema } from '../evidence.ts';
import { reportHtml } from './html.ts';
import { type CaseGrades, caseGradesSchema, type RunSummary, runSummarySchema } from './summary.ts';

/** What a run came to, as its folder keeps it beside the record. */
export interface KeptRun {
  summary: RunSummary;
  grades: CaseGrades;
  certificates: Signed[];
}

/** Writes down what a run came to: for programs, as a page, and each certificate as a file of its own. */
export function keepRun(folder: string, { summary, grades, certificates }: KeptRun): void {
  const save = (name: string, value: unknown) => writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  save('grades.json', grades);
  save('certificates.json', certificates);
  if (certificates.length) mkdirSync(join(folder, 'certificates'), { recursive: true });
  for (const one of certificates) save(join('certificates', `${one.certificate.task}-${one.certificate.id}.json`), one);
  writeFileSync(join(folder, 'report.html'), reportHtml(summary, grades, certificates), { mode: 0o600 });
  // The last: where it is there, the others are.
  save('summary.json', summary);
}

/** @throws Error when the run never came to an end */
export function keptRun(runs: string, id: string): KeptRun {
  const folder = join(runs, id);
  if (!hasEnded(runs, id)) throw new Error(`run ${id} died before its end; go on with it: freehold eval run --resume ${id}`);
  const saved = <T>(name: string, schema: z.ZodType<T>): T => schema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
  return {
    summary: saved('summary.json', runSummarySchema),
    grades: saved('grades.json', caseGradesSchema),
    certificates: saved('certificates.json', z.array(signedSchema)),
  };
}

export const hasEnded = (runs: string, id: string): boolean => existsSync(join(runs, id, 'summary.json'));
