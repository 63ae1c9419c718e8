import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EgressJournal, type Intent } from './egress.ts';
import { Journal } from './journal.ts';
import { JournalKeys } from './keys.ts';
import { unsettled } from './recover.ts';
import { segmentFiles } from './segments.ts';

const KEYS = new JournalKeys(Buffer.alloc(32, 4));
let folder: string;
let journal: Journal;
let egress: EgressJournal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recover-'));
  journal = new Journal({ folder, stream: 'egress', keys: KEYS, segmentBytes: 1500 });
  egress = new EgressJournal(journal, KEYS);
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true });
});

const intent = (exchange: string): Intent => ({
  exchange,
  attempt: 1,
  arrived: 1,
  dialect: 'd',
  asked: 'm',
  stream: false,
  provider: 'p',
  model: 'm',
  zone: 'vendor',
  origin: 'https://p.example',
  rule: 'r',
  bytes: 1,
  digest: 'd',
});

async function begin(exchange: string): Promise<void> {
  egress.enter(exchange);
  await egress.begin(intent(exchange));
}

/** Waits for all lines that were handed over. */
const flushed = () => journal.append({ type: 'probe' });

async function end(exchange: string): Promise<void> {
  egress.end({ exchange, attempt: 1, sent: true, out: 1, in: 1 });
  egress.over(exchange);
  await flushed();
}

const left = () => [...unsettled(folder)].map(([id, told]) => [id, told.map(({ outcome }) => outcome !== undefined)]);

it('what is under way and what ended since the last mark is told, with its outcome', async () => {
  await begin('a');
  await begin('b');
  await end('a');
  expect(left()).toEqual([
    ['a', [true]],
    ['b', [false]],
  ]);
});

it('a mark leaves out what was over, and not what was under way, over any number of segments', async () => {
  await begin('long');
  for (let n = 0; n < 20; n++) {
    await begin(`x${n}`);
    await end(`x${n}`);
  }
  egress.mark(egress.horizon());
  await flushed();
  expect(segmentFiles(folder, 'egress').length).toBeGreaterThan(3);
  expect(left()[0]).toEqual(['long', [false]]);
  await end('long');
  egress.mark(egress.horizon());
  await flushed();
  expect(left()).toEqual([]);
  await begin('next');
  expect(left()).toEqual([['next', [false]]]);
});

it('an exchange that is over and whose outcome is not on the disk yet is not left out', async () => {
  await begin('a');
  egress.over('a');
  egress.mark(egress.horizon());
  await flushed();
  expect(left()).toEqual([['a', [false]]]);
});

it('what was taken into the ledger has an outcome and is told no more', async () => {
  await begin('a');
  const told = unsettled(folder);
  egress.recovered(told);
  await flushed();
  expect(left()).toEqual([]);
});

it('without a journal there is nothing', () => {
  expect(unsettled(join(folder, 'none')).size).toBe(0);
});
