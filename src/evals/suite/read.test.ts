import { describe, expect, it } from 'vitest';
import { question } from '../case.ts';
import { type SuiteError, suiteFrom } from './read.ts';

const HEAD = { name: 'suite.yaml', text: 'name: t\nversion: 1\n' };
const suite = (text: string) => suiteFrom([HEAD, { name: 'cases.yaml', text }]);
function problems(text: string): string[] {
  try {
    suite(text);
    return [];
  } catch (error) {
    return (error as SuiteError).message.split('\n');
  }
}

describe('mistakes in a suite name file, line and mend', () => {
  it.each([
    ['cases:\n  - id: a\n    task: code_gen\n    prompt: x\n    exact: y\n', /^cases\.yaml:3: a: task: .*code_generation/],
    [
      'cases:\n  - id: a\n    task: review\n    prompt: x\n    mention: [y]\n',
      /^cases\.yaml:5: a: mention: is neither a field nor a grader\. Did you mean mentions\?/,
    ],
    ['cases:\n  - id: a\n    task: review\n    prompt: x\n', /^cases\.yaml:2: a: nothing grades it; add one of applies/],
    ['cases:\n  - id: a\n    task: review\n    prompt: x\n    number: { is: many }\n', /^cases\.yaml:5: a: number\.is: /],
    ['cases:\n  - id: a\n    task: review\n    prompt: x\n    mentions: ["("]\n', /^cases\.yaml:5: a: mentions.*no regular expression/],
    [
      'cases:\n  - id: a\n    task: bug_fix\n    language: go\n    prompt: x\n    code: one\n    fix:\n      - { replace: two, by: three }\n    checks: { a: 1 }\n',
      /^cases\.yaml:7: a: fix: nothing reads "two"/,
    ],
    ['cases:\n  - id: a\n    task: bug_fix\n    prompt: x\n    code: one\n    exact: y\n', /^cases\.yaml:5: a: code: needs language/],
    [
      'cases:\n  - id: a\n    task: bug_fix\n    prompt: x\n    exact: y\n    files: { ../b: c }\n',
      /^cases\.yaml:2: a: "\.\.\/b" is no relative path/,
    ],
    [
      'cases:\n  - id: a\n    task: review\n    prompt: x\n    exact: y\n  - id: a\n    task: review\n    prompt: x\n    exact: y\n',
      /^cases\.yaml:6: id: "a" is taken by a case in cases\.yaml:2/,
    ],
    ['cases:\n  - id: a\n    prompt: x: y\n', /^cases\.yaml:3: not valid YAML: .*in quotes/],
    ['case: []\n', /^cases\.yaml:1: cases: /],
  ])('%#', (text, message) => expect(problems(text).join('\n')).toMatch(message));

  it('tells all of them at once', () => {
    expect(problems('cases:\n  - id: A\n    task: x\n    prompt: y\n')).toHaveLength(2);
  });

  it('misses its head', () => {
    expect(() => suiteFrom([{ name: 'suite.yaml', text: 'name: T T\n' }])).toThrow(/suite\.yaml:1: name: .*small letters/);
  });
});

describe('shorthands', () => {
  it('make a fix of edits, and the code itself a wrong answer', () => {
    const { cases } = suite(
      'defaults: { task: bug_fix, language: python }\ncases:\n  - id: a\n    prompt: Mend it.\n    code: |\n      def f(): return 1\n    fix: [{ replace: "1", by: "2" }]\n    wrong: [{ replace: "2", by: "3" }, { drop: def }]\n    checks: { f(): 2 }\n',
    );
    expect(cases[0]).toMatchObject({
      answer: 'solution.py',
      files: { 'solution.py': 'def f(): return 1\n' },
      reference: 'def f(): return 2\n',
      wrong: ['def f(): return 1\n', 'def f(): return 3\n', ''],
      graders: [{ kind: 'checks', settings: { 'f()': 2 } }],
    });
    expect(question(cases[0]!)).toBe(
      'Mend it.\n\nReply with one code block that holds the whole file solution.py.\n\nsolution.py:\n```\ndef f(): return 1\n```',
    );
  });

  it('plant mistakes, number the lines and know where each stands', () => {
    const { cases } = suite(
      'cases:\n  - id: a\n    task: review\n    language: python\n    prompt: Counts.\n    code: |\n      a = 1\n      b = 2\n      c = 3\n      d = 4\n    bugs:\n      - { replace: "b = 2\\n", by: "", problem: gone, words: gone }\n      - { replace: d = 4, by: d = 5, problem: five, words: five }\n',
    );
    expect(cases[0]!.prompt).toContain('  1 a = 1\n  2 c = 3\n  3 d = 5');
    expect(cases[0]!.graders[0]!.settings).toMatchObject({ bugs: [{ line: 2 }, { line: 3 }] });
    expect(cases[0]!.files).toEqual({});
  });

  it('change the hash with anything that could change a grade, and with nothing else', () => {
    const text = (answer: string) => `cases:\n  - id: a\n    task: review\n    prompt: x\n    exact: ${answer}\n`;
    expect(suite(text('y')).hash).toBe(suite(`# a remark\n${text('y')}`).hash);
    expect(suite(text('y')).hash).not.toBe(suite(text('z')).hash);
  });
});

it('a file in a prompt cannot close its fence', () => {
  expect(question({ prompt: 'p', files: { 'a.md': '```\nx\n```' } })).toBe('p\n\na.md:\n````\n```\nx\n```\n````');
});
