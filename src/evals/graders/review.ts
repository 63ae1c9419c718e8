import { z } from 'zod';
import { jsonIn } from '../extract.ts';
import { evaluate } from '../running/workbench.ts';
import { languageOf } from './checks.ts';
import { same } from './compare.ts';
import type { Grader } from './grader.ts';

const Planted = z.strictObject({
  line: z.int().positive(),
  problem: z.string(),
  words: z.string().describe('what a finding must say, as a regular expression'),
  proof: z.string().optional().describe('an expression that the mistake changes'),
  alone: z.string().optional().describe('the right code with this mistake only'),
});
export type Planted = z.infer<typeof Planted>;

const Review = z.strictObject({
  bugs: z.array(Planted).min(1),
  falseAlarms: z.int().min(0).default(1),
  right: z.string(),
});

interface Finding {
  from: number;
  to: number;
  text: string;
}

/** Lines a finding may be off: a mistake can be named by the line above it. */
const NEAR = 1;

/** Planted mistakes that a review must find; what it finds elsewhere is a false alarm. Score: F1 of the two. */
export const review: Grader<z.infer<typeof Review>> = {
  kind: 'review',
  schema: Review,
  basis: 'execution',
  async grade({ bugs, falseAlarms }, { text }) {
    const findings = findingsIn(text);
    if (!findings) return { grader: 'review', pass: false, score: 0, reasons: ['the answer holds no JSON array of findings'], details: {} };
    const near = ({ from, to }: Finding, { line }: Planted) => from - NEAR <= line && line <= to + NEAR && to - from <= 10;
    const missed = bugs.filter((bug) => !findings.some((one) => near(one, bug) && new RegExp(bug.words, 'i').test(one.text)));
    const alarms = findings.filter((one) => !bugs.some((bug) => near(one, bug)));
    const found = bugs.length - missed.length;
    const score = found ? (2 * found) / (2 * found + missed.length + alarms.length) : 0;
    const reasons = [
      ...missed.map(({ line, problem }) => `missed in line ${line}: ${problem}`),
      ...(alarms.length > falseAlarms
        ? [`${alarms.length} false alarms, e.g. line ${alarms[0]!.from}: ${alarms[0]!.text.slice(0, 80)}`]
        : []),
    ];
    return {
      grader: 'review',
      pass: reasons.length === 0,
      score,
      reasons,
      details: { found, planted: bugs.length, falseAlarms: alarms.length },
    };
  },
  async prove({ bugs, right }, it, bench) {
    const worked = (text: string, proof: string) =>
      evaluate(bench, { language: languageOf(it), path: it.answer!, files: { [it.answer!]: text }, setup: it.setup, expressions: [proof] });
    const wrong = bugs.map(async ({ proof, alone }) => {
      if (proof === undefined || alone === undefined) return [];
      const [[well], [ill]] = await Promise.all([worked(right, proof), worked(alone, proof)]);
      if ('error' in well!) return [`${proof} fails in the right code: ${well.error}`];
      return same(well, ill) ? [`${proof} is the same with and without the planted mistake`] : [];
    });
    return (await Promise.all(wrong)).flat();
  },
};

/** The findings of an answer: an array, or an object that holds one; `line` as a number, "12" or "12-14". */
export function findingsIn(answer: string): Finding[] | undefined {
  const value = jsonIn(answer);
  const list = Array.isArray(value) ? value : value && typeof value === 'object' ? Object.values(value).find(Array.isArray) : undefined;
  if (!list) return undefined;
  return list.flatMap((one: unknown) => {
    if (one === null || typeof one !== 'object') return [];
    const { line, lines, ...rest } = one as Record<string, unknown>;
    const numbers =
      String(line ?? lines ?? '')
        .match(/\d+/g)
        ?.map(Number) ?? [];
    if (numbers.length === 0) return [];
    const text = Object.values(rest)
      .filter((part) => typeof part === 'string')
      .join(' ');
    return [{ from: Math.min(...numbers), to: Math.max(...numbers), text }];
  });
}
