import { z } from 'zod';
import type { Case } from '../case.ts';
import { ending, Missing, toolOf, type Workbench } from '../running/workbench.ts';
import type { Ran } from '../sandbox/job.ts';
import { languageOf } from './checks.ts';
import { edited } from './compare.ts';
import { type Grader, ofParts, type Subject } from './grader.ts';

async function run(
  bench: Workbench,
  it: Case,
  files: Readonly<Record<string, string>>,
  how: 'test' | 'coverage',
  file: string,
): Promise<Ran> {
  const tool = await toolOf(bench, languageOf(it));
  const argv = tool[how]?.(file);
  if (!argv) throw new Missing(`nothing here measures the coverage of ${languageOf(it)}`);
  return bench.sandbox.run({ argv, files: { ...tool.files, ...files }, reads: tool.reads, env: tool.env });
}

const Tests = z.union([z.string(), z.strictObject({ file: z.string(), code: z.string().optional() })]);

/** A file of tests that the model did not see (or did, when it is one of the case's files) and that must pass. */
export const tests: Grader<z.infer<typeof Tests>> = {
  kind: 'tests',
  schema: Tests,
  basis: 'execution',
  async grade(settings, { case: it, files }, bench) {
    const { file, code } = typeof settings === 'string' ? { file: settings, code: undefined } : settings;
    // As the suite has it: an answer that changes the tests is judged by the old ones.
    const own = code ?? it.files[file];
    if (own === undefined) throw new Error(`The case ${it.id} names the tests ${file}, which are not among its files; give their code`);
    const ran = await run(bench, it, { ...files, [file]: own }, 'test', file);
    return ofParts('tests', [ran.code === 0 ? undefined : `the tests fail: ${ending(ran)}`], { code: ran.code });
  },
};

const Mutants = z.strictObject({
  of: z.string().describe('the file that is made wrong'),
  edits: z.array(z.strictObject({ replace: z.string(), by: z.string() })).min(1),
  atLeast: z.number().min(0).max(1).default(1),
});

/** Tests that the model wrote: they pass on the right code and fail on each planted mistake. */
export const mutants: Grader<z.infer<typeof Mutants>> = {
  kind: 'mutants',
  schema: Mutants,
  basis: 'execution',
  async grade({ of, edits, atLeast }, subject, bench) {
    const { case: it, path } = subject;
    const right = await run(bench, it, tested(subject, of), 'test', path);
    if (right.code !== 0)
      return { grader: 'mutants', pass: false, score: 0, reasons: [`the tests fail on right code: ${ending(right)}`], details: {} };
    const ran = await Promise.all(
      edits.map((edit) => run(bench, it, { ...tested(subject, of), [of]: edited(it.files[of]!, [edit]) }, 'test', path)),
    );
    const alive = edits.filter((_, at) => ran[at]!.code === 0);
    const score = 1 - alive.length / edits.length;
    const reasons = alive.map(({ replace, by }) => `not noticed: "${replace.trim()}" made "${by.trim()}"`);
    return {
      grader: 'mutants',
      pass: score >= atLeast,
      score,
      reasons,
      details: { killed: edits.length - alive.length, of: edits.length },
    };
  },
};

/** The code under test stays as it was: tests that rewrite it prove nothing. */
function tested({ case: it, files }: Subject, of: string): Record<string, string> {
  return { ...files, [of]: it.files[of]! };
}

const Coverage = z.strictObject({
  of: z.string(),
  atLeast: z.number().min(0).max(1).describe('lines reached, as a share of those of the file'),
});

/** The share of a file's lines that the model's tests reach, and that it rises over that of the tests that were there. */
export const coverage: Grader<z.infer<typeof Coverage>> = {
  kind: 'coverage',
  schema: Coverage,
  basis: 'execution',
  async grade({ of, atLeast }, subject, bench) {
    const { case: it, path } = subject;
    const ran = await run(bench, it, tested(subject, of), 'coverage', path);
    if (ran.code !== 0) return { grader: 'coverage', pass: false, score: 0, reasons: [`the tests fail: ${ending(ran)}`], details: {} };
    const share = covered(ran.stdout, of);
    const before = it.files[path] === undefined ? 0 : covered((await run(bench, it, it.files, 'coverage', path)).stdout, of);
    const parts = [
      share >= atLeast ? undefined : `the tests reach ${percent(share)} of ${of}, not ${percent(atLeast)}`,
      it.files[path] === undefined || share > before ? undefined : `coverage does not rise over ${percent(before)}`,
    ];
    return { ...ofParts('coverage', parts, { share, before }), score: Math.min(1, share / atLeast) };
  },
};

const percent = (share: number) => `${Math.round(share * 100)}%`;

/** Reads LCOV (lines `DA:line,count` below `SF:file`), our own lines for Python, or the sentence of `go test`. */
export function covered(output: string, of: string): number {
  const own = new RegExp(`^COVERED ${of.replaceAll('.', '\\.')} (\\d+) (\\d+)$`, 'm').exec(output);
  if (own) return Number(own[1]) / Math.max(1, Number(own[2]));
  const go = /^coverage: ([\d.]+)% of statements/m.exec(output) ?? /coverage: ([\d.]+)% of statements/.exec(output);
  if (go) return Number(go[1]) / 100;
  const record = output.split('end_of_record').find((part) => new RegExp(`^SF:(?:.*/)?${of.replaceAll('.', '\\.')}$`, 'm').test(part));
  const lines = [...(record ?? '').matchAll(/^DA:\d+,(\d+)/gm)];
  return lines.length ? lines.filter(([, count]) => count !== '0').length / lines.length : 0;
}
