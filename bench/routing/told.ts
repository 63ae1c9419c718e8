import { classify } from '../../src/tasks/classify.ts';
import { bare, endsOf } from '../../src/tasks/question.ts';
import { TASKS, type Task } from '../../src/tasks/task.ts';
import type { Problem, ProblemSet } from './data.ts';

const known = new WeakMap<Problem, Task>();

/** What the classifier that ships says of a problem, from its text alone. */
export function taskOf(problem: Problem): Task {
  const task = known.get(problem) ?? classify({ ...bare('chat', problem.size), said: endsOf(problem.prompt ?? '') });
  known.set(problem, task);
  return task;
}

/** The problems that have a text, with the classifier's word for their kind. */
export function told(set: ProblemSet): ProblemSet {
  const problems = set.problems
    .filter(({ prompt }) => prompt)
    .map((problem) => ({ ...problem, kind: problem.class, class: taskOf(problem).class }));
  const aside = set.problems.filter(({ prompt }) => !prompt);
  return { ...set, aside, name: `${set.name}, classes told from the text`, problems };
}

/** Of each class of work how likely it is. */
export function likely({ probabilities }: Task): [work: string, share: number][] {
  return TASKS.flatMap((work, at) => (probabilities[at]! >= 0.02 ? [[work, probabilities[at]!] as [string, number]] : []));
}
