import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { configFrom } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';
import { openStore } from '../../src/store/open.ts';
import { CHROMIUM, launch } from '../../test/fake/browser.ts';
import { BUILT, built } from '../../test/fake/dashboard.ts';
import { madeRow, randomFrom } from '../store/rows.ts';

const HELP = `How soon the dashboard shows its figures with many exchanges stored: npm run bench:dashboard -- [OPTIONS]
  --rows N        exchanges, spread over the last 30 days (1,000,000)
  --folder DIR    a data folder; one that was filled before is used as it is (a new one, removed afterwards)
  --times N       views of each page, each in a browser that has nothing kept (7)`;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    folder: { type: 'string' },
    times: { type: 'string', default: '7' },
    help: { type: 'boolean', default: false },
  },
});

const DAYS = 30;
const DAY = 86_400_000;

/** Rows that wait at most while the store is filled. */
const WAITING = 8000;

/** What shows that a page has its figures. */
const VIEWS = [
  { name: 'Overview', path: '/', figures: '.headline-value' },
  { name: 'Exchanges', path: '/exchanges', figures: 'tbody tr:nth-child(50)' },
  { name: 'Models', path: '/models', figures: '.figure-value' },
  { name: 'Live', path: '/live', figures: '.figure-value' },
] as const;

const tell = (line: string) => process.stderr.write(`${line}\n`);

async function fill(folder: string, rows: number): Promise<void> {
  const store = await openStore({ file: join(folder, 'ledger.sqlite') });
  const random = randomFrom(1);
  const to = Date.now();
  const from = Math.floor(to / DAY) * DAY - (DAYS - 1) * DAY;
  for (let index = 0; index < rows; index++) {
    if (index % 100 === 0) {
      while (store.health().queued > WAITING) await pause(1);
      if (index % 100_000 === 0) tell(`${index} rows`);
    }
    if (!store.exchanges.put({ row: madeRow(from + Math.floor((index / rows) * (to - from)), random) }))
      throw new Error('a row was dropped');
  }
  await store.exchanges.flush();
  await store.close();
}

/**
 * Milliseconds from the request for the page: until something is painted, until its figures are there, until nothing is waited for. Last,
 * how much of a processor the page's thread took until its figures were there: that hardly depends on what else the machine does.
 */
async function view(browser: Browser, url: string, figures: string): Promise<[number, number, number, number]> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const debuggee = await context.newCDPSession(page);
  await debuggee.send('Performance.enable', { timeDomain: 'threadTicks' });
  const began = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator(figures).first().waitFor();
  const shown = performance.now() - began;
  const { metrics } = await debuggee.send('Performance.getMetrics');
  const worked = (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  const all = performance.now() - began;
  const painted = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0");
  await context.close();
  return [Number(painted), shown, all, worked];
}

function median(of: readonly number[]): number {
  return [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
}

async function bench(): Promise<void> {
  if (!CHROMIUM) throw new Error('this needs Chromium: apt-get install chromium, or name one in CHROMIUM');
  await built();
  const base = resolve(import.meta.dirname, '../results');
  mkdirSync(base, { recursive: true });
  const folder = values.folder ?? mkdtempSync(join(base, 'dashboard-'));
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'ledger.sqlite'))) await fill(folder, Number(values.rows));
  const gateway = await createGateway({ config: configFrom({ server: { port: 0 }, data: folder }) });
  const browser = await launch();
  try {
    const say = (line: string) => process.stdout.write(`${line}\n`);
    const scripts = readdirSync(join(BUILT, 'assets')).filter((name) => /\.(?:js|css)$/.test(name));
    const size = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(BUILT, 'assets', name)), { level: 9 }).length, 0);
    say(`all scripts and styles, gzipped: ${(size / 1000).toFixed(0)} kB`);
    say('median ms, nothing cached   first paint   figures   everything   worked');
    for (const { name, path, figures } of VIEWS) {
      const seen: [number, number, number, number][] = [];
      for (let time = 0; time < Number(values.times); time++) seen.push(await view(browser, `${gateway.url}/dashboard${path}`, figures));
      const [paint, shown, all, worked] = [0, 1, 2, 3].map((at) => median(seen.map((one) => one[at]!)).toFixed(0));
      say(`${name.padEnd(28)}${paint!.padStart(11)}${shown!.padStart(10)}${all!.padStart(13)}${worked!.padStart(9)}`);
    }
  } finally {
    await browser.close();
    await gateway.close();
    if (!values.folder) rmSync(folder, { recursive: true, force: true });
  }
}

if (values.help) process.stdout.write(`${HELP}\n`);
else await bench();
