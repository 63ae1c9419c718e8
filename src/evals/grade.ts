import type { Case, CaseGrade, Grade } from './case.ts';
import { extract, spoken } from './extract.ts';
import type { Subject } from './graders/grader.ts';
import { GRADERS } from './graders/index.ts';
import { SOLUTION } from './running/harness.ts';
import { Missing, type Workbench } from './running/workbench.ts';

const ORDER = [...GRADERS.keys()];

/** An answer taken apart. Pure. */
export function subject(it: Case, answer: string): Subject {
  const extracted = extract(answer, it);
  const path = it.answer ?? Object.keys(extracted.files)[0] ?? (it.language ? SOLUTION[it.language] : 'answer');
  return { case: it, text: spoken(answer), extracted, files: { ...it.files, ...extracted.files }, path };
}

/**
 * Grades one answer by all graders of its case. After a grader of execution has failed, none is asked for an opinion.
 * @throws Error only when the case itself is wrong; a missing tool skips the case
 */
export async function gradeAnswer(it: Case, answer: string, bench: Workbench): Promise<CaseGrade> {
  const given = subject(it, answer);
  const grades: Grade[] = [];
  for (const { kind, settings } of it.graders.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))) {
    const grader = GRADERS.get(kind)!;
    if (grader.basis === 'opinion' && grades.some(({ pass, skipped }) => !pass && !skipped)) continue;
    try {
      const grade = await grader.grade(settings, given, bench);
      // What could not be taken out of the answer explains most failures.
      grades.push(grade.pass ? grade : { ...grade, reasons: [...new Set([...given.extracted.problems, ...grade.reasons])] });
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      grades.push({ grader: kind, pass: false, score: 0, reasons: [], details: {}, skipped: error.message });
    }
  }
  const judged = grades.filter(({ skipped }) => skipped === undefined);
  const failed = judged.some(({ pass }) => !pass);
  const skipped = grades.find((one) => one.skipped !== undefined)?.skipped;
  const score = judged.length ? Math.min(...judged.map((one) => one.score)) : 0;
  return { case: it.id, pass: !failed && skipped === undefined, score, grades, ...(skipped !== undefined && { skipped }) };
}
