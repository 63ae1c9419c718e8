import { describe, expect, it } from 'vitest';
import { extract, jsonIn, spoken } from './extract.ts';

const F = '```';
const one = { files: {}, answer: 'solution.ts', language: 'typescript' } as const;
const many = { files: { 'src/a.ts': 'one\ntwo\n', 'src/b.ts': 'b\n' }, answer: 'src/a.ts', language: 'typescript' } as const;

describe('code taken out of an answer', () => {
  it.each([
    ['one block', `Sure!\n\n${F}ts\nconst a = 1;\n${F}\nDone.`, { 'solution.ts': 'const a = 1;\n' }],
    ['bare code', 'const a = 1;', { 'solution.ts': 'const a = 1;\n' }],
    ['a block without a language', `${F}\nconst a = 1;\n${F}`, { 'solution.ts': 'const a = 1;\n' }],
    [
      'the longest of several',
      `${F}ts\nconst a = 1;\nconst b = 2;\n${F}\nUse it:\n${F}ts\nuse(a);\n${F}`,
      { 'solution.ts': 'const a = 1;\nconst b = 2;\n' },
    ],
    [
      'the language asked for before another',
      `${F}sh\nnpm install something-long-that-is-no-answer\n${F}\n${F}ts\nlet a;\n${F}`,
      { 'solution.ts': 'let a;\n' },
    ],
    ['an answer cut off in its block', `${F}ts\nconst a = 1;`, { 'solution.ts': 'const a = 1;\n' }],
    ['thoughts before it', `<think>\n${F}ts\nwrong\n${F}\n</think>\n${F}ts\nright\n${F}`, { 'solution.ts': 'right\n' }],
    ['carriage returns', `${F}ts\r\nlet a;\r\n${F}\r\n`, { 'solution.ts': 'let a;\n' }],
    ['tildes, and backticks inside', `~~~ts\nconst a = "${F}";\n~~~`, { 'solution.ts': `const a = "${F}";\n` }],
    ['a longer fence around another', `${F}${'`'}ts\na\n${F}\nb\n${F}\n${F}${'`'}`, { 'solution.ts': `a\n${F}\nb\n${F}\n` }],
  ])('%s', (_, answer, files) => expect(extract(answer, one)).toMatchObject({ files, problems: [] }));

  it.each([
    ['the path behind the fence', `${F}ts src/b.ts\nnew\n${F}`],
    ['title=', `${F}ts title="src/b.ts"\nnew\n${F}`],
    ['a colon', `${F}ts:src/b.ts\nnew\n${F}`],
    ['a heading before', `### src/b.ts\n\n${F}ts\nnew\n${F}`],
    ['bold before', `**src/b.ts**:\n${F}\nnew\n${F}`],
    ['code before', `1. \`src/b.ts\`\n${F}\nnew\n${F}`],
    ['File:', `File: src/b.ts\n${F}ts\nnew\n${F}`],
  ])('a file named by %s', (_, answer) => expect(extract(answer, many).files).toEqual({ 'src/b.ts': 'new\n' }));

  it('takes a comment for a path only when it names a file of the case', () => {
    expect(Object.keys(extract(`${F}ts\n// src/b.ts\nnew\n${F}`, many).files)).toEqual(['src/b.ts']);
    expect(Object.keys(extract(`${F}ts\n// see docs.md\nnew\n${F}`, many).files)).toEqual(['src/a.ts']);
  });

  it('takes the later of two for one file', () => {
    const answer = `First try, src/b.ts\n${F}ts src/b.ts\nold\n${F}\n${F}ts src/b.ts\nnew\n${F}`;
    expect(extract(answer, many).files).toEqual({ 'src/b.ts': 'new\n' });
  });

  it('applies patches, in a block or bare', () => {
    const patch = '--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n';
    for (const answer of [patch, `Here:\n${F}diff\n${patch}${F}\n`])
      expect(extract(answer, many)).toEqual({ files: { 'src/a.ts': 'one\n2\n' }, form: 'patch', problems: [] });
  });

  it('applies search and replace blocks', () => {
    const answer = `src/b.ts\n${F}\n<<<<<<< SEARCH\nb\n=======\nc\n>>>>>>> REPLACE\n${F}`;
    expect(extract(answer, many)).toEqual({ files: { 'src/b.ts': 'c\n' }, form: 'replacements', problems: [] });
    expect(extract(answer.replace('\nb\n', '\nx\n'), many).problems).toEqual(['src/b.ts: nothing reads "x" … to be replaced']);
  });

  it('says when there is nothing to take', () => {
    expect(extract('  ', one).problems).toEqual(['The answer is empty']);
    expect(extract('I cannot do that.', { files: {} })).toEqual({ files: {}, form: 'nothing', problems: [] });
  });
});

describe('JSON taken out of an answer', () => {
  it.each<[string, unknown]>([
    ['{"a": 1}', { a: 1 }],
    [`So:\n${F}json\n[1, {"b": [2]}]\n${F}\nfine`, [1, { b: [2] }]],
    ['The result is: {"a": {"b": 1}} as said.', { a: { b: 1 } }],
    ['First {"a": 1}, finally {"a": 2}', { a: 2 }],
    ['{not json} but [3]', [3]],
    ['nothing at all', undefined],
    ['half {"a": 1', undefined],
  ])('%s', (answer, value) => expect(jsonIn(answer)).toEqual(value));
});

it('leaves out thoughts only where they begin the answer', () => {
  expect(spoken('<think>x</think>y')).toBe('y');
  expect(spoken('about <think> tags </think>')).toBe('about <think> tags </think>');
});
