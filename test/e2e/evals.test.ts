import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../src/cli/fixtures/shell.ts';
import { builtinSuite } from '../../src/evals/builtin.ts';
import { LANGUAGES } from '../../src/evals/case.ts';
import { openWorkbench, type Workbench } from '../../src/evals/running/workbench.ts';
import { NoSandbox } from '../../src/evals/sandbox/sandbox.ts';
import { checkCase, checkSuite } from '../../src/evals/suite/self-check.ts';

const suite = builtinSuite();
const bench: Workbench | string = await openWorkbench().catch((error: unknown) => {
  if (error instanceof NoSandbox) return error.message;
  throw error;
});
// Loudly: without isolation no answer is run, here or in use.
if (typeof bench === 'string') console.warn(`EVALUATION IS NOT TESTED HERE: ${bench}`);
else for (const [language, why] of Object.entries(bench.missing)) console.warn(`SKIPPED in the built-in suite: all of ${language}: ${why}`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evals-e2e-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the built-in suite', () => {
  it('has 25 cases or more of each class, in several languages, each with a reference and two wrong answers', () => {
    const classes = Map.groupBy(suite.cases, ({ task }) => task);
    expect([...classes].filter(([, cases]) => cases.length < 25).map(([task]) => task)).toEqual([]);
    expect([...classes.keys()].sort()).toEqual([
      'bug_fix',
      'code_generation',
      'documentation',
      'explain_code',
      'refactoring',
      'review',
      'testing',
    ]);
    for (const [task, cases] of classes) expect([task, new Set(cases.map(({ language }) => language)).size >= 3]).toEqual([task, true]);
    expect(new Set(suite.cases.map(({ language }) => language))).toEqual(new Set(LANGUAGES));
    expect(suite.cases.filter(({ reference, wrong }) => reference === undefined || new Set(wrong).size < 2).map(({ id }) => id)).toEqual(
      [],
    );
  });

  // The short form: a case of every class, the languages in turn. The long one: npm run bench:eval -- --self-check
  const sample = [...Map.groupBy(suite.cases, ({ task }) => task).values()].map(
    (cases, at) => cases.find(({ language }) => language === LANGUAGES[at % LANGUAGES.length]) ?? cases[0]!,
  );
  it.skipIf(typeof bench === 'string')(
    'judges rightly: references pass, wrong answers fail',
    async () => {
      const checked = await checkSuite({ cases: sample }, bench as Workbench);
      expect(checked.flatMap(({ id, faults }) => faults.map((fault) => `${id}: ${fault}`))).toEqual([]);
      const missing = new Set(Object.keys((bench as Workbench).missing));
      expect(
        checked
          .filter(({ skipped }, at) => skipped !== undefined && !missing.has(sample[at]!.language!))
          .map(({ id, skipped }) => `${id}: ${skipped}`),
      ).toEqual([]);
    },
    240_000,
  );

  it.skipIf(typeof bench === 'string')('finds a case that judges wrongly', async () => {
    const one = suite.cases.find(({ id }) => id === 'gen-ts-chunk')!;
    const bad = { ...one, reference: one.wrong[0]!, wrong: [one.reference!, 'x'] };
    const { faults } = await checkCase(bad, bench as Workbench);
    expect(faults).toEqual([expect.stringContaining('its reference fails: '), 'its wrong answer 1 passes']);
    const review = suite.cases.find(({ id }) => id === 'rev-py-stats')!;
    const [{ kind, settings }] = review.graders as unknown as [{ kind: string; settings: { bugs: { proof: string }[] } }];
    const untrue = { ...settings, bugs: settings.bugs.map((bug) => ({ ...bug, proof: '1' })) };
    expect((await checkCase({ ...review, graders: [{ kind, settings: untrue }] }, bench as Workbench)).faults).toContain(
      '1 is the same with and without the planted mistake',
    );
  });
});

describe('freehold eval', () => {
  it.skipIf(typeof bench === 'string')('init writes a suite that check finds right, and never writes over one', async () => {
    expect(await runs(['eval', 'init'], { cwd: folder })).toMatchObject({
      code: 0,
      out: expect.stringContaining('freehold eval check evals'),
    });
    expect(await runs(['eval', 'check', 'evals'], { cwd: folder })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ours 1: 4 of 4 cases judge rightly, \d+ wrong answers tried, 0 skipped/),
    });
    expect(await runs(['eval', 'init'], { cwd: folder })).toMatchObject({ code: 1, err: expect.stringContaining('is there already') });
    const json = await runs(['eval', 'check', 'evals', '--task', 'slug', '--json'], { cwd: folder });
    expect(JSON.parse(json.out)).toMatchObject({
      suite: 'ours',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      cases: [{ id: 'slug', faults: [] }],
    });
  });

  it('check names file and line of a mistake', async () => {
    writeFileSync(join(folder, 'suite.yaml'), 'name: broken\nversion: 1\n');
    writeFileSync(join(folder, 'cases.yaml'), 'cases:\n  - id: a\n    task: reviews\n    prompt: x\n    exact: y\n');
    expect(await runs(['eval', 'check', '.'], { cwd: folder })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/cases\.yaml:3: a: task: /),
    });
  });

  it('import carries a promptfoo file over and says what it left', async () => {
    writeFileSync(
      join(folder, 'promptfooconfig.yaml'),
      'prompts: ["Say {{w}}"]\nproviders: [x]\ntests:\n  - vars: { w: hi }\n    assert: [{ type: contains, value: hi }, { type: latency, threshold: 5 }]\n',
    );
    const ran = await runs(['eval', 'import', 'promptfooconfig.yaml', '--to', 'brought'], { cwd: folder });
    expect(ran).toMatchObject({
      code: 0,
      out: 'Wrote 1 cases to brought/imported.yaml.\n',
      err: expect.stringContaining('test-1: the assertion latency is not carried'),
    });
  });
});
