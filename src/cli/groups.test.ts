import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GroupView, KeyView } from '../http/contract.ts';
import { runs } from './fixtures/shell.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'freehold-groups-'));
  // Nobody listens there, so that the data folder itself is worked on.
  writeFileSync(join(cwd, 'freehold.yaml'), 'server: { port: 9 }\ndata: ./data\nteams: { fixed: { zone: own } }\n');
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const said = async (...argv: string[]) => {
  const ran = await runs(argv, { cwd });
  if (ran.code !== 0) throw new Error(ran.err || ran.out);
  return ran.out;
};
const json = async <T>(...argv: string[]) => JSON.parse(await said(...argv, '--json')) as T;

it('teams and projects are made, listed, limited and removed', async () => {
  expect(await said('project', 'list')).toContain('freehold project create NAME');
  expect(await said('team', 'create', 'core', '--budget', '20/day', '--zone', 'leased', '--rpm', '60')).toContain('--team core');
  expect(await json<GroupView>('project', 'create', 'shop', '--team', 'core')).toMatchObject({ id: 'shop', team: 'core' });
  const table = await said('team', 'list');
  expect(table).toMatch(/core +store +zone leased, \$20\/day, 60 requests\/min/);
  expect(table).toMatch(/fixed +config +zone own/);
  // What is not named stays as it is; "none" takes away.
  const limits = await said('team', 'limits', 'core', '--rpm', 'none', '--models', 'box/*');
  expect(limits).toMatch(/zone leased, box\/\*, \$20\/day/);
  expect(limits).toMatch(/team:core +day +\$0.00 +\$20.00/);
  expect(await json<GroupView>('project', 'limits', 'shop', '--team', 'none')).toMatchObject({ team: null });

  const key = await json<KeyView>('key', 'create', 'a', '--team', 'core');
  expect(await said('team', 'remove', 'core')).toContain('is removed');
  expect(await json<KeyView[]>('key', 'list')).toMatchObject([{ id: key.id, state: 'broken' }]);
});

it('what cannot be done is said with the mend', async () => {
  const failed = async (...argv: string[]) => {
    const { code, err } = await runs(argv, { cwd });
    return [code, err];
  };
  await said('team', 'create', 'core');
  expect(await failed('team', 'create', 'core')).toEqual([1, expect.stringContaining('freehold team limits core')]);
  expect(await failed('team', 'limits', 'nobody')).toEqual([1, expect.stringContaining('freehold team list')]);
  expect(await failed('team', 'remove', 'fixed')).toEqual([1, expect.stringMatching(/configuration|file/)]);
  expect(await failed('project', 'create', 'p', '--team', 'nobody')).toEqual([1, expect.stringContaining('nobody')]);
});
