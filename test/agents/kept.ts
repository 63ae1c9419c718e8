import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE } from './install.ts';
import type { Cell } from './judge.ts';

/** A cell with what it was found with. */
export interface Kept extends Omit<Cell, 'logs'> {
  /** Of the client. */
  version: string;
  /** The day, in UTC. */
  date: string;
  /** Of what it ran on. */
  platform: string;
}

const FILE = join(CACHE, 'results.json');

/** The last result of every cell that was tried on this machine, so that one client can be tried again without all others. */
export async function readKept(): Promise<Kept[]> {
  try {
    return JSON.parse(await readFile(FILE, 'utf8')) as Kept[];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new Error(`${FILE} cannot be read; delete it, and all cells are to be tried again`, { cause: error });
  }
}

/** Puts results in the place of older ones of the same cells, and gives back all. */
export async function keep(results: readonly Kept[]): Promise<Kept[]> {
  const isOf = (one: Kept) => (other: Kept) => one.client === other.client && one.upstream === other.upstream;
  const all = [...(await readKept()).filter((old) => !results.some(isOf(old))), ...results];
  await mkdir(CACHE, { recursive: true });
  const draft = `${FILE}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(all, null, 1)}\n`);
  await rename(draft, FILE);
  return all;
}
