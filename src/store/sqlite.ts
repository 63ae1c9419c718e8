import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect, type Transaction } from 'kysely';
import type { Batch, Engine, Words } from './engine.ts';
import { StoreError, type StoreFault } from './fault.ts';
import type { Schema } from './schema.ts';

/** Stands in the file's header: whose file this is. */
const APPLICATION = 0x46484c44;

/** How long a writer waits for another program that holds the file, e.g. a backup, in milliseconds. */
const PATIENCE = 5000;

/** Files up to this many bytes are examined whole before they are used; larger ones would delay the start by seconds. */
const EXAMINED = 64 * 1024 * 1024;

/** Prepared statements kept; the store's own queries are fewer. */
const STATEMENTS = 200;

const WORDS: Words = {
  int: 'INTEGER',
  real: 'REAL',
  end: 'STRICT',
  endClustered: 'STRICT, WITHOUT ROWID',
  uniqueExchange: 'UNIQUE (id)',
  endExchanges: 'STRICT',
};

/**
 * The embedded database: one file, and only one process may write it, which the data folder's lock sees to.
 * @throws StoreError `corrupt` or `refused` with the mend when the file cannot be used
 */
export function openSqlite(file: string, readOnly: boolean): Engine {
  try {
    return open(file, readOnly);
  } catch (error) {
    throw explain(error, file);
  }
}

function open(file: string, readOnly: boolean): Engine {
  if (!readOnly) refuseForeign(file);
  const database = new DatabaseSync(file, { readOnly, timeout: PATIENCE });
  try {
    if (readOnly) database.exec('PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY; PRAGMA query_only = ON');
    else setUp(database, file);
  } catch (error) {
    database.close();
    throw error;
  }
  return engine(database, file);
}

/** Durable at each commit: FULL also syncs the log, without which a power cut takes the last commits. */
function setUp(database: DatabaseSync, file: string): void {
  if (statSync(file).size > 0 && statSync(file).size <= EXAMINED) examine(database, file);
  database.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
  database.exec(
    'PRAGMA cache_size = -64000; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 50000; PRAGMA journal_size_limit = 67108864',
  );
}

function examine(database: DatabaseSync, file: string): void {
  const [first] = database.prepare('PRAGMA quick_check(1)').all() as { quick_check?: string }[];
  if (first?.quick_check !== 'ok') throw new StoreError('corrupt', mendCorrupt(file, first?.quick_check));
}

/** Someone else's database must not get our tables. The header says whose it is (sqlite.org/fileformat2.html, offset 68). */
function refuseForeign(file: string): void {
  if (!existsSync(file) || statSync(file).size === 0) return;
  const header = Buffer.alloc(100);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, header, 0, 100, 0);
  } finally {
    closeSync(handle);
  }
  if (!header.subarray(0, 16).equals(Buffer.from('SQLite format 3\0')))
    throw new StoreError('corrupt', mendCorrupt(file, 'not a database'));
  const owner = header.readUInt32BE(68);
  // Zero: the process that made it died before it wrote anything.
  if (owner !== APPLICATION && owner !== 0)
    throw new StoreError('schema', `${file} belongs to another program; move it away, or set data: to another folder`);
}

/** What Kysely needs of a database, with statements prepared once. */
function adapted(database: DatabaseSync, statement: (sql: string) => StatementSync) {
  return {
    close: () => database.close(),
    prepare: (text: string) => {
      // A transaction that begins by reading could not wait for another program's lock later.
      const prepared = statement(text === 'begin' ? 'begin immediate' : text);
      const bind = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
      return {
        reader: prepared.columns().length > 0,
        all: (parameters: readonly unknown[]) => prepared.all(...bind(parameters)),
        // A full disk has ended the transaction already; a second end would hide why.
        run: (parameters: readonly unknown[]) =>
          text === 'rollback' && !database.isTransaction ? { changes: 0, lastInsertRowid: 0 } : prepared.run(...bind(parameters)),
        iterate: (parameters: readonly unknown[]) => prepared.iterate(...bind(parameters)),
      };
    },
  };
}

function engine(database: DatabaseSync, file: string): Engine {
  const prepared = new Map<string, StatementSync>();
  const statement = (text: string): StatementSync => {
    let found = prepared.get(text);
    if (found) return found;
    found = database.prepare(text);
    if (prepared.size >= STATEMENTS) prepared.delete(prepared.keys().next().value!);
    prepared.set(text, found);
    return found;
  };
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: adapted(database, statement) }) });
  return {
    db,
    words: WORDS,
    isAlone: true,
    locksRows: false,
    async write(_trx, batch) {
      const fresh = new Set<unknown>();
      const insert = statement(insertOf(batch));
      // Kysely has one connection here, so this runs inside the transaction.
      for (const tuple of batch.tuples) if (Number(insert.run(...tuple).changes) > 0) fresh.add(tuple[0]);
      return fresh;
    },
    prepare: async () => {},
    async expire(before, limit) {
      const oldest = db.selectFrom('exchanges').select('id').where('at', '<', before).orderBy('at').limit(limit);
      const [deleted] = await db.deleteFrom('exchanges').where('id', 'in', oldest).execute();
      return Number(deleted?.numDeletedRows ?? 0);
    },
    now: async () => Date.now(),
    alone: (step) => db.transaction().execute((trx: Transaction<Schema>) => step(trx)),
    explain: (error) => explain(error, file),
    close: () => db.destroy(),
  };
}

function insertOf({ table, columns, key, add }: Batch): string {
  const names = columns.map(([name]) => `"${name}"`).join(', ');
  const sums = add.map((name) => `"${name}" = "${table}"."${name}" + excluded."${name}"`).join(', ');
  const conflict = sums ? `(${key.map((name) => `"${name}"`).join(', ')}) DO UPDATE SET ${sums}` : 'DO NOTHING';
  return `INSERT INTO "${table}" (${names}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT ${conflict}`;
}

function mendCorrupt(file: string, detail = ''): string {
  return `${file} is damaged${detail ? ` (${detail})` : ''}; stop Freehold and restore it from a backup, or move it away with its -wal and -shm files to begin a new one`;
}

/** By SQLite's primary result codes (sqlite.org/rescode.html). */
function explain(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const { errcode, message } = error as { errcode?: number; message: string };
  const say = (fault: StoreFault, text: string) => new StoreError(fault, text, error);
  switch (errcode === undefined ? undefined : errcode & 0xff) {
    case 5:
    case 6:
      return say(
        'locked',
        `${file} is held by another program for more than ${PATIENCE / 1000} s; end it, e.g. a backup or a database browser`,
      );
    case 8:
    case 14:
    case 23:
      return say('refused', `${file} cannot be opened for writing (${message}); check its owner and mode, or set data: to another folder`);
    case 10:
    case 13:
      return say('full', `${file} cannot be written (${message}): the disk is full or failing; make room there, then it goes on by itself`);
    case 11:
    case 26:
      return say('corrupt', mendCorrupt(file, message));
    case 19:
      return say(errcode === 1555 || errcode === 2067 ? 'conflict' : 'refused', `${file} does not take this row: ${message}`);
    default:
      return say('failed', `${file}: ${message ?? String(error)}`);
  }
}
