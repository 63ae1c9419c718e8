import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { upstreamDialects } from '../../src/dialects/index.ts';
import { agents } from './agents.ts';
import type { Client } from './client.ts';
import { provide, versionToRun } from './install.ts';
import { judge } from './judge.ts';
import { type Kept, keep } from './kept.ts';
import { upstreams } from './model/index.ts';
import { failures, isGreen, markdown, type Row } from './report.ts';
import { sdks } from './sdks.ts';

/**
 * npm run test:agents: every client against every upstream dialect, see README.md. A failure is an exit code of 1; what is not installed is
 * skipped with a line that says so.
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    upstream: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '3' },
    'no-install': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const jobs = Number(values.jobs);
if (!(Number.isInteger(jobs) && jobs > 0)) throw new Error(`--jobs ${values.jobs} is no number of runs at a time; leave it out or say 1`);

/** With --json stdout is for the results alone. */
const say = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);

function chosen<T>(all: readonly T[], wanted: readonly string[], names: (one: T) => string[], option: string): T[] {
  for (const name of wanted)
    if (!all.some((one) => names(one).includes(name)))
      throw new Error(`${option} ${name} is unknown; there are ${[...new Set(all.flatMap(names))].join(', ')}`);
  return all.filter((one) => wanted.length === 0 || names(one).some((name) => wanted.includes(name)));
}

const all: readonly Client[] = [...agents, ...sdks];
const picked = chosen(all, values.only, ({ name, folder }) => (folder ? [name, folder] : [name, 'sdk']), '--only');
const dialects = chosen(upstreamDialects, values.upstream, ({ name }) => [name], '--upstream').map(({ name }) => name);
const played = dialects.filter((name) => upstreams[name]);
const unplayed = upstreamDialects.map(({ name }) => name).filter((name) => !upstreams[name]);
for (const name of unplayed) say(`SKIPPED upstream ${name}: nothing in test/agents/model plays it`);

const date = new Date().toISOString().slice(0, 10);
const platform = `${process.platform} ${process.arch}, Node ${process.versions.node}`;
const rows: Row[] = [];
const work: [Row, Client, string][] = [];
for (const client of all) {
  const isPicked = picked.includes(client);
  const skipped = isPicked ? await provide(client, !values['no-install'], say) : undefined;
  if (skipped) say(`SKIPPED ${client.label}: ${skipped}`);
  const row = { ...client, version: await versionToRun(client), skipped };
  rows.push(row);
  if (isPicked && !skipped) work.push(...played.map((name): [Row, Client, string] => [row, client, name]));
}

const cells: Kept[] = [];
const due = work.length;
async function worker(): Promise<void> {
  for (let next = work.shift(); next; next = work.shift()) {
    const [{ version }, client, dialect] = next;
    const { logs, ...cell } = await judge(client, dialect, upstreams[dialect]!);
    cells.push({ ...cell, version, date, platform });
    const result = isGreen(cell) ? 'ok' : `FAILED ${failures(cell)}`;
    say(`${String(cells.length).padStart(4)}/${due} ${client.label} → ${dialect} (${cell.seconds.toFixed(0)} s): ${result}`);
    if (values.verbose && !isGreen(cell)) for (const log of logs) say(log.replace(/^/gm, '       '));
  }
}
await Promise.all(Array.from({ length: jobs }, worker));

if (values.json) process.stdout.write(`${JSON.stringify(cells, null, 2)}\n`);
const page = join(import.meta.dirname, '..', '..', 'docs', 'compatibility.md');
const text = {
  rows,
  cells: await keep(cells),
  upstreams: upstreamDialects.map(({ name }) => name).filter((name) => upstreams[name]),
  unplayed,
};
await writeFile(page, markdown(text, await readFile(join(import.meta.dirname, 'must-haves.md'), 'utf8')));
const skips = rows.filter((row) => row.skipped).length;
say(`${cells.filter(isGreen).length} of ${due} cells green${skips ? `, ${skips} clients SKIPPED` : ''}; all kept results are in ${page}`);
process.exitCode = cells.every(isGreen) ? 0 : 1;
