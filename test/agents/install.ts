import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from './client.ts';
import versions from './versions.json' with { type: 'json' };

/** Where clients are kept between runs: outside the checkout, because together they are larger than it by far. */
export const CACHE = process.env['FREEHOLD_AGENTS'] ?? join(homedir(), '.cache', 'freehold', 'agents');
const PROJECT = join(import.meta.dirname, '..', '..');

const pins: Readonly<Record<string, Readonly<Record<string, string>>>> = versions;

/** Where a client's packages are. */
export function placeOf(client: Client): string {
  return client.folder ? join(CACHE, client.folder) : PROJECT;
}

/** The installed version of a package, or undefined when it is not there. */
async function versionOf(folder: string, name: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** The version that a client is run at: installed, or else pinned. */
export async function versionToRun(client: Client): Promise<string> {
  return (await versionOf(placeOf(client), client.package)) ?? pins[client.folder ?? '']?.[client.package] ?? '';
}

/** What of a client's pinned packages is missing or of another version, as `name@version`. */
async function missing(client: Client): Promise<string[]> {
  const folder = placeOf(client);
  const wanted = Object.entries(pins[client.folder ?? ''] ?? {});
  const there = await Promise.all(wanted.map(([name]) => versionOf(folder, name)));
  return wanted.filter(([, version], at) => there[at] !== version).map(([name, version]) => `${name}@${version}`);
}

/**
 * Makes sure that a client is there at its pinned version. Install scripts are off: no client here needs one.
 * @param allowed whether npm may be asked
 * @returns why the client cannot run, or undefined when it can
 */
export async function provide(client: Client, allowed: boolean, say: (line: string) => void): Promise<string | undefined> {
  const { folder } = client;
  if (!folder) return (await versionOf(PROJECT, client.package)) ? undefined : `${client.package} is not installed; "npm ci" installs it`;
  const place = placeOf(client);
  const lacks = await missing(client);
  if (lacks.length && !allowed) return `${lacks.join(' and ')} not in ${place}; without --no-install it is fetched`;
  if (lacks.length) {
    say(`installing ${lacks.join(' ')} into ${place}`);
    try {
      await mkdir(place, { recursive: true });
      await writeFile(join(place, 'package.json'), `${JSON.stringify({ name: folder, private: true })}\n`);
      const all = Object.entries(pins[folder] ?? {}).map(([name, version]) => `${name}@${version}`);
      const flags = ['--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
      await promisify(execFile)('npm', ['install', ...flags, ...all], { cwd: place, shell: process.platform === 'win32' });
    } catch (error) {
      return `npm could not install it: ${error instanceof Error ? error.message.split('\n').slice(0, 2).join(' ') : String(error)}`;
    }
  }
  // A script finds packages from where it lies.
  if (client.kind === 'sdk') await cp(join(import.meta.dirname, 'sdk'), join(place, 'script'), { recursive: true });
  return undefined;
}
