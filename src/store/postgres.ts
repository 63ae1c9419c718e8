import { CompiledQuery, Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Batch, Engine, Words } from './engine.ts';
import { StoreError, type StoreFault } from './fault.ts';
import type { ColumnType, Schema, Tuple } from './schema.ts';

/** The oldest server that is tested. */
const OLDEST = 15;

/** Key of the advisory lock under which one node at a time changes the schema: "FHLD". */
const LOCK = 0x46484c44;

const DAY = 86_400_000;

const WORDS: Words = {
  int: 'BIGINT',
  real: 'DOUBLE PRECISION',
  end: '',
  endClustered: '',
  // A divided table's unique keys must hold what divides it.
  uniqueExchange: 'PRIMARY KEY (id, at)',
  endExchanges: 'PARTITION BY RANGE (at)',
};

const TYPES: Readonly<Record<ColumnType, string>> = { text: 'text[]', int: 'bigint[]', real: 'double precision[]' };

/** Counts and money fit in a double exactly up to 2^53: nine million dollars in nano-dollars. */
const toNumber = (text: string): number => Number(text);
const parsers = { [pg.types.builtins.INT8]: toNumber, [pg.types.builtins.NUMERIC]: toNumber };
const types = {
  getTypeParser: ((oid: number, format?: 'text') => parsers[oid] ?? pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/**
 * A server that several nodes share. Exchanges are divided by day, so that what is too old goes at once.
 * @param url `postgres://…`; its password never stands in a message
 * @throws StoreError `unreachable` or `schema` with the mend
 */
export async function openPostgres(url: string, readOnly: boolean): Promise<Engine> {
  const where = nameOf(url);
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: readOnly ? 3 : 6,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 60_000,
    application_name: 'freehold',
    // A commit that hangs would hold the queue; a page that takes this long is no page.
    statement_timeout: 30_000,
  });
  // An idle connection that breaks is replaced at the next query; unheard, its error would end the process.
  pool.on('error', () => {});
  try {
    const { rows } = await pool.query<{ version: string }>(`SELECT current_setting('server_version_num') AS version`);
    const major = Math.floor(Number(rows[0]!.version) / 10_000);
    if (major < OLDEST) throw new StoreError('schema', `${where} runs PostgreSQL ${major}; Freehold needs ${OLDEST} or newer`);
  } catch (error) {
    await pool.end();
    throw explain(error, where);
  }
  return engine(pool, where);
}

function nameOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return decodeURIComponent(`PostgreSQL at ${host || 'the local socket'}${pathname}`);
  } catch {
    throw new StoreError('refused', 'store.url (or DATABASE_URL) is no address; write postgres://USER:PASSWORD@HOST:5432/DATABASE');
  }
}

function engine(pool: pg.Pool, where: string): Engine {
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const days = new Set<number>();
  const alone = <T>(step: (trx: Transaction<Schema>) => Promise<T>) =>
    db.transaction().execute(async (trx) => {
      await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(trx);
      return step(trx);
    });
  return {
    db,
    words: WORDS,
    isAlone: false,
    locksRows: true,
    alone,
    async write(trx, batch) {
      const { rows } = await trx.executeQuery<Record<string, unknown>>(CompiledQuery.raw(insertOf(batch), arraysOf(batch)));
      return new Set(rows.map((row) => row['fresh']));
    },
    async prepare(times) {
      // Another node may have dropped an old day that is known here.
      const recent = Math.floor(Date.now() / DAY) - 1;
      const missing = [...new Set(times.map((time) => Math.floor(time / DAY)))].filter((day) => day < recent || !days.has(day));
      if (missing.length === 0) return;
      await alone(async (trx) => {
        for (const day of missing) await sql.raw(partition(day)).execute(trx);
      });
      for (const day of missing) days.add(day);
    },
    async expire(before, limit) {
      const gone = await dropDay(db, before);
      if (gone !== undefined) return gone;
      const oldest = db.selectFrom('exchanges').select(['id', 'at']).where('at', '<', before).orderBy('at').limit(limit);
      const [deleted] = await db
        .deleteFrom('exchanges')
        .where(({ refTuple }) => sql<boolean>`${refTuple('id', 'at')} in (${oldest})`)
        .where('at', '<', before)
        .execute();
      return Number(deleted?.numDeletedRows ?? 0);
    },
    async now(trx) {
      const { rows } = await sql<{ now: number }>`SELECT cast(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now`.execute(
        trx ?? db,
      );
      return rows[0]!.now;
    },
    explain: (error) => explain(error, where),
    close: () => db.destroy(),
  };
}

