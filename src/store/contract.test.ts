import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { asked, type Cluster, postgresPrograms, startCluster } from './contract/cluster.ts';
import type { Driver } from './contract/driver.ts';
import { exchanges } from './contract/exchanges.ts';
import { nodes } from './contract/nodes.ts';
import { reports } from './contract/reports.ts';
import { exchangeRow } from './contract/rows.ts';
import { state } from './contract/state.ts';
import { tasks } from './contract/tasks.ts';
import { openStore } from './open.ts';

describe('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-store-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let places = 0;
  const driver: Driver = {
    name: 'SQLite',
    async place() {
      const file = join(folder, `${++places}.sqlite`);
      return {
        open: (node) => openStore({ file, node }),
        async tamper(...statements) {
          const database = new DatabaseSync(file);
          for (const statement of statements) database.exec(statement);
          database.close();
        },
      };
    },
  };
  exchanges(driver);
  reports(driver);
  tasks(driver);
  state(driver);
});

const programs = postgresPrograms();
if (!programs) console.warn('\n*** PostgreSQL is not installed: its driver is NOT tested. apt-get install postgresql ***\n');

describe.skipIf(!programs)('PostgreSQL', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(programs!);
  }, 60_000);
  afterAll(() => cluster?.stop(), 60_000);
  const driver: Driver = {
    name: 'PostgreSQL',
    async place() {
      const url = await cluster.database();
      return {
        open: (node) => openStore({ url, node }),
        async tamper(...statements) {
          for (const statement of statements) await asked(url, statement);
        },
      };
    },
  };
  exchanges(driver);
  reports(driver);
  tasks(driver);
  state(driver);
  nodes(driver);

  test('no server, no database, no credentials: refused with the mend, the password nowhere', async () => {
    const url = await cluster.database();
    const refusal = async (address: string) => {
      const error = (await openStore({ url: address }).catch((error: Error) => error)) as Error;
      expect(error).toMatchObject({ fault: 'unreachable' });
      expect(error.message).toMatch(/store\.url or DATABASE_URL/);
      expect(error.message).not.toContain('hush');
    };
    await refusal('postgres://freehold:hush@127.0.0.1:1/none');
    await refusal(url.replace(/[^/]+$/, 'nowhere').replace('freehold@', 'freehold:hush@'));
    await expect(openStore({ url: 'postgres://%' })).rejects.toMatchObject({ fault: 'refused' });
  });

  test('a server that dies and comes back: rows wait, watchers doubt, all goes on', async () => {
    const store = await openStore({ url: await cluster.database() });
    const doubts: string[] = [];
    store.keys.watch({ changed: () => {}, doubt: (_, { fault }) => doubts.push(fault) });
    await store.exchanges.putDurably({ row: exchangeRow() });
    await cluster.kill();
    const lost = exchangeRow();
    await expect(store.exchanges.putDurably({ row: lost, must: true })).rejects.toMatchObject({ fault: 'unreachable' });
    expect(store.health()).toMatchObject({ ok: false, queued: 1 });
    await vi.waitFor(() => expect(doubts).toContain('unreachable'), { timeout: 10_000 });
    await vi.waitFor(() => expect(store.exchanges.hasRoom()).toBe(false), { timeout: 10_000 });
    await cluster.start();
    await vi.waitFor(() => expect(store.health()).toMatchObject({ ok: true, queued: 0 }), { timeout: 15_000 });
    expect(await store.exchanges.get(lost.id)).toEqual(lost);
    expect(store.exchanges.hasRoom()).toBe(true);
    await store.close();
  }, 60_000);
});
