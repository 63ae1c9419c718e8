import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Engine, Words } from './engine.ts';
import { StoreError } from './fault.ts';

/** One step of the schema. Never changed once it was released: the next step is a new one. */
export interface Migration {
  number: number;
  name: string;
  statements(words: Words): string[];
}

/**
 * Brings the schema up to date, each step in a transaction of its own.
 * @throws StoreError `schema` when the store was written by a newer or another program
 */
export async function migrate(engine: Engine, migrations: readonly Migration[], where: string): Promise<void> {
  await engine.alone(async (trx) => {
    await sql
      .raw(
        `CREATE TABLE IF NOT EXISTS migrations (number ${engine.words.int} PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, at ${engine.words.int} NOT NULL) ${engine.words.end}`,
      )
      .execute(trx);
  });
  for (;;) {
    const isDone = await engine.alone(async (trx) => {
      const applied = await trx.selectFrom('migrations').selectAll().orderBy('number').execute();
      const next = nextOf(applied, migrations, engine.words, where);
      if (!next) return true;
      const statements = next.statements(engine.words);
      for (const statement of statements) await sql.raw(statement).execute(trx);
      const row = { number: next.number, name: next.name, checksum: checksumOf(statements), at: await engine.now(trx) };
      await trx.insertInto('migrations').values(row).execute();
      return false;
    });
    if (isDone) return;
  }
}

interface Applied {
  number: number;
  name: string;
  checksum: string;
}

/**
 * The first step that is missing, undefined when there is none. Pure.
 * @throws StoreError `schema`
 */
export function nextOf(applied: readonly Applied[], migrations: readonly Migration[], words: Words, where: string): Migration | undefined {
  for (const [index, { number, name, checksum }] of applied.entries()) {
    const known = migrations[index];
    if (!known)
      throw new StoreError(
        'schema',
        `${where} was written by a newer Freehold (its schema has step ${number}, ${name}; this one knows ${migrations.length}). Run that version, or give this one another store`,
      );
    if (known.number !== number || known.name !== name || checksumOf(known.statements(words)) !== checksum)
      throw new StoreError(
        'schema',
        `${where} has another schema than this Freehold makes: step ${number} (${name}) differs. Restore the store from a backup, or run the version that wrote it`,
      );
  }
  return migrations[applied.length];
}

/** Spaces do not count, so that a statement may be laid out anew. */
function checksumOf(statements: readonly string[]): string {
  return createHash('sha256')
    .update(statements.map((statement) => statement.replace(/\s+/g, ' ').trim()).join(';'))
    .digest('hex');
}
