import { parse } from 'yaml';
import { z } from 'zod';
import type { TaskClass } from '../../tasks/task.ts';

/** Cases as a suite's file holds them, and what of the source could not be carried. */
export interface Imported {
  cases: Record<string, unknown>[];
  notes: string[];
}

const Assertion = z.looseObject({ type: z.string(), value: z.unknown().optional(), threshold: z.number().optional() });
const Vars = z.record(z.string(), z.unknown());
const Test = z.looseObject({ description: z.string().optional(), vars: Vars.optional(), assert: z.array(Assertion).optional() });
const Prompt = z.union([
  z.string(),
  z.looseObject({ raw: z.string().optional(), label: z.string().optional(), id: z.string().optional() }),
]);
const Config = z.looseObject({
  prompts: z.union([z.string(), z.array(Prompt)]),
  tests: z.union([z.string(), z.array(z.union([z.string(), Test]))]).optional(),
  defaultTest: z.union([z.string(), Test]).optional(),
});
type Test = z.infer<typeof Test>;

/**
 * Reads a promptfoo configuration (its reference: promptfoo.dev/docs/configuration/reference and /expected-outputs). Every prompt is paired
 * with every test. What is code there, or asks a model, is not carried and is said in `notes`; a test without anything left to grade goes.
 * @param readFile gives the text of a `file://` path, relative to the configuration @throws Error when it is no such configuration
 */
export function importPromptfoo(text: string, { task, readFile }: { task: TaskClass; readFile: (path: string) => string }): Imported {
  const parsed = Config.safeParse(parse(text));
  if (!parsed.success)
    throw new Error(`It is no promptfoo configuration: ${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`);
  const { prompts, tests, defaultTest } = parsed.data;
  const notes: string[] = [];
  const base = typeof defaultTest === 'string' ? Test.parse(parse(readFile(local(defaultTest)))) : defaultTest;
  const written = [prompts].flat().flatMap((one) => promptTexts(one, readFile, notes));
  const cases = listTests(tests, readFile, notes).flatMap((test, at) =>
    written.flatMap((prompt, nth) =>
      caseOf(
        prompt,
        { ...test, vars: { ...base?.vars, ...test.vars }, assert: [...(base?.assert ?? []), ...(test.assert ?? [])] },
        `test-${at + 1}${written.length > 1 ? `-${nth + 1}` : ''}`,
        task,
        notes,
      ),
    ),
  );
  return { cases, notes };
}

