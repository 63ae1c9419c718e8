import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const recordSchema = z.object({
  tool: z.string(),
  url: z.string(),
  /** When, ISO 8601. */
  at: z.string(),
  /** A key made for it, by its id. */
  keyId: z.string().optional(),
  files: z.array(
    z.object({
      path: z.string(),
      /** The copy of what it held, beside the record; absent when there was no file. */
      copy: z.string().optional(),
      /** Permission bits it had. */
      mode: z.number().optional(),
      /** SHA-256 of what was written. */
      written: z.string(),
      /** Folders made for it, outermost first. */
      folders: z.array(z.string()),
    }),
  ),
});

/** What a connection changed, with all that undoing it takes. */
export type ConnectionRecord = z.output<typeof recordSchema>;

/** A file and what it will hold. `before` is undefined where there is none. */
export interface Rewrite {
  path: string;
  before: Buffer | undefined;
  after: string;
}

const RECORD = 'connection.json';
const hash = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** What a file holds, or undefined where there is none. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The record of a tool's connection, or undefined when it is not connected. @param folder where records lie */
export function readRecord(folder: string, tool: string): ConnectionRecord | undefined {
  const text = readIfThere(join(folder, tool, RECORD));
  return text && recordSchema.parse(JSON.parse(text.toString()));
}

/** Copies and the record are on disk before the first file changes, so that a crash leaves nothing that cannot be undone. */
export function apply(folder: string, about: Omit<ConnectionRecord, 'files'>, rewrites: readonly Rewrite[]): ConnectionRecord {
  const own = join(folder, about.tool);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const files = rewrites.map(({ path, before, after }, index) => {
    const copy = before && `${index}.before`;
    if (copy) writeFileSync(join(own, copy), before, { mode: 0o600 });
    return { path, copy, mode: before && statSync(path).mode & 0o7777, written: hash(after), folders: missingFolders(path) };
  });
  const record = { ...about, files };
  writeFileSync(join(own, RECORD), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  rewrites.forEach(({ path, after }, index) => {
    mkdirSync(dirname(path), { recursive: true });
    // A file that we make holds a key.
    write(path, after, files[index]!.mode ?? 0o600);
  });
  return record;
}

function missingFolders(path: string): string[] {
  const found: string[] = [];
  for (let at = dirname(path); !existsSync(at); at = dirname(at)) found.unshift(at);
  return found;
}

/** In one step, so that the tool never reads half a file; through links, so that they stay links. */
function write(path: string, content: Buffer | string, mode: number): void {
  const real = existsSync(path) ? realpathSync(path) : path;
  const draft = `${real}.${randomBytes(4).toString('hex')}.draft`;
  writeFileSync(draft, content, { mode });
  chmodSync(draft, mode);
  renameSync(draft, real);
}

/** Files that hold neither what we wrote nor what was there before. */
export function changedSince(folder: string, { tool, files }: ConnectionRecord): string[] {
  return files
    .filter(({ path, copy, written }) => {
      const now = readIfThere(path);
      const before = copy === undefined ? undefined : readFileSync(join(folder, tool, copy));
      return now === undefined ? before !== undefined : hash(now) !== written && !(before && now.equals(before));
    })
    .map(({ path }) => path);
}

/** Puts every file back as it was, byte for byte; files and folders that were made vanish. @returns paths where changed files were kept */
export function undo(folder: string, record: ConnectionRecord): string[] {
  const own = join(folder, record.tool);
  const changed = new Set(changedSince(folder, record));
  const kept: string[] = [];
  for (const { path, copy, mode, folders } of record.files) {
    if (changed.has(path) && existsSync(path)) {
      const aside = `${path}.before-disconnect`;
      write(aside, readFileSync(path), 0o600);
      kept.push(aside);
    }
    if (copy === undefined) {
      rmSync(path, { force: true });
      for (const made of folders.toReversed()) if (existsSync(made) && readdirSync(made).length === 0) rmdirSync(made);
    } else {
      mkdirSync(dirname(path), { recursive: true });
      write(path, readFileSync(join(own, copy)), mode ?? 0o600);
    }
  }
  rmSync(own, { recursive: true, force: true });
  return kept;
}
