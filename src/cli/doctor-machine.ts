import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { weightsDir } from '../config/load.ts';

/** One thing that was looked at. */
export interface Symptom {
  what: string;
  /** `warns` keeps nothing from working today. */
  state: 'ok' | 'warns' | 'fails';
  found: string;
  /** What to do about it. */
  mend?: string;
}

const NEEDED = 24;

/** The program and what runs it. */
export function versions(): Symptom {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  const found = `Freehold ${version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  const isOld = Number.parseInt(process.versions.node, 10) < NEEDED;
  return isOld
    ? { what: 'versions', state: 'fails', found, mend: `Install Node ${NEEDED} or later.` }
    : { what: 'versions', state: 'ok', found };
}

/** Milliseconds: no day before the one on which the catalogue was made can be today. */
const EARLIEST = Date.parse('2026-11-01T00:00:00Z');

/** @param now Unix milliseconds */
export function clock(now: number): Symptom {
  const found = `${new Date(now).toISOString()}, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
  return now < EARLIEST
    ? { what: 'clock', state: 'fails', found, mend: 'It stands before this version was made. Set it (timedatectl set-ntp true).' }
    : { what: 'clock', state: 'ok', found };
}

const GIB = 1024 ** 3;
const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;

/** @param hosts whether models run in this process */
export function memory(hosts: boolean): Symptom {
  const free = process.availableMemory();
  const found = `${gib(free)} of ${gib(totalmem())} available`;
  const least = hosts ? 2 * GIB : GIB / 4;
  if (free >= least) return { what: 'memory', state: 'ok', found };
  return {
    what: 'memory',
    state: 'warns',
    found,
    mend: hosts
      ? 'Engines want at least 2 GiB: choose smaller weights, or set engines.NAME.context lower.'
      : 'Close what takes it: a gateway wants 256 MiB.',
  };
}

/** Devices by which a graphics card shows itself, and the build of the engine that uses it. */
const CARDS = [
  { device: '/dev/nvidiactl', label: 'an NVIDIA card', build: 'cuda' },
  { device: '/dev/kfd', label: 'an AMD card', build: 'vulkan' },
  { device: '/dev/dri/renderD128', label: 'a graphics card', build: 'vulkan' },
] as const;

/** A card that no build of the engine uses is a pity, not a fault. */
export function graphics(env: NodeJS.ProcessEnv): Symptom {
  if (process.platform === 'darwin' && process.arch === 'arm64') return { what: 'graphics', state: 'ok', found: 'Metal' };
  const card = CARDS.find(({ device }) => existsSync(device));
  if (!card) return { what: 'graphics', state: 'ok', found: 'no card that the engine could use; it runs on the processor' };
  if (env['CUDA_VISIBLE_DEVICES'] === '' || env['CUDA_VISIBLE_DEVICES'] === '-1')
    return {
      what: 'graphics',
      state: 'warns',
      found: `${card.label}, hidden by CUDA_VISIBLE_DEVICES`,
      mend: 'Unset CUDA_VISIBLE_DEVICES to use it.',
    };
  const name = `@node-llama-cpp/${process.platform}-${process.arch === 'x64' ? 'x64' : process.arch}-${card.build}`;
  try {
    import.meta.resolve(name);
    return { what: 'graphics', state: 'ok', found: `${card.label}, with the ${card.build} build of the engine` };
  } catch {
    return {
      what: 'graphics',
      state: 'warns',
      found: `${card.label}, without a build of the engine for it`,
      mend: `"freehold engine add ${card.build}" fetches it, if this machine is to run models itself.`,
    };
  }
}

/** Why nothing can listen there; undefined when something can. */
export function listening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(
        {
          EADDRINUSE: 'something else listens there',
          EACCES: 'this user may not listen there',
          EADDRNOTAVAIL: 'this machine has no such address',
        }[code ?? ''] ?? String(code),
      ),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Where data and weights lie: whether they can be written, and the room that is left. */
export function folders(data: string, env: NodeJS.ProcessEnv): Symptom[] {
  const [records, weights] = [
    { what: 'data folder', path: data, least: GIB / 4, good: 2 * GIB, setting: 'data (or FREEHOLD_DATA)' },
    { what: 'weights folder', path: weightsDir(env), least: 0, good: 4 * GIB, setting: 'XDG_CACHE_HOME' },
  ].map(judgeFolder);
  return [records!, weights!];
}

function judgeFolder({
  what,
  path,
  least,
  good,
  setting,
}: {
  what: string;
  path: string;
  least: number;
  good: number;
  setting: string;
}): Symptom {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    if (!statSync(there).isDirectory())
      return { what, state: 'fails', found: `${there} is no folder`, mend: `Set ${setting} to a folder.` };
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch {
    return {
      what,
      state: 'fails',
      found: `${there} cannot be written by this user`,
      mend: `Give this user the folder, or set ${setting} to another.`,
    };
  }
  const { bavail, bsize } = statfsSync(there);
  const room = bavail * bsize;
  const isNew = there === path ? '' : ', to be made';
  const found = `${path}${isNew}; ${gib(room)} free`;
  if (room < least) return { what, state: 'fails', found, mend: `Make room there, or set ${setting} to another disk.` };
  const isOpen = there === path && what === 'data folder' && process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
  if (isOpen) return { what, state: 'warns', found: `${found}; others on this machine can look into it`, mend: `chmod 700 ${path}` };
  return room < good
    ? { what, state: 'warns', found, mend: `Little room: records and weights grow. Set ${setting} to a larger disk.` }
    : { what, state: 'ok', found };
}
