import { describe, expect, it } from 'vitest';
import type { Case, GraderSpec } from '../case.ts';
import { gradeAnswer } from '../grade.ts';
import { Missing, openWorkbench, type Workbench } from '../running/workbench.ts';
import { agreement, calibrate } from './calibrate.ts';
import { same } from './compare.ts';
import { scriptExamples, shellExamples } from './examples.ts';
import { GRADERS } from './index.ts';
import { choiceIn, compare, family, judgeQuestion, unfit } from './judge.ts';
import { findingsIn } from './review.ts';
import { covered } from './tests.ts';
import { overlap } from './text.ts';

const bench = await openWorkbench();
const it_ = (kind: string, settings: unknown, more: Partial<Case> = {}): Case => {
  const graders: GraderSpec[] = [{ kind, settings: GRADERS.get(kind)!.schema.parse(settings) }];
  return { id: 'a', task: 'quick_chat', prompt: 'p', files: {}, wrong: [], graders, ...more };
};
const graded = async (one: Case, answer: string, on: Workbench = bench) => {
  const { pass, score, grades } = await gradeAnswer(one, answer, on);
  return [pass, Number(score.toFixed(2)), ...grades.flatMap(({ reasons }) => reasons)];
};
const ts = (answer = 'solution.ts'): Partial<Case> => ({ language: 'typescript', answer });

describe('graders of texts', () => {
  it.each<[string, unknown, string, unknown[]]>([
    ['json', true, 'So: {"a": 1}', [true, 1]],
    ['json', true, 'a: 1', [false, 0, 'the answer holds no valid JSON']],
    [
      'json',
      { schema: { type: 'object', required: ['a'], properties: { a: { type: 'number' } } } },
      '{"a": "1"}',
      [false, 0.5, expect.stringMatching(/^the JSON is not of its schema: a: /)],
    ],
    ['json', { equals: [1] }, '[2]', [false, 0.5, 'the JSON is [2], not [1]']],
    ['exact', 'Paris', 'I think.\nAnswer: **Paris**.', [true, 1]],
    ['exact', ['a', 'b'], 'c', [false, 0, 'the answer is "c", not "a" or "b"']],
    ['number', { is: 1250 }, 'It is about 1,250', [true, 1]],
    ['number', { is: 3.14, within: 0.01 }, '3.15 or 3.2', [false, 0, "the answer's last number is 3.2, not 3.14"]],
    ['mentions', ['one', 'two'], 'ONE', [false, 0.5, 'it does not say /two/']],
    ['mentions', { lacks: ['bad'] }, 'Bad', [false, 0, 'it says /bad/']],
    ['mentions', { has: ['bad'], exactCase: true }, 'Bad', [false, 0, 'it does not say /bad/']],
  ])('%s %j of %j', async (kind, settings, answer, result) => expect(await graded(it_(kind, settings), answer)).toEqual(result));

  it('compare words as often as they occur', () => {
    expect([overlap('a b', 'b a'), overlap('a a a', 'a'), overlap('', ''), overlap('a', 'b')]).toEqual([1, 0.5, 1, 0]);
  });

  it('compare values whatever the order of keys and the last digit', () => {
    expect(same({ a: 1, b: [0.1 + 0.2] }, { b: [0.3], a: 1 })).toBe(true);
    for (const [a, b] of [
      [{ a: 1 }, { a: 1, b: undefined }],
      [[1], { 0: 1 }],
      [null, {}],
      [1, '1'],
      [
        [1, 2],
        [2, 1],
      ],
    ] as const)
      expect(same(a, b)).toBe(false);
  });
});

