import type fc from 'fast-check';

/** One thing that is fuzzed: how its cases are made, and what must hold for each. */
export interface Subject<T = unknown> {
  name: string;
  about: string;
  /** Of a hundred cases of a run, how many are its own. */
  share: number;
  cases: fc.Arbitrary<T>;
  /** @throws whatever says that an invariant is broken */
  holds(value: T): void | Promise<void>;
  open?(): Promise<void>;
  close?(): Promise<void>;
}

/** A subject whose cases nobody looks into. */
export function subject<T>(given: Subject<T>): Subject {
  return given as Subject;
}
