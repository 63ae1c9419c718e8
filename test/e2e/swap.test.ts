import { globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparisonView } from '../../src/http/contract.ts';
import type { Swap } from '../../src/policy/swap.ts';
import { OWN, RENTED, type Stage, setStage, type Told } from '../fake/swap-story.ts';

const MARGIN = ['--margin', 'lose=0.1', '--suite', 'evals'];

/** Who answers several new conversations. */
async function answerers(stage: Stage, model: string, from: number, count = 6): Promise<Set<string>> {
  const found = new Set<string>();
  for (let at = from; at < from + count; at++) found.add(await stage.ask(model, at));
  return found;
}

/** People ask on while a command runs. */
async function meanwhile(stage: Stage, command: Promise<Told>, from: number): Promise<Told> {
  let isOver = false;
  const over = command.finally(() => {
    isOver = true;
  });
  for (let at = from; !isOver; at++) {
    await stage.ask('auto', at);
    await new Promise((resume) => setTimeout(resume, 20));
  }
  return over;
}

describe('a rented model’s place is taken', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ cases: 120, engine: true });
    await answerers(stage, 'auto', 0, 8);
    await stage.ask(RENTED, 50);
  });
  afterAll(() => stage.close());

  it('before, the router leaves the work with it', async () => {
    expect(await answerers(stage, 'auto', 100)).toEqual(new Set([RENTED]));
  });

  it('a plan says what would be otherwise, and changes nothing', async () => {
    const { code, out } = await stage.give('swap', RENTED, OWN, '--plan');
    expect(code).toBe(0);
    for (const line of [
      /runs in zone +vendor +own/,
      /window +400k +32k/,
      /What goes there now leaves your hardware no more/,
      /Prompts of more than 32k tokens do not fit/,
      /\d+ exchanges of the last 30 days .* cost \$0\.\d+; they would have cost \$0\.00/,
      /1 exchange named cloud\/frontier-simulated outright/,
      /documentation +\d.* nothing yet/,
    ])
      expect(out).toMatch(line);
    expect((await stage.give('swap', 'list')).out).toContain('No model is in the place of another');
    const { comparison } = JSON.parse((await stage.give('swap', RENTED, OWN, '--plan', '--json')).out) as { comparison: unknown };
    expect(comparisonView.parse(comparison).tasks).toContain('documentation');
  });

  it('asks before it spends, and says so where nobody can be asked', async () => {
    const { code, err } = await stage.give('swap', RENTED, OWN, '--task', 'documentation', ...MARGIN);
    expect([code, err]).toEqual([1, expect.stringContaining('add --yes to go on without being asked')]);
  });

  it('a model that cannot do it is refused, with the reason: the real engine with random weights', async () => {
    // A provider with one model may be named by its own name.
    const refused = await stage.give('swap', RENTED, 'tiny', '--task', 'documentation', ...MARGIN, '--yes');
    expect(refused.code).toBe(1);
    // What evaluation asked is nobody's work.
    expect((await stage.give('swap', RENTED, OWN, '--plan')).out).toContain('1 exchange named');
    expect(refused.out).toMatch(/Not swapped: cloud\/frontier-simulated stays\.\n +documentation stays .*--force swaps all the same/);
    expect(await answerers(stage, 'auto', 200)).toEqual(new Set([RENTED]));
  }, 60_000);

  it('one that can is proven, begins as a canary, and then answers all of it', async () => {
    const command = stage.give(
      'swap',
      RENTED,
      OWN,
      '--task',
      'documentation',
      ...MARGIN,
      '--share',
      '50',
      '--exchanges',
      '5',
      '--minutes',
      '0',
      '--yes',
    );
    const { code, out } = await meanwhile(stage, command, 1000);
    expect(code).toBe(0);
    expect(out).toMatch(/box\/coder-7b-simulated: It loses at most 10 points of 100: evidence .* where 20 is proof/);
    expect(out).toContain(`Swapped: ${OWN} takes the place of ${RENTED} for documentation.`);
    expect(out).toContain('canary, 50.0 % of the conversations');
    expect(out).toMatch(/ {2}full {2}/);
    expect(await answerers(stage, 'auto', 300)).toEqual(new Set([OWN]));
    expect(await answerers(stage, RENTED, 400)).toEqual(new Set([OWN]));
    const status = await stage.give('swap', 'status');
    expect(status.out).toMatch(/documentation {2}full\n.*canary 50\.0 %.*\n.*full/);
    expect(status.out).toMatch(/stands on [0-9a-f]{24}/);
  }, 60_000);

  it('the proof is a file that anybody can check', async () => {
    const found = globSync(join(stage.folder, 'data/evals/runs/*/certificates/documentation-*.json')).sort();
    expect(found.length).toBe(2);
    for (const file of found) expect((await stage.give('eval', 'verify', file, '--suite', 'evals')).code).toBe(0);
  });

  it('a second one is not begun over it', async () => {
    const { code, err } = await stage.give('swap', RENTED, OWN, '--task', 'documentation', ...MARGIN, '--yes');
    expect([code, err]).toEqual([1, expect.stringContaining('undo that first')]);
  });

  it('undone, everything is as it was, by name and by choice', async () => {
    const { code, out } = await stage.give('swap', 'undo', '--why', 'it was a trial');
    expect(code).toBe(0);
    expect(out).toContain(`${RENTED} answers again for documentation`);
    expect(await answerers(stage, 'auto', 500)).toEqual(new Set([RENTED]));
    expect(await answerers(stage, RENTED, 600)).toEqual(new Set([RENTED]));
    const { out: listed } = await stage.give('swap', 'list', '--json');
    expect((JSON.parse(listed) as Swap[])[0]).toMatchObject({
      state: 'undone',
      history: expect.arrayContaining([expect.objectContaining({ why: 'it was a trial' })]),
    });
    expect((await stage.give('swap', 'undo')).err).toContain('no swap that this can be done to');
  });

  it('says what is wrong with a name or an option', async () => {
    const said = async (...words: string[]) => (await stage.give('swap', ...words)).err;
    expect(await said(RENTED, 'nobody')).toMatch(/nobody/);
    expect(await said(RENTED, RENTED, '--plan')).toContain('is the same model as from');
    expect(await said(RENTED, OWN, '--share', '0')).toContain('--share');
    expect(await said(RENTED, OWN, '--task', 'poetry')).toContain('--task: "poetry" is no class of work');
    expect(await said('status', 'zzz')).toContain('No swap begins with "zzz"');
  });
});

