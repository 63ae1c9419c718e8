import { describe, expect, it } from 'vitest';
import { scannerFor } from '../../egress/read.ts';
import { sheetText } from '../builtin.ts';
import { suiteFrom } from '../suite/read.ts';
import { importPromptfoo } from './promptfoo.ts';
import { importRecorded, type Recorded } from './recorded.ts';

const HEAD = { name: 'suite.yaml', text: 'name: t\nversion: 1\n' };
const read = (cases: Record<string, unknown>[]) => suiteFrom([HEAD, { name: 'imported.yaml', text: sheetText(cases) }]).cases;

describe('a promptfoo configuration', () => {
  const FILES: Record<string, string> = {
    'two.txt': 'Say {{word}}.\n---\nRepeat {{word}}!\n',
    'more.yaml': '- vars: { word: c }\n  assert: [{ type: equals, value: "{{word}}" }]\n',
  };
  const made = importPromptfoo(
    `
description: words
providers: [any:model]
prompts: [file://two.txt, file://made.js]
defaultTest: { assert: [{ type: not-contains, value: "sorry" }] }
tests:
  - vars: { word: [a, b] }
    assert:
      - { type: icontains, value: "{{word}}" }
      - { type: is-json, value: { type: object } }
      - { type: javascript, value: output.length > 1 }
      - { type: not-is-json }
  - file://more.yaml
  - file://cases.csv
  - vars: {}
    assert: [{ type: contains, value: x }]
`,
    { task: 'quick_chat', readFile: (path) => FILES[path]! },
  );

  it('becomes cases that our suites read: prompts × tests × lists of values', () => {
    const cases = read(made.cases);
    expect(cases.map(({ id, prompt }) => [id, prompt])).toEqual([
      ['test-1-1-1', 'Say a.'],
      ['test-1-1-2', 'Say b.'],
      ['test-1-2-1', 'Repeat a!'],
      ['test-1-2-2', 'Repeat b!'],
      ['test-2-1', 'Say c.'],
      ['test-2-2', 'Repeat c!'],
    ]);
    expect(cases[0]!.graders).toEqual([
      { kind: 'mentions', settings: { has: [], lacks: ['sorry'], exactCase: true } },
      { kind: 'mentions', settings: { has: ['a'], lacks: [], exactCase: false } },
      { kind: 'json', settings: { schema: { type: 'object' } } },
    ]);
    expect(cases[4]!.graders[1]).toEqual({ kind: 'exact', settings: 'c' });
  });

  it('says what was not carried', () => {
    const text = made.notes.join('\n');
    for (const said of [
      'file://made.js is a program',
      'file://cases.csv is not carried',
      'test-1-1-1: the assertion javascript',
      'the assertion not-is-json',
      'test-3-1: {{word}} is more than a variable',
    ])
      expect(text).toContain(said);
    expect(() => importPromptfoo('tests: []', { task: 'quick_chat', readFile: String })).toThrow(/no promptfoo configuration: prompts/);
  });
});

describe('recorded exchanges', () => {
  const secret = 'ghp_k3J9xQ2mVb7TzR5wLp8Nd4HsYc6Fg1AeUi0o';
  const row = (id: string, more: Partial<Recorded['row']> = {}): Recorded['row'] => ({
    id,
    task: 'explain_code',
    outcome: 'ok',
    partial: 0,
    ...more,
  });
  const content = {
    request: `{"q": "Why does the token ${secret} of ann.miller@millerworks.com fail?"}`,
    answer: `{"a": "${secret} has expired."}`,
  };
  const options = {
    scanner: scannerFor({ words: {}, patterns: {} }),
    settings: { budgetMs: 5000, limitLength: 1e6 },
    now: () => performance.now(),
    key: new Uint8Array(32).fill(7),
    take: ({ request, answer }: Recorded['content']) =>
      request.startsWith('{') ? { prompt: JSON.parse(request).q, answer: JSON.parse(answer).a } : undefined,
  };

  it('are not touched without consent', () => {
    expect(() => importRecorded([{ row: row('x'), content }], { ...options, consent: false })).toThrow(/^consent: .*people agree/);
  });

  it('become cases without secrets or names, a value the same in both texts', () => {
    const { cases, notes } = importRecorded([{ row: row('X_1'), content }], { ...options, consent: true });
    expect(notes).toEqual([]);
    expect(JSON.stringify(cases)).not.toMatch(/ghp_|ann\.miller/);
    const [one] = read(cases);
    const stands = /fh-[a-z]+-\w+/.exec(one!.prompt)![0];
    expect(one).toMatchObject({ id: 'recorded-x-1', task: 'explain_code', reference: `${stands} has expired.` });
    expect(one!.graders).toEqual([{ kind: 'similar', settings: { atLeast: 0.5 } }]);
  });

  it('are left out when they are not whole, not readable or not scanned', () => {
    const broken = {
      scan: () => {
        throw new RangeError('deep');
      },
    };
    const all: Recorded[] = [
      { row: row('a', { outcome: 'interrupted' }), content },
      { row: row('b', { partial: 1 }), content },
      { row: row('c'), content: { ...content, request: 'no' } },
    ];
    expect(importRecorded(all, { ...options, consent: true })).toEqual({
      cases: [],
      notes: ['a: it has no whole answer', 'b: it has no whole answer', 'c: its bodies could not be read'],
    });
    expect(importRecorded([{ row: row('d'), content }], { ...options, consent: true, scanner: broken }).notes).toEqual([
      'd: not read for secrets, so left out: it is nested too deep',
    ]);
  });

  it('can be judged by a model in place of words', () => {
    const { cases } = importRecorded([{ row: row('x', { task: null }), content }], { ...options, consent: true, judge: 'other-2' });
    expect(read(cases)[0]).toMatchObject({ task: 'quick_chat', graders: [{ kind: 'judge', settings: { model: 'other-2' } }] });
  });
});
