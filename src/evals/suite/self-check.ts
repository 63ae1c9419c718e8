import type { Case, Suite } from '../case.ts';
import { gradeAnswer } from '../grade.ts';
import { GRADERS } from '../graders/index.ts';
import { Missing, type Workbench } from '../running/workbench.ts';

/** What the self-check found of one case. */
export interface Checked {
  id: string;
  /** What is wrong with the case; empty when it judges as it says. */
  faults: string[];
  wrongAnswers: number;
  /** Why it could not be checked here. */
  skipped?: string;
  ms: number;
}

/**
 * Checks that a case judges rightly: what it claims is so, its reference passes, each of its wrong answers fails.
 * A case with neither reference nor wrong answers is a fault: nobody knows what it measures.
 */
export async function checkCase(it: Case, bench: Workbench): Promise<Checked> {
  const began = performance.now();
  const faults: string[] = [];
  let skipped: string | undefined;
  const opinions = it.graders.filter(({ kind }) => GRADERS.get(kind)!.basis === 'opinion');
  // A judge is calibrated, not self-checked: what it says can change from run to run.
  const checked: Case = { ...it, graders: it.graders.filter((one) => !opinions.includes(one)) };
  try {
    for (const { kind, settings } of checked.graders) faults.push(...((await GRADERS.get(kind)!.prove?.(settings, it, bench)) ?? []));
    if (it.reference === undefined) faults.push('it has no reference; give one, or "fix"');
    else {
      const grade = await gradeAnswer(checked, it.reference, bench);
      skipped = grade.skipped;
      if (!grade.pass && !skipped) faults.push(`its reference fails: ${grade.grades.flatMap(({ reasons }) => reasons).join('; ')}`);
    }
    if (it.wrong.length < 2) faults.push(`it has ${it.wrong.length} wrong answers, and needs two`);
    if (!skipped)
      for (const [at, answer] of it.wrong.entries()) {
        const grade = await gradeAnswer(checked, answer, bench);
        if (grade.pass) faults.push(`its wrong answer ${at + 1} passes`);
      }
  } catch (error) {
    if (!(error instanceof Missing)) faults.push((error as Error).message);
    else skipped = error.message;
  }
  return { id: it.id, faults, wrongAnswers: it.wrong.length, ms: performance.now() - began, ...(skipped !== undefined && { skipped }) };
}

/** Checks all cases of a suite, `atOnce` at a time, in order. @param seen called with each as it is done */
export async function checkSuite(
  suite: Pick<Suite, 'cases'>,
  bench: Workbench,
  { atOnce = 2, seen }: { atOnce?: number; seen?: (one: Checked) => void } = {},
): Promise<Checked[]> {
  const results: Checked[] = new Array(suite.cases.length);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < suite.cases.length; at = next++) {
      results[at] = await checkCase(suite.cases[at]!, bench);
      seen?.(results[at]!);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
