import { behaviour, checks, predict } from './checks.ts';
import { examples } from './examples.ts';
import type { Grader } from './grader.ts';
import { judge } from './judge.ts';
import { review } from './review.ts';
import { coverage, mutants, tests } from './tests.ts';
import { exact, json, mentions, number, shape, similar } from './text.ts';
import { applies, compiles, lints, typechecks } from './tools.ts';

const LIST = [
  applies,
  compiles,
  typechecks,
  lints,
  checks,
  behaviour,
  tests,
  mutants,
  coverage,
  review,
  predict,
  examples,
  json,
  exact,
  number,
  shape,
  mentions,
  similar,
  judge,
] as const;

/** Every grader by its kind, in the order in which they are applied: what runs first, opinions last. */
export const GRADERS: ReadonlyMap<string, Grader<unknown>> = new Map(LIST.map((one) => [one.kind, one as unknown as Grader<unknown>]));
