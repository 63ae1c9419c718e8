import { z } from 'zod';
import { jsonIn } from '../extract.ts';
import { same, shown } from './compare.ts';
import { type Grader, ofParts } from './grader.ts';

const Json = z.union([
  z.literal(true),
  z.strictObject({ schema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema'), equals: z.unknown().optional() }),
]);

/** The answer holds JSON, of a schema or equal to a value where the case says so. */
export const json: Grader<z.infer<typeof Json>> = {
  kind: 'json',
  schema: Json,
  basis: 'execution',
  async grade(settings, { text }) {
    const value = jsonIn(text);
    if (value === undefined) return ofParts('json', ['the answer holds no valid JSON']);
    if (settings === true) return ofParts('json', [undefined]);
    const judged = settings.schema && z.fromJSONSchema(settings.schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
    const issue = judged?.error?.issues[0];
    return ofParts('json', [
      issue && `the JSON is not of its schema: ${issue.path.join('.') || 'the value'}: ${issue.message}`,
      settings.equals === undefined || same(value, settings.equals)
        ? undefined
        : `the JSON is ${shown(value)}, not ${shown(settings.equals)}`,
    ]);
  },
};

const Exact = z.union([z.string(), z.array(z.string()).min(1)]);
const plain = (text: string) =>
  text
    .trim()
    .replace(/^["'`*]+|["'`*.]+$/g, '')
    .replace(/\s+/g, ' ')
    .toLowerCase();

/** The last line of the answer is one of these; case, blanks, quotes and a full stop do not count. */
export const exact: Grader<z.infer<typeof Exact>> = {
  kind: 'exact',
  schema: Exact,
  basis: 'execution',
  async grade(settings, { text }) {
    const last = text.trim().split('\n').at(-1) ?? '';
    const said = [text, last, last.replace(/^.*?(?:answer|result)\s*(?:is|:)\s*/i, '')].map(plain);
    const wanted = [settings].flat();
    return ofParts('exact', [
      wanted.some((one) => said.includes(plain(one))) ? undefined : `the answer is ${shown(last)}, not ${wanted.map(shown).join(' or ')}`,
    ]);
  },
};

const Numeric = z.strictObject({ is: z.number(), within: z.number().min(0).default(0).describe('absolute difference allowed') });

/** The last number of the answer. */
export const number: Grader<z.infer<typeof Numeric>> = {
  kind: 'number',
  schema: Numeric,
  basis: 'execution',
  async grade({ is, within }, { text }) {
    const last = text
      .replace(/(\d)[,_](?=\d{3}\b)/g, '$1')
      .match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi)
      ?.at(-1);
    const close = last !== undefined && Math.abs(Number(last) - is) <= within + Math.abs(is) * 1e-9;
    return ofParts('number', [close ? undefined : `the answer's last number is ${last ?? 'missing'}, not ${is}`]);
  },
};

const patterns = z.array(z.string().refine(isPattern, 'is no regular expression'));

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text, 'im'));
  } catch {
    return false;
  }
}

const Mentions = z.union([
  patterns.min(1),
  z.strictObject({
    has: patterns.default([]),
    lacks: patterns.default([]),
    exactCase: z.boolean().default(false).describe('capitals count'),
  }),
]);

/** Facts the answer must state, or must not, as regular expressions over its whole text. */
export const mentions: Grader<z.infer<typeof Mentions>> = {
  kind: 'mentions',
  schema: Mentions,
  basis: 'text',
  async grade(settings, { text }) {
    const { has, lacks, exactCase } = Array.isArray(settings) ? { has: settings, lacks: [], exactCase: false } : settings;
    const flags = exactCase ? 'm' : 'im';
    return ofParts('mentions', [
      ...has.map((one) => (new RegExp(one, flags).test(text) ? undefined : `it does not say /${one}/`)),
      ...lacks.map((one) => (new RegExp(one, flags).test(text) ? `it says /${one}/` : undefined)),
    ]);
  },
};

const Shape = z.strictObject({
  has: patterns.default([]),
  lacks: patterns.default([]),
  lines: z.int().positive().optional().describe('lines with code, at most'),
  repeats: z.int().min(0).optional().describe('lines of 20 characters or more that stand there twice, at most'),
});

/** How the file is written: what a refactoring had to bring or to take away. */
export const shape: Grader<z.infer<typeof Shape>> = {
  kind: 'shape',
  schema: Shape,
  basis: 'text',
  async grade({ has, lacks, lines: most, repeats }, { files, path }) {
    const code = files[path];
    if (code === undefined) return ofParts('shape', [`the answer holds no ${path}`]);
    const lines = code
      .split('\n')
      .filter((line) => /\w/.test(line) && !/^\s*(\/\/|#|\*)/.test(line))
      .map((line) => line.trim());
    const long = lines.filter((line) => line.length >= 20);
    const twice = long.length - new Set(long).size;
    return ofParts('shape', [
      ...has.map((one) => (new RegExp(one, 'm').test(code) ? undefined : `it lacks /${one}/`)),
      ...lacks.map((one) => (new RegExp(one, 'm').test(code) ? `it still has /${one}/` : undefined)),
      most === undefined || lines.length <= most ? undefined : `it has ${lines.length} lines of code, more than ${most}`,
      repeats === undefined || twice <= repeats ? undefined : `${twice} lines stand there twice`,
    ]);
  },
};

const Similar = z.strictObject({
  to: z.string().optional().describe('the text to compare with; by default the reference'),
  atLeast: z.number().min(0).max(1),
});

/** Words in common with a reference (F1 over words, as SQuAD 1606.05250 scores). Says little of code: stands behind what runs. */
export const similar: Grader<z.infer<typeof Similar>> = {
  kind: 'similar',
  schema: Similar,
  basis: 'opinion',
  async grade({ to, atLeast }, { case: it, text }) {
    const wanted = to ?? it.reference;
    if (wanted === undefined) throw new Error(`The case ${it.id} compares with a reference and has none; give similar: { to: … }`);
    const score = overlap(text, wanted);
    return {
      grader: 'similar',
      pass: score >= atLeast,
      score,
      reasons: score >= atLeast ? [] : [`${Math.round(score * 100)}% of the words are shared, not ${Math.round(atLeast * 100)}%`],
      details: { overlap: score },
    };
  },
};

/** F1 over words, each counted as often as it occurs. */
export function overlap(a: string, b: string): number {
  const words = (text: string) => text.toLowerCase().match(/\w+/g) ?? [];
  const [left, right] = [words(a), words(b)];
  const left2 = new Map<string, number>();
  for (const word of left) left2.set(word, (left2.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of right) {
    const rest = left2.get(word) ?? 0;
    if (rest > 0) common++;
    left2.set(word, rest - 1);
  }
  return left.length + right.length ? (2 * common) / (left.length + right.length) : 1;
}