/** The oldest day's part, if all of it is too old. @returns how many exchanges it held; undefined when there is no such part */
async function dropDay(db: Kysely<Schema>, before: number): Promise<number | undefined> {
  const parts = await sql<{ name: string }>`
    SELECT relid::regclass::text AS name FROM pg_partition_tree('exchanges') WHERE isleaf AND level = 1`.execute(db);
  const last = Math.floor(before / DAY);
  const oldest = parts.rows
    .map(({ name }) => ({ name, day: Number(/^exchanges_(\d+)$/.exec(name)?.[1] ?? Number.NaN) }))
    .filter(({ day }) => day < last)
    .sort((a, b) => a.day - b.day)[0];
  if (!oldest) return undefined;
  return db.transaction().execute(async (trx) => {
    // The drop waits for readers, and writers wait for the drop.
    await sql`SET LOCAL lock_timeout = '1s'`.execute(trx);
    const { rows } = await sql<{ count: number }>`SELECT count(*) AS count FROM ${sql.table(oldest.name)}`.execute(trx);
    await sql`DROP TABLE ${sql.table(oldest.name)}`.execute(trx);
    return rows[0]!.count;
  });
}

function partition(day: number): string {
  return `CREATE TABLE IF NOT EXISTS exchanges_${day} PARTITION OF exchanges FOR VALUES FROM (${day * DAY}) TO (${(day + 1) * DAY})`;
}

function insertOf({ table, columns, key, add }: Batch): string {
  const names = columns.map(([name]) => `"${name}"`).join(', ');
  const arrays = columns.map(([, type], index) => `$${index + 1}::${TYPES[type]}`).join(', ');
  const sums = add.map((name) => `"${name}" = "${table}"."${name}" + excluded."${name}"`).join(', ');
  const conflict = sums ? `(${key.map((name) => `"${name}"`).join(', ')}) DO UPDATE SET ${sums}` : 'DO NOTHING';
  const returning = sums ? '' : ` RETURNING "${columns[0]![0]}" AS fresh`;
  return `INSERT INTO "${table}" (${names}) SELECT * FROM unnest(${arrays}) ON CONFLICT ${conflict}${returning}`;
}

function arraysOf({ columns, tuples }: Batch): unknown[][] {
  return columns.map((_, index) => tuples.map((tuple: Tuple) => tuple[index]));
}

/** By PostgreSQL's error codes (appendix A of its manual) and those of the socket. */
function explain(error: unknown, where: string): StoreError {
  if (error instanceof StoreError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const say = (fault: StoreFault, text: string) => new StoreError(fault, `${where}: ${text}`, error);
  // The day's part was dropped by another node in this moment; it is made anew when this is tried again.
  if (code === '23514' && message.includes('no partition')) return say('failed', message);
  if (code === '23505') return say('conflict', message);
  if (/^2[23]/.test(code)) return say('refused', `it does not take this row: ${message}`);
  if (code === '53100' || code === '53200') return say('full', `${message}; make room there, then it goes on by itself`);
  if (/^(55P03|40P01|40001)$/.test(code)) return say('locked', message);
  if (/^28/.test(code)) return say('unreachable', `it refuses the credentials; check user and password in store.url or DATABASE_URL`);
  if (code === '3D000')
    return say('unreachable', `there is no such database; create it (createdb) or check the name in store.url or DATABASE_URL`);
  if (code === 'XX001' || code === 'XX002') return say('corrupt', `${message}; restore it from a backup`);
  if (/^(08|57P|53300)/.test(code) || /^E[A-Z]+$/.test(code) || /connection|timeout/i.test(message))
    return say('unreachable', `it does not answer (${message}); check that it runs and that store.url or DATABASE_URL is right`);
  return say('failed', message);
}