describe('graders that run', () => {
  it('checks: a thrown error, a wrong value, an early exit, a forged result', async () => {
    const one = it_('checks', { 'f(1)': 2, 'f(2)': { $throws: 'two' } }, ts());
    expect(await graded(one, 'export const f = (n: number) => { if (n === 2) throw new Error("two"); return 2; };')).toEqual([true, 1]);
    expect(await graded(one, 'export const f = (n: number) => n;')).toEqual([
      false,
      0,
      'f(1) is 1, not 2',
      'f(2) is 2 where an error was due',
    ]);
    expect(await graded(one, 'process.exit(0); export const f = 1;')).toEqual([
      false,
      0,
      expect.stringContaining('f(1): it ended with code 0'),
      expect.anything(),
    ]);
    expect(
      (
        await graded(
          one,
          'export const f = (n: number) => { for (let i = 0; i < 9; i++) console.log("\\n" + i + " =2"); process.exit(0); };',
        )
      )[0],
    ).toBe(false);
    const thief =
      'import { readdirSync, readFileSync, writeSync } from "node:fs"; const own = readdirSync(".").filter((n) => n.startsWith("freehold")).map((n) => readFileSync(n, "utf8")).join(); for (const mark of own.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? []) writeSync(1, "\\n" + mark + " 0 =2\\n" + mark + " 1 !two\\n"); export const f = 1;';
    expect((await graded(one, thief))[0]).toBe(false);
    expect((await graded(one, 'export const f = (;'))[2]).toMatch(/SyntaxError/);
  });

  it('compiles and types: what is no program, and what only the checker sees', async () => {
    expect((await graded(it_('compiles', true, ts()), 'const = 1'))[0]).toBe(false);
    expect((await graded(it_('compiles', true, { language: 'python', answer: 'solution.py' }), 'def f(:'))[0]).toBe(false);
    expect((await graded(it_('compiles', true, { language: 'shell', answer: 'solution.sh' }), 'if true; then'))[0]).toBe(false);
    expect((await graded(it_('types', true, ts()), 'export const a: number = "1";'))[2]).toMatch(/TS2322/);
    expect(await graded(it_('types', true, ts()), 'export const a: number = 1;')).toEqual([true, 1]);
    expect((await graded(it_('lint', true, ts()), 'export function f() { debugger; }'))[0]).toBe(false);
  }, 40_000);

  it('tests: the suite’s, not those the answer brings', async () => {
    const code = 'import assert from "node:assert"; import { f } from "./solution.ts"; assert.equal(f(), 1);';
    const one = it_('tests', { file: 'a.test.ts', code }, ts());
    expect(await graded(one, 'export const f = () => 1;')).toEqual([true, 1]);
    expect((await graded(one, '```ts solution.ts\nexport const f = () => 2;\n```\n```ts a.test.ts\n\n```'))[0]).toBe(false);
  });

  it('mutants: tests that rewrite the code under test prove nothing', async () => {
    const one = it_(
      'mutants',
      { of: 'solution.ts', edits: [{ replace: '1', by: '2' }] },
      { ...ts('a.test.ts'), files: { 'solution.ts': 'export const f = () => 1;\n' } },
    );
    const test = 'import assert from "node:assert"; import { f } from "./solution.ts"; assert.ok(f());';
    expect(await graded(one, `\`\`\`ts\n${test}\n\`\`\``)).toEqual([false, 0, 'not noticed: "1" made "2"']);
    expect(await graded(one, test.replace('ok(f())', 'equal(f(), 1)'))).toEqual([true, 1]);
    expect(
      (
        await graded(
          one,
          `\`\`\`ts solution.ts\nexport const f = () => 5;\n\`\`\`\n\`\`\`ts a.test.ts\n${test.replace('ok(f())', 'equal(f(), 5)')}\n\`\`\``,
        )
      )[0],
    ).toBe(false);
  });

  it('applies: a patch that does, one that does not, and no patch', async () => {
    const one = it_('applies', true, { ...ts(), files: { 'solution.ts': 'a\n' } });
    const patch = '--- a/solution.ts\n+++ b/solution.ts\n@@ -1 +1 @@\n-a\n+b\n';
    expect(await graded(one, patch)).toEqual([true, 1]);
    expect((await graded(one, patch.replace('-a', '-c')))[2]).toMatch(/does not apply: solution\.ts: hunk 1/);
    expect((await graded(one, 'let b;'))[2]).toBe('the answer is no patch');
  });

  it('skip with the reason what this machine lacks', async () => {
    const without = { ...bench, tools: {}, missing: { typescript: 'no Node here' } };
    const grade = await gradeAnswer(it_('checks', { f: 1 }, ts()), 'x', without);
    expect(grade).toMatchObject({ pass: false, skipped: 'no Node here' });
    expect(new Missing('x')).toBeInstanceOf(Error);
  });

  it('read three forms of coverage', () => {
    expect(covered('COVERED solution.py 3 4\n', 'solution.py')).toBe(0.75);
    expect(covered('ok answer 0.1s coverage: 50.0% of statements', 'solution.go')).toBe(0.5);
    expect(covered('SF:/box/a.ts\nDA:1,0\nend_of_record\nSF:/box/solution.ts\nDA:1,2\nDA:2,0\nend_of_record\n', 'solution.ts')).toBe(0.5);
    expect(covered('', 'solution.ts')).toBe(0);
  });

  it('read findings in the forms that models write', () => {
    expect(findingsIn('[{"line": 3, "problem": "a"}, {"line": "5-7", "title": "b", "detail": "c"}]')).toEqual([
      { from: 3, to: 3, text: 'a' },
      { from: 5, to: 7, text: 'b c' },
    ]);
    expect(findingsIn('{"findings": [{"lines": "L2", "issue": "x"}]}')).toEqual([{ from: 2, to: 2, text: 'x' }]);
    expect([findingsIn('[]'), findingsIn('All is well.')]).toEqual([[], undefined]);
  });

  it('read examples in documentation', () => {
    expect(scriptExamples('/**\n * @example\n * const a = f(1); // => 2\n * g(a); // => throws Error\n */')).toEqual([
      { before: [], call: 'f(1)', says: '2' },
      { before: ['const a = f(1);'], call: 'g(a)', says: 'throws Error' },
    ]);
    expect(shellExamples('```console\n$ a\nx\ny\n$ b\n```\n')).toEqual([
      { before: [], call: 'a', says: 'x\ny' },
      { before: [], call: 'b', says: '' },
    ]);
  });
});

