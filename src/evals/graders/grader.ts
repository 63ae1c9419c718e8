import type { ZodType } from 'zod';
import type { Case, Grade } from '../case.ts';
import type { Extracted } from '../extract.ts';
import type { Workbench } from '../running/workbench.ts';

/** One answer, taken apart. */
export interface Subject {
  case: Case;
  /** As the model gave it, without what it thought aloud. */
  text: string;
  extracted: Extracted;
  /** The case's files as the answer leaves them. */
  files: Readonly<Record<string, string>>;
  /** The file that the answer is about. */
  path: string;
}

/** One way to judge answers. To add one: a file in this folder and a line in its index. */
export interface Grader<S> {
  kind: string;
  schema: ZodType<S>;
  /** It runs or parses something; `opinion` compares or asks, and stands behind those that run. */
  basis: 'execution' | 'text' | 'opinion';
  /** @throws Missing when a tool is not on this machine */
  grade(settings: S, subject: Subject, bench: Workbench): Promise<Grade>;
  /** For the self-check: what the case claims that is not so. Empty when all holds. */
  prove?(settings: S, it: Case, bench: Workbench): Promise<string[]>;
}

/** A grade by parts that must all hold. @param parts one for each thing judged: undefined when it holds, or what is wrong */
export function ofParts(grader: string, parts: readonly (string | undefined)[], details: Record<string, unknown> = {}): Grade {
  const reasons = parts.flatMap((part) => part ?? []);
  const score = parts.length ? (parts.length - reasons.length) / parts.length : 1;
  return { grader, pass: reasons.length === 0, score, reasons, details };
}
