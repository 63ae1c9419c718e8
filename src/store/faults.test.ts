import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { EPOCH, exchangeRow } from './contract/rows.ts';
import { openStore } from './open.ts';
import { openPlace } from './place.ts';

const WRITER = fileURLToPath(new URL('./fixtures/writer.ts', import.meta.url));
const LONG = 120_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'freehold-faults-'));
  cleanups.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** The writing process, and the lines it has printed. */
function writer(
  at: string,
  { limitKiB, parallel = 8 }: { limitKiB?: number; parallel?: number } = {},
): { child: ChildProcess; lines: () => string[]; kill(): Promise<void> } {
  const limit = limitKiB === undefined ? '' : `ulimit -S -f ${limitKiB}; `;
  const child = spawn('bash', ['-c', `${limit}exec "$@"`, 'bash', process.execPath, WRITER, at, `${parallel}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const kill = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  cleanups.push(kill);
  // The last line may have been cut by the kill.
  return { child, lines: () => out.split('\n').slice(0, -1), kill };
}

const until = { timeout: 60_000, interval: 20 };

/** What a store holds, by its rows and by its sums. */
async function contents(at: string): Promise<{ ids: Set<string>; exchanges: number; cost: number; spent: number }> {
  const store = await openStore({ file: join(at, 'ledger.sqlite') });
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await store.exchanges.page({ limit: 500, cursor });
    for (const { id } of page.rows) ids.add(id);
    cursor = page.next;
  } while (cursor !== undefined);
  const [sum] = await store.reports.totals({ from: EPOCH - 400 * 86_400_000, to: EPOCH + 4000 * 86_400_000, grain: 'day' });
  const [budget] = await store.budgets.read([{ account: 'total', window: 'w' }]);
  await store.close();
  return { ids, exchanges: sum?.exchanges ?? 0, cost: sum?.cost_nanos ?? 0, spent: budget!.spent_nanos };
}

describe('a process that dies', () => {
  test(
    'kill -9 in a loop: what was acknowledged is there, and the sums equal the rows',
    async () => {
      const at = folder();
      const acknowledged = new Set<string>();
      for (let run = 0; run < 5; run++) {
        const { lines, kill } = writer(at);
        await vi.waitFor(() => expect(lines().length).toBeGreaterThan(20 + run * 37), until);
        await kill();
        for (const line of lines()) if (/^[0-9a-f]{32}$/.test(line)) acknowledged.add(line);
      }
      const { ids, exchanges, cost, spent } = await contents(at);
      expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
      expect(exchanges).toBe(ids.size);
      expect([cost, spent]).toEqual([ids.size * 5000, ids.size * 5000]);
    },
    LONG,
  );

  test(
    'a second process on the folder is refused, told who holds it; a dead holder holds nothing',
    async () => {
      const at = folder();
      const { child, lines, kill } = writer(at, { parallel: 1 });
      await vi.waitFor(() => expect(lines()).toContain('open'), until);
      expect(() => openPlace(at)).toThrow(new RegExp(`${at} is in use by process ${child.pid} on ${hostname()} since 20.*FREEHOLD_DATA`));
      await kill();
      openPlace(at).release();
    },
    LONG,
  );
});

describe('a disk that is full', () => {
  test(
    'rows wait, what depends on them is told, and all goes on when there is room',
    async () => {
      const at = folder();
      const { child, lines, kill } = writer(at, { limitKiB: 700 });
      await vi.waitFor(() => expect(lines().at(-1)).toMatch(/"failed":"full".*make room.*"hasRoom":false/), until);
      execFileSync('prlimit', ['--pid', `${child.pid}`, '--fsize=unlimited:']);
      await vi.waitFor(() => expect(lines().at(-1)).toMatch(/^[0-9a-f]{32}$/), until);
      await kill();
      const { ids, exchanges, spent } = await contents(at);
      for (const line of lines()) if (/^[0-9a-f]{32}$/.test(line)) expect(ids.has(line)).toBe(true);
      expect([exchanges, spent]).toEqual([ids.size, ids.size * 5000]);
    },
    LONG,
  );
});

describe('a file that is locked', () => {
  test(
    'the queue is bounded: telemetry is dropped and counted, what must be kept is refused and counted, the rest is written later',
    async () => {
      const file = join(folder(), 'ledger.sqlite');
      const store = await openStore({ file, limits: { rows: 10, bytes: 1e6 } });
      cleanups.push(() => store.close(0));
      const other = new DatabaseSync(file);
      other.exec('BEGIN IMMEDIATE');
      const first = store.exchanges.putDurably({ row: exchangeRow(), must: true });
      const telemetry = Array.from({ length: 14 }, () => store.exchanges.put({ row: exchangeRow() }));
      expect(telemetry.filter(Boolean)).toHaveLength(9);
      expect(store.exchanges.hasRoom()).toBe(false);
      const musts = Array.from({ length: 14 }, () => store.exchanges.put({ row: exchangeRow(), must: true }));
      expect(musts.filter(Boolean)).toHaveLength(10);
      expect(store.health()).toMatchObject({ queued: 20, dropped: 5, refused: 4 });
      await expect(first).rejects.toMatchObject({ fault: 'locked', message: expect.stringMatching(/held by another program/) });
      expect(store.health()).toMatchObject({ ok: false, reason: expect.stringContaining('another program') });
      other.exec('ROLLBACK');
      other.close();
      await vi.waitFor(() => expect(store.health()).toMatchObject({ ok: true, queued: 0, written: 20 }), until);
      expect(store.exchanges.hasRoom()).toBe(true);
    },
    LONG,
  );
});

describe('a file that is damaged', () => {
  async function filled(): Promise<string> {
    const file = join(folder(), 'ledger.sqlite');
    const store = await openStore({ file });
    await store.exchanges.insertMissing(Array.from({ length: 300 }, () => ({ row: exchangeRow() })));
    await store.close();
    return file;
  }

  test(
    'flipped bytes, a cut end, another header, another program’s file: refused with the mend',
    async () => {
      const good = await filled();
      const refusal = async (damage: (file: string) => void) => {
        const file = join(folder(), 'ledger.sqlite');
        copyFileSync(good, file);
        damage(file);
        return openStore({ file }).then(
          async (store) => {
            await store.close();
            return undefined;
          },
          (error: { fault: string; message: string }) => error,
        );
      };
      const overwrite = (file: string, from: number, bytes: Buffer) => {
        const handle = openSync(file, 'r+');
        writeSync(handle, bytes, 0, bytes.length, from);
      };
      const { size } = statSync(good);
      const mend = /damaged.*restore it from a backup, or move it away/s;
      for (const damage of [
        (file: string) => overwrite(file, 0, Buffer.from('not a database')),
        (file: string) => truncateSync(file, Math.floor(size / 2)),
        // Page headers of the middle: the tree no longer holds together.
        (file: string) => {
          for (let page = 4096 * 8; page < size; page += 4096 * 5) overwrite(file, page, Buffer.alloc(64, 0xa5));
        },
      ])
        expect(await refusal(damage)).toMatchObject({ fault: 'corrupt', message: expect.stringMatching(mend) });
      const foreign = await refusal((file) => {
        rmSync(file);
        const other = new DatabaseSync(file);
        other.exec('PRAGMA application_id = 7; CREATE TABLE t (a)');
        other.close();
      });
      expect(foreign).toMatchObject({ fault: 'schema', message: expect.stringMatching(/another program; move it away/) });
      expect(await refusal(() => {})).toBeUndefined();
    },
    LONG,
  );
});

describe('a row that the store will not take', () => {
  test('it is counted, its group is written all the same', async () => {
    const store = await openStore({ file: join(folder(), 'ledger.sqlite') });
    const good = Array.from({ length: 3 }, () => exchangeRow());
    const bad = store.exchanges.putDurably({ row: exchangeRow({ input_tokens: 1.5 }) });
    const kept = good.map((row) => store.exchanges.putDurably({ row }));
    await expect(bad).rejects.toMatchObject({ fault: 'refused' });
    await Promise.all(kept);
    expect(store.health()).toMatchObject({ ok: true, written: 3, rejected: 1 });
    await store.close();
  });
});

describe('the data folder', () => {
  test('the secret is made once, kept to its owner, can be given, and is refused when it is damaged', () => {
    const at = folder();
    const place = openPlace(at);
    expect(place.secret).toHaveLength(32);
    expect(statSync(join(at, 'secret')).mode & 0o777).toBe(0o600);
    place.release();
    const again = openPlace(at);
    expect(again.secret).toEqual(place.secret);
    again.release();
    const hex = 'ab'.repeat(32);
    const given = openPlace(at, { FREEHOLD_SECRET: Buffer.from(hex, 'hex').toString('base64') });
    expect(given.secret.toString('hex')).toBe(hex);
    given.release();
    expect(() => openPlace(at, { FREEHOLD_SECRET: 'short' })).toThrow(/FREEHOLD_SECRET holds \d+ bytes/);
    writeFileSync(join(at, 'secret'), readFileSync(join(at, 'secret')).subarray(0, 5));
    expect(() => openPlace(at)).toThrow(/holds 5 bytes instead of 32; restore it/);
    const file = join(at, 'file');
    writeFileSync(file, '');
    expect(() => openPlace(join(file, 'data'))).toThrow(/cannot be used \(ENOTDIR\); set data: or FREEHOLD_DATA/);
  });
});
