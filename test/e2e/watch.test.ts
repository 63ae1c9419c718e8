import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../src/evals/watch/state.ts';
import { type WatchView, watchView } from '../../src/http/contract.ts';
import { OWN, RENTED, type Stage, setStage } from '../fake/swap-story.ts';

const OPTIONS = ['--task', 'documentation', '--suite', 'evals', '--margin', 'lose=0.1', '--budget', '5', '--idle', '1'];

let stage: Stage;
const view = async (): Promise<WatchView> => watchView.parse(await (await fetch(`${stage.url}/admin/api/watch`)).json());

beforeAll(async () => {
  stage = await setStage({ cases: 120, delayMs: 100 });
  for (let at = 0; at < 4; at++) await stage.ask('auto', at);
});
afterAll(() => stage.close());

describe('candidates are tried by themselves', () => {
  it('says what it would try, and which open weights this machine could run', async () => {
    const { code, out } = await stage.give('watch', '--list', ...OPTIONS);
    expect(code).toBe(0);
    expect(out).toMatch(/documentation +box\/coder-7b-simulated +cloud\/frontier-simulated +it is nearer home/);
    expect((await view()).state).toBeNull();
    const { fitting } = JSON.parse((await stage.give('watch', '--list', '--json', ...OPTIONS)).out) as {
      fitting: Record<string, { licence: string; needBytes: number }[]>;
    };
    for (const { licence, needBytes } of fitting['documentation'] ?? []) {
      expect(['Apache-2.0', 'MIT']).toContain(licence);
      expect(needBytes).toBeLessThan(process.availableMemory());
    }
  });

  it('stops when somebody comes, goes on afterwards, and tells when one has crossed the threshold', async () => {
    const watching = stage.give('watch', '--once', '--json', ...OPTIONS);
    for (let tries = 0; !(await view()).state?.current; tries++) {
      if (tries > 400) throw new Error('no trial began');
      await new Promise((resume) => setTimeout(resume, 25));
    }
    // Its own questions are nobody's work.
    expect((await view()).busy.others).toBe(0);
    await stage.ask('auto', 50);
    const { code, out, err } = await watching;
    expect(code).toBe(0);
    expect(err).toContain('Somebody came: the trial waits.');
    expect(err).toContain('its trial was interrupted');
    const events = out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as WatchEvent);
    expect(events).toEqual([expect.objectContaining({ kind: 'crossed', task: 'documentation', model: OWN })]);
    expect(await stage.ask('auto', 60)).toBe(OWN);
  }, 60_000);

  it('remembers: what is proven is not tried again, and the record says what it found', async () => {
    const { state } = await view();
    expect(state).toMatchObject({
      current: null,
      trials: [{ candidate: OWN, incumbent: RENTED, outcome: 'good enough', ended: 'complete' }],
      events: [{ kind: 'crossed' }],
    });
    expect(state!.spent_nanos).toBeGreaterThan(0);
    expect(state!.spent_nanos).toBeLessThanOrEqual(5e9);
    const { err } = await stage.give('watch', '--once', ...OPTIONS);
    expect(err).toContain('Nothing is left to try.');
    expect((await view()).state?.spent_nanos).toBe(state!.spent_nanos);
    const audit = globSync(join(stage.folder, 'data/journal/audit-*.jsonl'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('');
    expect(audit).toContain('watch.crossed');
    expect((await stage.give('watch', '--list', ...OPTIONS)).out).toMatch(/tried +work +candidate.*\n.*good enough/);
  });

  it('says what is wrong with an option', async () => {
    expect((await stage.give('watch', '--night', 'late')).err).toContain('--night');
    expect((await stage.give('watch', '--task', 'poetry')).err).toContain('--task: "poetry" is no class of work');
    expect((await stage.give('watch', '--idle', 'soon')).err).toContain('--idle');
  });
});