describe('the judge', () => {
  const prefers = (word: string) => async (prompt: string) => {
    const [, one, two] = /ANSWER 1\n([\s\S]*?)\n\nEND OF ANSWER 1\n\nANSWER 2\n([\s\S]*?)\n\nEND OF ANSWER 2/.exec(prompt)!;
    return `Reasons {"x": 1}. {"better": ${one!.includes(word) === two!.includes(word) ? 0 : one!.includes(word) ? 1 : 2}}`;
  };
  const first = async () => '{"better": 1}';

  it('is asked in both orders, and its preference for a place is a tie', async () => {
    expect(await compare(prefers('good'), 't', 'r', 'good answer', 'bad')).toMatchObject({
      first: 'candidate',
      second: 'candidate',
      consistent: true,
      score: 1,
      lengthRatio: 11 / 3,
    });
    expect(await compare(prefers('good'), 't', 'r', 'bad', 'good')).toMatchObject({ score: 0, consistent: true });
    expect(await compare(first, 't', 'r', 'a', 'b')).toMatchObject({ first: 'candidate', second: 'other', consistent: false, score: 0.5 });
    expect(await compare(async () => 'I prefer the first', 't', 'r', 'a', 'b')).toMatchObject({ consistent: false, score: 0.5 });
  });

  it('sees no model names and must name a version of another family', () => {
    expect(judgeQuestion('t', 'r', 'x', 'y')).not.toMatch(/model/i);
    expect([choiceIn('{"better": 2}'), choiceIn('{"better": 3}'), choiceIn('two')]).toEqual([2, undefined, undefined]);
    expect(['vendor/Qwen3-coder-30b', 'qwen-2'].map(family)).toEqual(['qwen', 'qwen']);
    expect(unfit('judge-latest', [])).toMatch(/names no version/);
    expect(unfit('qwen3-8b', ['lab/qwen2.5-1.5b'])).toMatch(/of the family of/);
    expect(unfit('other-2-2026', ['lab/qwen2.5-1.5b'])).toBeUndefined();
  });

  it('grades behind what runs, and not at all when that failed', async () => {
    let asked = 0;
    const ask = async (_: string, prompt: string) => {
      asked++;
      return prefers('right')(prompt);
    };
    const one: Case = {
      ...it_('judge', { model: 'other-2', rubric: 'r' }, { reference: 'right' }),
      graders: [
        { kind: 'judge', settings: { model: 'other-2', rubric: 'r' } },
        { kind: 'mentions', settings: ['answer'] },
      ],
    };
    expect((await gradeAnswer(one, 'right answer', { ...bench, ask })).pass).toBe(true);
    expect((await gradeAnswer(one, 'the answer', { ...bench, ask })).grades.at(-1)).toMatchObject({ grader: 'judge', pass: false });
    expect([(await gradeAnswer(one, 'right', { ...bench, ask })).grades.map(({ grader }) => grader), asked]).toEqual([['mentions'], 4]);
    expect((await gradeAnswer(one, 'right answer', bench)).skipped).toMatch(/no model can be asked/);
  });

  it('is calibrated on pairs whose better answer is known', async () => {
    const pairs = ['a', 'b', 'c', 'd'].map((n) => ({ task: n, rubric: 'r', better: `good ${n}`, worse: `bad ${n}` }));
    expect(await calibrate(prefers('good'), pairs)).toEqual({
      pairs: 4,
      right: 4,
      wrong: 0,
      undecided: 0,
      consistency: 1,
      accuracy: 1,
      firstPlaceBias: 0,
    });
    expect(await calibrate(first, pairs)).toMatchObject({ right: 0, undecided: 4, consistency: 0, firstPlaceBias: 1 });
    expect(await calibrate(prefers('bad'), pairs)).toMatchObject({ wrong: 4, accuracy: 0 });
  });

  it('agrees with execution by more than chance, or not', () => {
    expect(
      agreement([
        [true, true],
        [false, false],
      ]),
    ).toEqual({ answers: 2, share: 1, kappa: 1 });
    expect(
      agreement([
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ]),
    ).toMatchObject({ share: 0.5, kappa: 0 });
    expect(agreement([])).toEqual({ answers: 0, share: 0, kappa: 0 });
  });
});
