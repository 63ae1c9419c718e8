import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CacheFolder, keyOf } from './cache.ts';
import { compareRuns } from './compare.ts';
import { reportHtml } from './html.ts';
import { hasEnded, keepRun, keptRun } from './kept.ts';
import { listRuns, RunFolder, readRun } from './record.ts';
import type { CaseGrades, RunSummary } from './summary.ts';

const folder = mkdtempSync(join(tmpdir(), 'eval-kept-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NASTY = '<script>alert("x")</script>';

const summary: RunSummary = {
  version: 1,
  plan: {
    version: 1,
    id: '20261122-101500-3f2a',
    suites: [{ name: 'ours', version: '1', hash: 'ab'.repeat(32) }],
    models: ['a/large', `b/${NASTY}`],
    reference: 'a/large',
    margin: { keep: 0.95 },
    alpha: 0.05,
    repeat: 1,
    seed: 1,
    maxTokens: 100,
    untilDecided: false,
    at: 1,
    freehold: '0.1.0',
  },
  ended: 'complete',
  at: 1_700_000_000_000,
  spent_nanos: 1_500_000,
  rows: ['a/large', `b/${NASTY}`].map((model) => ({
    task: 'review',
    model,
    cases: 2,
    failed: 0,
    skipped: 0,
    passed: 1,
    score: 0.5,
    interval: [0.1, 0.9],
    cost_nanos: null,
    cached: 0,
    cut: 0,
    median_ms: 900,
    input_tokens: 10,
    output_tokens: 20,
  })),
  verdicts: [],
  versions: {},
  judges: [],
  opinions: null,
};
const grades: CaseGrades = [
  { case: 'ours/a', task: 'review', model: `b/${NASTY}`, score: 0, pass: false, why: NASTY },
  { case: 'ours/b', task: 'review', model: `b/${NASTY}`, score: 1, pass: true },
];

describe('a run on record', () => {
  it('is read again as far as it was written, whatever a crash cut off', () => {
    const { plan } = summary;
    const record = new RunFolder(folder, plan.id);
    record.write({ t: 'plan', plan });
    record.write({ t: 'asked', what: 'x', nanos: 5 });
    appendFileSync(join(record.folder, 'run.jsonl'), '{"t":"answer","what":"x","na');
    // A later version may write lines that this one does not know.
    new RunFolder(folder, plan.id).write({ t: 'failed', what: 'x', nanos: 0 });
    appendFileSync(join(record.folder, 'run.jsonl'), '{"t":"news"}\n');
    expect(readRun(folder, plan.id).map(({ t }) => t)).toEqual(['plan', 'asked', 'failed']);
    expect(listRuns(folder)).toEqual([plan.id]);
    expect(() => readRun(folder, 'another')).toThrow(/there is no run another/);
    expect(hasEnded(folder, plan.id)).toBe(false);
    expect(() => keptRun(folder, plan.id)).toThrow(/--resume 20261122/);
    keepRun(record.folder, { summary, grades, certificates: [] });
    expect(keptRun(folder, plan.id)).toEqual({ summary, grades, certificates: [] });
  });

  it('is a page that holds no markup from outside and asks nobody for anything', () => {
    const page = reportHtml(summary, grades, []);
    expect(page).not.toContain(NASTY);
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/https?:|src=|@import|url\(/);
    expect(page).toMatch(/<svg role="img" aria-label="50\.0 %, between 10\.0 % and 90\.0 %"/);
    expect(page).toContain('unpriced');
  });
});

it('two runs are compared case by case, what broke first', () => {
  const grade = (key: string, score: number | null, model = 'a/m'): CaseGrades[number] => ({
    case: key,
    task: 'review',
    model,
    score,
    pass: score === null ? null : score === 1,
    ...(score !== 1 && { why: `${key} is wrong` }),
  });
  const before = [grade('s/1', 1), grade('s/2', 0), grade('s/3', 0.5), grade('s/4', 1), grade('s/5', null), grade('s/6', 1)];
  const after = [grade('s/1', 0.2), grade('s/2', 1), grade('s/3', 0.75), grade('s/4', 1), grade('s/5', 1), grade('s/7', 1)];
  const { classes, changed, unmatched } = compareRuns(before, after);
  expect(classes).toMatchObject([{ task: 'review', before: 'a/m', after: 'a/m', cases: 4, broke: 1, mended: 1 }]);
  expect(classes[0]!.score).toEqual({ before: 0.625, after: 0.7375 });
  const [low, high] = classes[0]!.interval;
  expect([low < 0.1125, high > 0.1125, low > -1, high < 1]).toEqual([true, true, true, true]);
  expect(changed.map(({ case: key, broke, mended }) => [key, broke, mended])).toEqual([
    ['s/1', true, false],
    ['s/2', false, true],
    ['s/3', false, false],
  ]);
  expect(changed[0]!.why).toBe('s/1 is wrong');
  expect(unmatched).toBe(4);
  // One model each, under two names.
  const renamed = after.map((one) => ({ ...one, model: 'b/n' }));
  expect(compareRuns(before, renamed).classes[0]).toMatchObject({ before: 'a/m', after: 'b/n', cases: 4 });
  // Nothing is compared by guess.
  expect(compareRuns(before, [...renamed, grade('s/1', 1, 'c/o')]).classes).toEqual([]);
});

it('what is cached is found by its content alone, and a broken file is as none', () => {
  const cache = new CacheFolder(join(folder, 'cache'));
  const key = keyOf({ b: 1, a: 'x', none: undefined });
  expect(key).toBe(keyOf({ a: 'x', b: 1 }));
  expect(cache.get(key)).toBeUndefined();
  cache.put(key, { text: 'hello' });
  expect(cache.get(key)).toEqual({ text: 'hello' });
  const file = join(folder, 'cache', key.slice(0, 2), `${key.slice(2)}.json`);
  expect(readFileSync(file, 'utf8')).toBe('{"text":"hello"}');
  appendFileSync(file, '{');
  expect(cache.get(key)).toBeUndefined();
});
