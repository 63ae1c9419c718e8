import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/ports.ts';
import { type Span, timeQueries } from './queries.ts';
import { madeRow, randomFrom } from './rows.ts';

const HELP = `How the store does with many exchanges: npm run bench:store -- [OPTIONS]
  --rows N        exchanges, spread over 30 days (1,000,000)
  --url URL       on this PostgreSQL database instead of a SQLite file; it must be empty
  --folder DIR    where the file lies (a new folder in bench/results, removed afterwards)
  --times N       how often each query is asked (40)
  --retain N      how many rows retention removes (200,000)
  --json          as JSON`;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    url: { type: 'string' },
    folder: { type: 'string' },
    times: { type: 'string', default: '40' },
    retain: { type: 'string', default: '200000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const DAYS = 30;
const DAY = 86_400_000;

/** Rows that wait at most while the store is filled; beyond it the bench waits, as the queue would drop. */
const WAITING = 8000;

const tell = (line: string) => process.stderr.write(`${line}\n`);

/** As fast as the store takes them. */
async function fill(
  store: Store,
  rows: number,
): Promise<{ span: Span; rowsPerSecond: number; loopP99: number; loopMax: number; cpuPerRow: number }> {
  const random = randomFrom(1);
  const from = Math.floor(Date.now() / DAY) * DAY - DAYS * DAY;
  const ids: string[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.threadCpuUsage();
  const began = performance.now();
  let making = 0;
  for (let index = 0; index < rows; index++) {
    if (index % 100 === 0) {
      while (store.health().queued > WAITING) await pause(1);
      await pause(0);
      if (index % 100_000 === 0) tell(`${index} rows`);
    }
    const started = performance.now();
    const row = madeRow(from + Math.floor((index / rows) * DAYS * DAY), random);
    making += performance.now() - started;
    if (index % 1000 === 0) ids.push(row.id);
    if (!store.exchanges.put({ row, charges: [{ account: `key:${row.key}`, window: 'month', nanos: row.cost_nanos! }] }))
      throw new Error('a row was dropped');
  }
  await store.exchanges.flush();
  const ms = performance.now() - began;
  delay.disable();
  const { user, system } = process.threadCpuUsage(cpu);
  return {
    span: { from, to: from + DAYS * DAY, ids },
    rowsPerSecond: (rows / ms) * 1000,
    loopP99: delay.percentile(99) / 1e6,
    loopMax: delay.max / 1e6,
    cpuPerRow: (user + system - making * 1000) / rows,
  };
}

interface Paced {
  ackP50: number;
  ackP99: number;
  ackMax: number;
  loopP99: number;
  loopMax: number;
}

/** Rows at a steady rate until `work` is over, each awaited until it is durable. */
async function besides(store: Store, perSecond: number, at: number, work: Promise<unknown>): Promise<Paced> {
  const random = randomFrom(3);
  const acks: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let isOver = false;
  void work.finally(() => {
    isOver = true;
  });
  const waiting: Promise<unknown>[] = [];
  while (!isOver) {
    const began = performance.now();
    for (let index = 0; index < perSecond / 50; index++)
      waiting.push(store.exchanges.putDurably({ row: madeRow(at, random) }).then(() => acks.push(performance.now() - began)));
    await pause(20);
  }
  await Promise.all(waiting);
  await work;
  delay.disable();
  acks.sort((a, b) => a - b);
  const quantile = (q: number) => acks[Math.floor((acks.length - 1) * q)]!;
  return {
    ackP50: quantile(0.5),
    ackP99: quantile(0.99),
    ackMax: acks.at(-1)!,
    loopP99: delay.percentile(99) / 1e6,
    loopMax: delay.max / 1e6,
  };
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

if (values.help) process.stdout.write(`${HELP}\n`);
else {
  const base = resolve(import.meta.dirname, '../results');
  mkdirSync(base, { recursive: true });
  const folder = values.folder ?? mkdtempSync(join(base, 'store-'));
  const rows = Number(values.rows);
  const store = await openStore(values.url ? { url: values.url } : { file: join(folder, 'ledger.sqlite') });
  try {
    const filled = await fill(store, rows);
    const { span } = filled;
    tell('queries');
    const quiet = await timeQueries(store, span, Number(values.times));
    tell('queries beside writes');
    let busy: Awaited<ReturnType<typeof timeQueries>> = [];
    const paced = await besides(
      store,
      800,
      span.to - 1,
      timeQueries(store, span, Number(values.times)).then((timings) => {
        busy = timings;
      }),
    );
    tell('retention beside writes');
    const before = span.from + (Number(values.retain) / rows) * DAYS * DAY;
    const began = performance.now();
    let removed = 0;
    const retention = store.retain({ exchanges: before }).then(({ exchanges }) => {
      removed = exchanges;
    });
    const during = await besides(store, 800, span.to - 1, retention);
    const retained = { rows: removed, seconds: (performance.now() - began) / 1000, ...during };
    const bytes = values.url ? undefined : sizeOf(folder);
    const { span: _, ...fillFigures } = filled;
    const report = { rows, fill: fillFigures, quiet, busy, paced, retained, bytes };
    if (values.json) process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
    else print(report);
  } finally {
    await store.close();
    if (!values.folder) rmSync(folder, { recursive: true, force: true });
  }
}

interface Report {
  rows: number;
  fill: { rowsPerSecond: number; loopP99: number; loopMax: number; cpuPerRow: number };
  quiet: Awaited<ReturnType<typeof timeQueries>>;
  busy: Awaited<ReturnType<typeof timeQueries>>;
  paced: Paced;
  retained: Paced & { rows: number; seconds: number };
  bytes: number | undefined;
}

function print({ rows, fill, quiet, busy, paced, retained, bytes }: Report): void {
  const one = (ms: number) => ms.toFixed(1);
  const lines = [
    `${rows} exchanges: ${Math.round(fill.rowsPerSecond)} durable rows/s; gateway's thread ${one(fill.cpuPerRow)} µs a row, loop p99 ${one(fill.loopP99)} ms, max ${one(fill.loopMax)} ms`,
    ...(bytes === undefined ? [] : [`files ${Math.round(bytes / 1024 / 1024)} MiB, ${Math.round(bytes / rows)} bytes a row`]),
    '',
    '| query, ms | p50 | p95 | max | p95 beside 800 rows/s |',
    '|---|---|---|---|---|',
    ...quiet.map(({ query, p50, p95, max }, at) => `| ${query} | ${one(p50)} | ${one(p95)} | ${one(max)} | ${one(busy[at]!.p95)} |`),
    '',
    `800 rows/s beside those queries: durable after p50 ${one(paced.ackP50)}, p99 ${one(paced.ackP99)}, max ${one(paced.ackMax)} ms; loop p99 ${one(paced.loopP99)}, max ${one(paced.loopMax)} ms`,
    `retention of ${retained.rows} rows: ${one(retained.seconds)} s; 800 rows/s beside it: durable after p50 ${one(retained.ackP50)}, p99 ${one(retained.ackP99)}, max ${one(retained.ackMax)} ms; loop p99 ${one(retained.loopP99)}, max ${one(retained.loopMax)} ms`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
