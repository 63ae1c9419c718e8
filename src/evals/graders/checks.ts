import { z } from 'zod';
import type { Case } from '../case.ts';
import { jsonIn } from '../extract.ts';
import type { Outcome } from '../running/harness.ts';
import { evaluate, type Workbench } from '../running/workbench.ts';
import { same, shown } from './compare.ts';
import { type Grader, ofParts } from './grader.ts';

const Throws = z.strictObject({ $throws: z.union([z.literal(true), z.string()]) });

const Checks = z
  .record(z.string(), z.unknown())
  .refine((checks) => Object.keys(checks).length > 0, 'write at least one expression and what it comes to');

/** Expressions and what they come to: hidden tests in the shortest form. `{ $throws: text }` expects an error that says the text. */
export const checks: Grader<z.infer<typeof Checks>> = {
  kind: 'checks',
  schema: Checks,
  basis: 'execution',
  async grade(settings, { case: it, files, path }, bench) {
    const expressions = Object.keys(settings);
    const found = await evaluate(bench, { language: languageOf(it), files, path, setup: it.setup, expressions });
    return ofParts(
      'checks',
      expressions.map((one, at) => wrong(one, settings[one], found[at]!)),
      { checks: expressions.length },
    );
  },
};

function wrong(expression: string, expected: unknown, found: Outcome): string | undefined {
  const throws = Throws.safeParse(expected);
  if (throws.success) {
    const { $throws: says } = throws.data;
    if ('value' in found) return `${expression} is ${shown(found.value)} where an error was due`;
    return says === true || found.error.includes(says) ? undefined : `${expression} fails with "${found.error}", not "${says}"`;
  }
  if ('error' in found) return `${expression}: ${found.error}`;
  return same(found.value, expected) ? undefined : `${expression} is ${shown(found.value)}, not ${shown(expected)}`;
}

/** @throws Error: a case with graders that run code must say its language */
export function languageOf(it: Case): NonNullable<Case['language']> {
  if (it.language) return it.language;
  throw new Error(`The case ${it.id} runs code and names no language; put language: typescript, python, go or shell`);
}

const Kept = z.array(z.string()).min(1);

/** Expressions that come to the same, or fail, before and after: the behaviour a refactoring keeps. */
export const behaviour: Grader<z.infer<typeof Kept>> = {
  kind: 'behaviour',
  schema: Kept,
  basis: 'execution',
  async grade(expressions, { case: it, files, path }, bench) {
    const language = languageOf(it);
    const [before, after] = await Promise.all(
      [it.files, files].map((each) => evaluate(bench, { language, files: each, path, setup: it.setup, expressions })),
    );
    return ofParts(
      'behaviour',
      expressions.map((one, at) => changed(one, before![at]!, after![at]!)),
      { expressions: expressions.length },
    );
  },
  async prove(expressions, it, bench) {
    const before = await evaluate(bench, { language: languageOf(it), files: it.files, path: it.answer!, setup: it.setup, expressions });
    return before.every((one) => 'error' in one) ? ['nothing works before the change, so nothing is kept'] : [];
  },
};

function changed(expression: string, before: Outcome, after: Outcome): string | undefined {
  if ('error' in before) return 'error' in after ? undefined : `${expression} was an error and is ${shown(after.value)}`;
  if ('error' in after) return `${expression} was ${shown(before.value)} and fails: ${after.error}`;
  return same(before.value, after.value) ? undefined : `${expression} was ${shown(before.value)} and is ${shown(after.value)}`;
}

const Asks = z.array(z.object({ ask: z.string(), expression: z.string(), is: z.unknown() })).min(1);

/** What a piece of code does, foretold: the answer is JSON by letters, the truth is what the code does when it is run. */
export const predict: Grader<z.infer<typeof Asks>> = {
  kind: 'predict',
  schema: Asks,
  basis: 'execution',
  async grade(asks, { case: it, text }, bench) {
    const said = jsonIn(text);
    const values = said !== null && typeof said === 'object' && !Array.isArray(said) ? (said as Record<string, unknown>) : undefined;
    const truth = await truths(asks, it, bench);
    const parts = asks.map(({ ask }, at) => {
      const key = letter(at);
      if (values === undefined) return 'the answer holds no JSON object';
      const real = outcome(truth[at]!);
      return same(values[key], real) ? undefined : `${key} (${ask.slice(0, 80)}) is ${shown(real)}, not ${shown(values[key])}`;
    });
    return ofParts('predict', parts, { asked: asks.length });
  },
  async prove(asks, it, bench) {
    const truth = await truths(asks, it, bench);
    return asks.flatMap(({ expression, is }, at) =>
      same(is, outcome(truth[at]!)) ? [] : [`${expression} is ${shown(outcome(truth[at]!))}, not ${shown(is)}`],
    );
  },
};

const outcome = (one: Outcome): unknown => ('value' in one ? one.value : 'error');

/** The name of the nth question: a, b, c. */
export const letter = (at: number) => String.fromCharCode(97 + at);

function truths(asks: z.infer<typeof Asks>, it: Case, bench: Workbench): Promise<Outcome[]> {
  const expressions = asks.map(({ expression }) => expression);
  return evaluate(bench, { language: languageOf(it), files: it.files, path: it.answer!, setup: it.setup, expressions });
}
