import type { Problem, ProblemSet } from './data.ts';

/** A share of the problems, and all others to learn from. */
export interface Fold {
  training: ProblemSet;
  /** Places in the set's problems. */
  held: readonly number[];
}

/** Splits by problem: variants of one problem fall on one side. The same seed gives the same folds. */
export function folds(set: ProblemSet, count: number, seed: number): Fold[] {
  const of = ({ group }: Problem) => hash(`${seed}:${group}`) % count;
  return Array.from({ length: count }, (_, fold) => ({
    training: {
      ...set,
      problems: set.problems.filter((problem) => of(problem) !== fold),
      aside: set.aside?.filter((problem) => of(problem) !== fold),
    },
    held: set.problems.flatMap((problem, at) => (of(problem) === fold ? [at] : [])),
  }));
}

/** FNV-1a, 32 bits, with a last mixing so that its low bits are as good as its high ones. */
export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  state ^= state >>> 15;
  return Math.imul(state, 0x2c1b3c6d) >>> 0;
}
