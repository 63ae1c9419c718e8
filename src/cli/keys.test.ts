import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configFrom } from '../config/load.ts';
import { createGateway } from '../gateway.ts';
import type { KeyView, MadeKey } from '../http/contract.ts';
import { runs } from './fixtures/shell.ts';

let cwd: string;
let port: number;
const stops: (() => unknown)[] = [];

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'freehold-keys-'));
  port = await freePort();
  writeFileSync(join(cwd, 'freehold.yaml'), `server: { port: ${port} }\ndata: ./data\nbudgets: { total: 100/month }\n`);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  rmSync(cwd, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const free = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

const said = async (...argv: string[]) => {
  const ran = await runs(argv, { cwd });
  if (ran.code !== 0) throw new Error(ran.err || ran.out);
  return ran.out;
};
const json = async <T>(...argv: string[]) => JSON.parse(await said(...argv, '--json')) as T;

/** The same commands on the data folder alone, and through a gateway that runs. */
describe.each(['no gateway runs', 'a gateway runs'])('keys, when %s', (situation) => {
  beforeEach(async () => {
    if (situation === 'no gateway runs') return;
    const gateway = await createGateway({
      config: configFrom({ server: { port }, data: join(cwd, 'data'), budgets: { total: '100/month' } }),
    });
    stops.push(() => gateway.close());
  });

  it('are made, listed, limited, rotated and revoked', async () => {
    expect(await said('key', 'list')).toContain('There are no keys');
    const made = await json<MadeKey>(
      'key',
      'create',
      'Alice',
      '--budget',
      '20/day',
      '100/month',
      '--zone',
      'own',
      '--rpm',
      '60',
      '--expires',
      '30d',
    );
    expect(made).toMatchObject({ name: 'Alice', key: expect.stringMatching(/^fh_/), rules: { zone: 'own', requests_per_minute: 60 } });
    const table = await said('key', 'list');
    expect(table).toMatch(/Alice +fh_\S+ +active +zone own, \$20\/day, \$100\/month, 60 requests\/min +\d{4}-/);
    expect(table).not.toContain(made.key);
    const limits = await said('key', 'limits', 'Alice', '--zone', 'none', '--budget', '1/lifetime');
    expect(limits).toMatch(/\$1\/lifetime, 60 requests\/min/);
    expect(limits).toMatch(new RegExp(`key:${made.id} +lifetime +\\$0.00 +\\$1.00 +░{20} 0% +never +block`));
    const rotated = await json<MadeKey>('key', 'rotate', made.id, '--grace', '0s');
    expect([rotated.id, rotated.key === made.key]).toEqual([made.id, false]);
    expect(await said('key', 'revoke', 'Alice')).toContain('is revoked');
    expect(await json<KeyView[]>('key', 'list')).toMatchObject([{ id: made.id, state: 'revoked' }]);
    expect(await said('budget', '--account', 'total')).toMatch(/total +month +\$0.00 +\$100.00/);
  });

  it('what cannot be done is said with the mend', async () => {
    const failed = async (...argv: string[]) => {
      const { code, err } = await runs(argv, { cwd });
      return [code, err];
    };
    expect(await failed('key', 'revoke', 'nobody')).toEqual([1, expect.stringContaining('"freehold key list" shows all')]);
    expect(await failed('key', 'create', 'a', '--budget', '20')).toEqual([1, expect.stringContaining('is not a budget')]);
    expect(await failed('key', 'create', 'a', '--team', 'core')).toEqual([1, expect.stringContaining('PUT /admin/api/teams/core')]);
    await said('key', 'create', 'a');
    await said('key', 'create', 'a');
    expect(await failed('key', 'limits', 'a')).toEqual([1, expect.stringMatching(/2 keys are called "a".*a-\w+, a-\w+/)]);
  });
});

it('with an admin key, the variable opens a gateway that runs', async () => {
  const line = await said('key', '--admin', '--json');
  const { key, hash } = JSON.parse(line) as { key: string; hash: string };
  const gateway = await createGateway({ config: configFrom({ server: { port }, data: join(cwd, 'data'), admin: { key: hash } }) });
  stops.push(() => gateway.close());
  expect(await runs(['key', 'list'], { cwd })).toMatchObject({ code: 1, err: expect.stringContaining('FREEHOLD_ADMIN_KEY') });
  expect(await runs(['key', 'list'], { cwd, env: { FREEHOLD_ADMIN_KEY: key } })).toMatchObject({ code: 0 });
});

it('without a gateway to ask, a data folder in use is left alone and its holder named', async () => {
  const gateway = await createGateway({ config: configFrom({ server: { port: 0 }, data: join(cwd, 'data') }) });
  stops.push(() => gateway.close());
  expect(await runs(['key', 'list'], { cwd })).toMatchObject({ code: 1, err: expect.stringContaining(`process ${process.pid}`) });
});
