import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { loadConfig } from './load.ts';
import { type Watching, watchConfig } from './reload.ts';

let watching: Watching | undefined;
const dir = mkdtempSync(join(tmpdir(), 'freehold-reload-'));
afterEach(() => watching?.close());
afterEach(() => rmSync(dir, { recursive: true, force: true }) ?? mkdirSync(dir));

/** Watches a file with port 1 in it; every port seen, every problem told. */
function start(file = join(dir, 'freehold.yaml')) {
  writeFileSync(file, 'server: { port: 1 }');
  const ports: number[] = [];
  const problems: string[] = [];
  watching = watchConfig({
    file,
    load: () => loadConfig({ flags: { config: file } }).config,
    onChange: (next) => void ports.push(next.server.port),
    onProblem: (error) => problems.push(error.message),
  });
  return { file, ports, problems };
}

const quiet = () => new Promise((resolve) => setTimeout(resolve, 500));

test('a change is taken, written in place or renamed over', async () => {
  const { file, ports, problems } = start();
  writeFileSync(file, 'server: { port: 2 }');
  await vi.waitFor(() => expect(ports).toEqual([2]), 5000);
  writeFileSync(`${file}.tmp`, 'server: { port: 3 }');
  renameSync(`${file}.tmp`, file);
  await vi.waitFor(() => expect(ports).toEqual([2, 3]), 5000);
  expect(problems).toEqual([]);
});

test('a bad file is told and the next good one taken', async () => {
  const { file, ports, problems } = start();
  writeFileSync(file, 'server: { prt: 2 }');
  await vi.waitFor(() => expect(problems).toHaveLength(1), 5000);
  expect(problems[0]).toMatch(/freehold\.yaml:1:11 server\.prt: .*did you mean "port"/);
  expect(ports).toEqual([]);
  writeFileSync(file, 'server: { port: 4 }');
  await vi.waitFor(() => expect(ports).toEqual([4]), 5000);
});

test('several steps of one save are one change; the same text and other files are none', async () => {
  const { file, ports, problems } = start();
  unlinkSync(file);
  writeFileSync(file, 'server: ');
  appendFileSync(file, '{ port: 5 }');
  await vi.waitFor(() => expect(ports).toEqual([5]), 5000);
  writeFileSync(file, readFileSync(file));
  writeFileSync(join(dir, 'other.yaml'), 'x');
  await quiet();
  unlinkSync(file);
  await quiet();
  expect(ports).toEqual([5]);
  expect(problems).toEqual([]);
});

test('a swapped link is seen', async () => {
  mkdirSync(join(dir, 'one'));
  mkdirSync(join(dir, 'two'));
  writeFileSync(join(dir, 'two/freehold.yaml'), 'server: { port: 6 }');
  symlinkSync('one', join(dir, 'data'));
  symlinkSync('data/freehold.yaml', join(dir, 'freehold.yaml'));
  const { ports } = start();
  symlinkSync('two', join(dir, 'data.new'));
  renameSync(join(dir, 'data.new'), join(dir, 'data'));
  await vi.waitFor(() => expect(ports).toEqual([6]), 5000);
});

test('reload takes the same file again, and changes never overlap', async () => {
  const file = join(dir, 'freehold.yaml');
  writeFileSync(file, '');
  let running = 0;
  let most = 0;
  let times = 0;
  watching = watchConfig({
    file,
    load: () => undefined,
    onChange: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      times++;
    },
    onProblem: (error) => {
      throw error;
    },
  });
  await Promise.all([watching.reload(), watching.reload(), watching.reload()]);
  expect({ most, times }).toEqual({ most: 1, times: 3 });
});