describe('what nothing is proven of', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ cases: 12 });
    await answerers(stage, 'auto', 0, 2);
  });
  afterAll(() => stage.close());

  it('stays, with how many cases it would take; and swapped when somebody answers for it', async () => {
    const words = [
      RENTED,
      'coder-7b-simulated',
      '--task',
      'documentation,review',
      '--margin',
      'keep=0.95',
      '--suite',
      'evals',
      '--yes',
      '--detach',
    ];
    const refused = await stage.give('swap', ...words);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/documentation stays with .* more cases may decide it/i);
    expect(refused.out).toMatch(/review stays with .*No suite has cases of it/);
    const accepted = await stage.give('swap', ...words, '--accept-undecided', '--share', '20', '--json');
    expect(accepted.code).toBe(0);
    const { swap, decision } = JSON.parse(accepted.out) as { swap: Swap; decision: { swapped: string[] } };
    expect(decision.swapped).toEqual(['documentation', 'review']);
    expect(swap).toMatchObject({ state: 'canary', share: 0.2, tasks: ['documentation', 'review'], certificates: [], shadow: true });
  }, 30_000);
});

it('a certificate alone tells the router: the work goes home once it is proven, and not before', async () => {
  const stage = await setStage({ cases: 120 });
  try {
    expect(await answerers(stage, 'auto', 0)).toEqual(new Set([RENTED]));
    const run = await stage.give('eval', 'run', 'evals', '--models', OWN, '--reference', RENTED, '--margin', 'lose=0.1', '--until-decided');
    expect(run.out).toContain('good enough');
    expect(await answerers(stage, 'auto', 100)).toEqual(new Set([OWN]));
    expect(await answerers(stage, RENTED, 200)).toEqual(new Set([RENTED]));
    // A swap stands on it, and asks nobody again; another margin is another question.
    const words = [RENTED, OWN, '--task', 'documentation', '--suite', 'evals', '--share', '30'];
    const other = await stage.give('swap', ...words, '--margin', 'lose=0.05');
    expect(other.out).toContain('documentation (there is a certificate, but another margin was asked for)');
    const again = await stage.give('swap', ...words, '--yes', '--detach');
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('canary, 30.0 %')]);
    expect(again.out).not.toContain('Evidence is missing');
  } finally {
    await stage.close();
  }
}, 30_000);

it('where swaps want approval, it waits for a person, who is on record', async () => {
  const stage = await setStage({ cases: 12, approval: 'required' });
  try {
    const words = [RENTED, OWN, '--task', 'documentation', '--suite', 'evals', '--yes', '--accept-undecided', '--share', '100'];
    const begun = await stage.give('swap', ...words);
    expect([begun.code, begun.out]).toEqual([0, expect.stringMatching(/waiting; "freehold swap approve [0-9a-f]+" begins it/)]);
    expect(await answerers(stage, RENTED, 0, 3)).toEqual(new Set([RENTED]));
    const approved = await stage.give('swap', 'approve', '--why', 'looked at it');
    expect([approved.code, approved.out]).toEqual([0, expect.stringContaining('full')]);
    expect(await answerers(stage, RENTED, 100, 3)).toEqual(new Set([OWN]));
    expect((await stage.give('swap', 'status')).out).toContain('looked at it');
    expect((await stage.give('swap', 'approve')).err).toContain('no swap that this can be done to');
  } finally {
    await stage.close();
  }
}, 30_000);
