import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Started, startGateway } from './start.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The built page, as a checkout has it. */
export const BUILT = join(ROOT, 'dashboard/dist');

/** Builds the page where it is older than its source. Several test files may ask at once: one of them builds. */
export async function built(): Promise<void> {
  const lock = join(tmpdir(), 'freehold-dashboard-build');
  for (let waited = 0; isStale(); waited++) {
    try {
      mkdirSync(lock);
    } catch {
      // Who holds the lock is building, or died over it.
      if (waited > 600) rmdirSync(lock);
      await pause(100);
      continue;
    }
    try {
      const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
      const { status, stderr, stdout } = spawnSync(process.execPath, [vite, 'build', 'dashboard', '--logLevel', 'warn'], { cwd: ROOT });
      if (status !== 0) throw new Error(`the dashboard does not build: ${stderr}${stdout}`);
    } finally {
      rmdirSync(lock);
    }
  }
}

function isStale(): boolean {
  const page = join(BUILT, 'index.html');
  if (!existsSync(page)) return true;
  const at = statSync(page).mtimeMs;
  return sources(join(ROOT, 'dashboard')).some((file) => statSync(file).mtimeMs > at);
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'dist' ? [] : sources(path);
    return entry.name.endsWith('.md') ? [] : [path];
  });
}

/** A gateway with a data folder and nothing else; both go when the test is over. It may be closed before. */
export async function freshGateway(stops: (() => unknown)[], settings: Record<string, unknown> = {}): Promise<Started> {
  const data = mkdtempSync(join(tmpdir(), 'freehold-page-'));
  const started = await startGateway({ data, ...settings });
  let isOpen = true;
  const close = started.gateway.close.bind(started.gateway);
  started.gateway.close = async () => {
    if (isOpen) await close();
    isOpen = false;
  };
  stops.push(
    () => rmSync(data, { recursive: true, force: true }),
    () => started.gateway.close(),
  );
  return started;
}
