import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { JournalKeys } from './keys.ts';
import type { Event } from './line.ts';
import { JournalReader } from './reader.ts';
import { report } from './report.ts';
import { segmentFiles } from './segments.ts';

const SECRET = Buffer.alloc(32, 9);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Attempts at several places, whose ends come in another order and in later segments, some never. */
async function written(times: number) {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-reader-'));
  folders.push(folder);
  let clock = 1_000_000;
  const journal = new Journal({ folder, stream: 'egress', keys: new JournalKeys(SECRET), segmentBytes: 6000, now: () => clock });
  const told: { at: number; key: string; out: number; cost: number; ended: boolean }[] = [];
  const ends: Event[] = [];
  const write = async () => {
    for (let n = told.length, last = n + times; n < last; n++) {
      clock += 10;
      const [exchange, key] = [`x${n}`, `k${n % 3}`];
      await journal.append({
        type: 'intent',
        exchange,
        attempt: 1,
        arrived: clock,
        key,
        dialect: 'd',
        asked: 'auto',
        stream: false,
        provider: 'p',
        model: `m${n % 2}`,
        zone: 'vendor',
        origin: 'https://p',
        rule: 'r',
        bytes: 1,
        digest: 'd',
      });
      const ended = n % 7 !== 0;
      told.push({ at: clock, key, out: n, cost: n * 10, ended });
      if (ended) ends.push({ type: 'outcome', exchange, attempt: 1, sent: true, out: n, in: 1, costNanos: n * 10 });
      // Every fifth time what has ended is told, the last first.
      if (n % 5 === 4) for (const end of ends.splice(0).reverse()) await journal.append(end);
    }
    for (const end of ends.splice(0)) await journal.append(end);
  };
  await write();
  return { folder, told, write, journal };
}

it('sums up any span as reading every line does, and again when more was written', async () => {
  const { folder, told, write, journal } = await written(120);
  expect(segmentFiles(folder, 'egress').length).toBeGreaterThan(5);
  let now = 0;
  const reader = new JournalReader(folder, SECRET, () => now);
  const spans = [
    {},
    { since: 1_000_250 },
    { until: 1_000_600 },
    { since: 1_000_333, until: 1_000_777 },
    { since: 5_000_000 },
    { since: 0, until: 1 },
  ];
  const check = async () => {
    for (const span of spans) {
      now += 60_000;
      const { since = 0, until = Number.POSITIVE_INFINITY } = span as { since?: number; until?: number };
      const meant = told.filter(({ at }) => at >= since && at < until);
      const sum = (of: (one: (typeof told)[number]) => number) => meant.reduce((all, one) => all + of(one), 0);
      const made = await reader.report(span);
      expect(made).toEqual(report(segmentFiles(folder, 'egress'), span));
      expect(made.total).toMatchObject({
        requests: meant.length,
        open: sum(({ ended }) => (ended ? 0 : 1)),
        bytesOut: sum(({ ended, out }) => (ended ? out : 0)),
        costNanos: sum(({ ended, cost }) => (ended ? cost : 0)),
      });
      expect(made.keys.find(({ name }) => name === 'k1')?.requests ?? 0).toBe(meant.filter(({ key }) => key === 'k1').length);
    }
  };
  await check();
  await write();
  await check();
  await journal.close();
  expect(reader.verify().startedAt).toBe(now);
  await expect.poll(() => reader.check?.sound, { timeout: 10_000 }).toBe(true);
  expect(reader.check).toMatchObject({ checked: segmentFiles(folder, 'egress').length });
});
