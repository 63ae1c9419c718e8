import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from './fault.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The data folder, held by this process until it is released. */
export interface Place {
  /** Absolute path. */
  readonly folder: string;
  /** The embedded store's file. */
  readonly ledger: string;
  /** Folder of the journals' segments. */
  readonly journal: string;
  /** 32 bytes from which keys for hashes and MACs are derived. */
  readonly secret: Buffer;
  /** What a person should know, e.g. that the folder lies on a network disk. */
  readonly warnings: readonly string[];
  /** Lets another process have the folder. */
  release(): void;
}

/** Where data lies when nobody says otherwise: the user's data directory. */
export function defaultFolder(env: Env): string {
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'freehold');
}

/** Bytes of the secret. */
const SECRET = 32;

/** `f_type` of network file systems, from statfs(2): NFS, SMB, SMB2, CIFS. */
const NETWORK = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42]);

/**
 * Makes the data folder where it is missing and takes hold of it.
 * @param env `FREEHOLD_SECRET` (64 hex digits, or base64 of 32 bytes) replaces the folder's own secret
 * @throws StoreError `locked` naming who holds it, `refused` when it cannot be used; with the mend
 */
export function openPlace(folder: string, env: Env = {}): Place {
  const journal = join(folder, 'journal');
  const warnings: string[] = [];
  try {
    mkdirSync(journal, { recursive: true, mode: 0o700 });
    if (NETWORK.has(statfsSync(folder).type))
      warnings.push(`data: ${folder} is on a network file system, whose locks and syncs are not to be relied on; choose a local disk`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError(
      'refused',
      `data: ${folder} cannot be used (${code}); set data: or FREEHOLD_DATA to a folder that can be written`,
      error,
    );
  }
  const release = hold(folder);
  try {
    return { folder, ledger: join(folder, 'ledger.sqlite'), journal, secret: secretOf(folder, env), warnings, release };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * The system forgets SQLite's lock on a file when its process dies, however it dies, and also between containers on one machine: no
 * left-over to judge. The second file only says who it is, because reading the locked one would let go of POSIX locks.
 */
function hold(folder: string): () => void {
  const holder = join(folder, 'lock.json');
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== 5)
      throw new StoreError('refused', `data: the file ${join(folder, 'lock')} cannot be locked (${(error as Error).message})`, error);
    throw new StoreError(
      'locked',
      `data: ${folder} is in use by ${tellHolder(holder)}. Stop that one, or give this one a folder of its own with data: or FREEHOLD_DATA`,
      error,
    );
  }
  writeFileSync(holder, `${JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() })}\n`, { mode: 0o600 });
  return () => {
    if (!lock.isOpen) return;
    rmSync(holder, { force: true });
    lock.close();
  };
}

function tellHolder(file: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return `process ${pid} on ${host} since ${since}`;
  } catch {
    return 'another process';
  }
}

/** The secret of a folder that may be in use; undefined where there is none yet. @throws StoreError when it is no secret */
export function secretIn(folder: string, env: Env): Buffer | undefined {
  return env['FREEHOLD_SECRET']?.trim() || existsSync(join(folder, 'secret')) ? secretOf(folder, env) : undefined;
}

function secretOf(folder: string, env: Env): Buffer {
  const given = env['FREEHOLD_SECRET']?.trim();
  if (given) {
    const bytes = /^[0-9a-f]{64}$/i.test(given) ? Buffer.from(given, 'hex') : Buffer.from(given, 'base64');
    if (bytes.length === SECRET) return bytes;
    throw new StoreError('refused', `FREEHOLD_SECRET holds ${bytes.length} bytes; it must be 64 hex digits, or base64 of ${SECRET} bytes`);
  }
  const file = join(folder, 'secret');
  if (!existsSync(file)) makeSecret(file);
  const bytes = readFileSync(file);
  if (bytes.length !== SECRET)
    throw new StoreError(
      'corrupt',
      `data: ${file} holds ${bytes.length} bytes instead of ${SECRET}; restore it from a backup: keys and journals depend on it`,
    );
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return bytes;
}

/** Whole or not at all: a process that dies half-way leaves no short secret. */
function makeSecret(file: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, randomBytes(SECRET), { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}