const local = (reference: string) => reference.replace(/^file:\/\//, '');

function promptTexts(prompt: z.infer<typeof Prompt>, readFile: (path: string) => string, notes: string[]): string[] {
  const text = typeof prompt === 'string' ? prompt : (prompt.raw ?? prompt.id ?? '');
  if (!text.startsWith('file://')) return [text];
  if (/\.(js|cjs|mjs|ts|py)(:|$)/.test(text)) {
    notes.push(`prompts: ${text} is a program, which is not run; write the prompt out`);
    return [];
  }
  // Several prompts in a text file stand between lines of three hyphens.
  return readFile(local(text))
    .split(/^---\s*$/m)
    .map((one) => one.trim());
}

function listTests(tests: z.infer<typeof Config>['tests'], readFile: (path: string) => string, notes: string[]): Test[] {
  return [tests ?? []].flat().flatMap((one) => {
    if (typeof one !== 'string') return [one];
    if (!/\.ya?ml$|\.json$/.test(one)) {
      notes.push(`tests: ${one} is not carried; only YAML and JSON files are`);
      return [];
    }
    const read = z.union([z.array(Test), Test]).parse(parse(readFile(local(one))));
    return [read].flat();
  });
}

/** A list as a variable stands for one case for each of its elements. */
function combinations(vars: Record<string, unknown>): Record<string, unknown>[] {
  return Object.entries(vars).reduce<Record<string, unknown>[]>(
    (all, [name, value]) => all.flatMap((one) => (Array.isArray(value) ? value : [value]).map((each) => ({ ...one, [name]: each }))),
    [{}],
  );
}

function caseOf(prompt: string, test: Test, id: string, task: TaskClass, notes: string[]): Record<string, unknown>[] {
  const sets = combinations(test.vars ?? {});
  return sets.flatMap((vars, at) => {
    const name = sets.length > 1 ? `${id}-${at + 1}` : id;
    const filled = fill(prompt, vars);
    if (filled.left) {
      notes.push(`${name}: {{${filled.left}}} is more than a variable and is not carried`);
      return [];
    }
    const graders = (test.assert ?? []).flatMap((one) =>
      graderOf({ ...one, value: typeof one.value === 'string' ? fill(one.value, vars).text : one.value }, name, notes),
    );
    if (graders.length === 0) {
      notes.push(`${name}: nothing is left that grades it`);
      return [];
    }
    return [{ id: name, task, prompt: filled.text, graders }];
  });
}

/** Puts variables into `{{name}}`. @returns `left`: an expression that is no plain variable */
function fill(text: string, vars: Record<string, unknown>): { text: string; left?: string } {
  let left: string | undefined;
  const filled = text.replace(/\{\{\s*(.*?)\s*\}\}/g, (whole, name: string) => {
    const value = vars[name];
    if (value === undefined) left ??= name;
    return value === undefined ? whole : typeof value === 'string' ? value : JSON.stringify(value);
  });
  return { text: filled, left: left ?? /\{%\s*(.*?)\s*%\}/.exec(filled)?.[1] };
}

const literal = (value: unknown) => String(value).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
const list = (value: unknown) =>
  Array.isArray(value)
    ? value
    : String(value)
        .split(',')
        .map((one) => one.trim());

/** An assertion as a grader of ours; `not-` before a type turns it round. */
function graderOf({ type, value, threshold }: z.infer<typeof Assertion>, id: string, notes: string[]): Record<string, unknown>[] {
  const says = (patterns: string[], exactCase: boolean): Record<string, unknown> => ({ kind: 'mentions', has: patterns, exactCase });
  const positive: Record<string, () => Record<string, unknown>> = {
    equals: () => (typeof value === 'string' ? { kind: 'exact', settings: value } : { kind: 'json', equals: value }),
    contains: () => says([literal(value)], true),
    icontains: () => says([literal(value)], false),
    'contains-all': () => says(list(value).map(literal), true),
    'icontains-all': () => says(list(value).map(literal), false),
    'contains-any': () => says([list(value).map(literal).join('|')], true),
    'icontains-any': () => says([list(value).map(literal).join('|')], false),
    'starts-with': () => says([`^(?<![\\s\\S])${literal(value)}`], true),
    regex: () => says([String(value)], true),
    'is-json': () => ({ kind: 'json', ...(typeof value === 'object' && value !== null ? { schema: value } : { settings: true }) }),
    'contains-json': () => ({ kind: 'json', ...(typeof value === 'object' && value !== null ? { schema: value } : { settings: true }) }),
    similar: () => ({ kind: 'similar', to: String(value), atLeast: threshold ?? 0.75 }),
  };
  const made = positive[type.replace(/^not-/, '')]?.();
  if (!made || (type.startsWith('not-') && made['kind'] !== 'mentions')) {
    notes.push(`${id}: the assertion ${type} is not carried`);
    return [];
  }
  if (type === 'similar') notes.push(`${id}: similar compares words here, not embeddings`);
  if (!type.startsWith('not-')) return [made];
  const { has, exactCase } = made as { has: string[]; exactCase: boolean };
  return [
    {
      kind: 'mentions',
      lacks: type === 'not-contains-all' || type === 'not-icontains-all' ? [has.map((one) => `(?=[\\s\\S]*${one})`).join('')] : has,
      exactCase,
    },
  ];
}
