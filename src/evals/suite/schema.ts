import { z } from 'zod';
import { TASKS } from '../../tasks/task.ts';
import { LANGUAGES } from '../case.ts';

const Edit = z.strictObject({ replace: z.string().min(1), by: z.string() });

const Wrong = z.union([
  z.string(),
  Edit,
  z.strictObject({ edits: z.array(Edit).min(1) }),
  z.strictObject({ drop: z.string().describe('lines of the reference that match this regular expression') }),
]);

const Bug = z.strictObject({
  replace: z.string().min(1),
  by: z.string(),
  problem: z.string().describe('what is wrong, as a reviewer would say it'),
  words: z.string().describe('what a finding must say, as a regular expression'),
  proof: z.string().optional().describe('an expression that the mistake changes'),
});

const Ask = z.strictObject({
  ask: z.string().optional().describe('the question; by default what the expression comes to'),
  expression: z.string(),
  is: z.unknown().describe('what it comes to; "error" when it fails'),
  not: z.array(z.unknown()).default([]).describe('plausible misreadings'),
});

/** The keys of a case that are no graders. */
export const FIELDS = {
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'use small letters, digits and hyphens'),
  task: z.enum(TASKS),
  language: z.enum(LANGUAGES).optional(),
  level: z.enum(['easy', 'medium', 'hard']).optional(),
  prompt: z.string().min(1),
  answer: z.string().optional().describe('the path a bare code block is meant for'),
  code: z.string().optional().describe('the one file that the case is about; short for files'),
  files: z.record(z.string(), z.string()).default({}),
  setup: z.string().optional(),
  reference: z.string().optional().describe('an answer that must pass'),
  fix: z.array(Edit).min(1).optional().describe('edits of the code that make the reference'),
  wrong: z.array(Wrong).default([]).describe('answers that must fail: whole, or edits of the reference'),
  bugs: z.array(Bug).min(1).optional().describe('mistakes to plant into the code, for a review'),
  falseAlarms: z.int().min(0).optional(),
  asks: z.array(Ask).min(1).optional(),
  graders: z.array(z.looseObject({ kind: z.string() })).default([]),
} as const;

export const Written = z.looseObject(FIELDS);
/** A case as it is written, with the graders still among its keys. */
export type Written = z.infer<typeof Written>;

export const Head = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'use small letters, digits and hyphens'),
  version: z.coerce.string(),
  description: z.string().optional(),
  licence: z.string().optional(),
});

/** One file of cases; what stands in `defaults` stands in every case that does not say otherwise. */
export const Sheet = z.strictObject({
  defaults: z.record(z.string(), z.unknown()).default({}),
  cases: z.array(z.record(z.string(), z.unknown())).min(1),
});
