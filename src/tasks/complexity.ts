import type { Shape } from './shape.ts';
import type { TaskClass } from './task.ts';

/** Where a class begins, 0 to 1: how often small models fail at it, in rough steps. Heuristic. */
const BASE: Readonly<Record<TaskClass, number>> = {
  embedding: 0,
  completion: 0.1,
  quick_chat: 0.1,
  documentation: 0.2,
  explain_code: 0.2,
  testing: 0.35,
  code_generation: 0.35,
  refactoring: 0.35,
  bug_fix: 0.4,
  review: 0.45,
  explain_codebase: 0.45,
  architecture: 0.6,
  deep_reasoning: 0.65,
  agent_run: 0.65,
};

/** What beside the class makes work hard. */
export interface Load {
  shape: Pick<Shape, 'code' | 'diff' | 'trace' | 'list'>;
  files: number;
  step: number;
  failures: number;
  /** Tokens of the whole prompt. */
  size: number;
  /** Characters of what was said. */
  length: number;
}

const grown = (count: number, by: number, most: number): number => Math.min(most, by * Math.log2(1 + Math.max(0, count)));

/**
 * How hard the work is, 0 (a word changed) to 1 (hard for anybody): the class, and what is added by length, files, code, demands,
 * traces, and an agent's steps and failures. A heuristic with saturating terms; the plan learns from outcomes what it is worth.
 */
export function complexityOf(task: TaskClass, { shape, files, step, failures, size, length }: Load): number {
  const extra =
    grown(length / 400, 0.03, 0.12) +
    grown(size / 8000, 0.03, 0.12) +
    grown(files - 1, 0.04, 0.12) +
    grown(shape.list - 2, 0.02, 0.08) +
    grown(shape.trace, 0.02, 0.06) +
    grown(step, 0.02, 0.1) +
    grown(failures, 0.06, 0.2);
  return task === 'embedding' ? 0 : Math.min(1, BASE[task] + extra);
}
