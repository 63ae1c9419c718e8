import type { Transaction } from 'kysely';
import type { Engine } from '../engine.ts';
import type { GroupRow, KeyChanges, KeyRow } from '../ports.ts';
import type { Schema } from '../schema.ts';

/**
 * The number of the next change. Its row stays locked until the transaction ends, so that a change with a lower number is never seen after
 * one with a higher.
 */
async function nextVersion(trx: Transaction<Schema>): Promise<number> {
  const { value } = await trx
    .updateTable('counters')
    .set(({ eb }) => ({ value: eb('value', '+', 1) }))
    .where('name', '=', 'keys')
    .returning('value')
    .executeTakeFirstOrThrow();
  return value;
}

export async function putKey({ db }: Engine, row: KeyRow): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { id, ...values } = { ...row, version: await nextVersion(trx) };
    await trx
      .insertInto('keys')
      .values({ id, ...values })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
      .execute();
  });
}

export async function putGroup({ db }: Engine, row: GroupRow): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { kind, id, ...values } = { ...row, version: await nextVersion(trx) };
    await trx
      .insertInto('groups')
      .values({ kind, id, ...values })
      .onConflict((conflict) => conflict.columns(['kind', 'id']).doUpdateSet(values))
      .execute();
  });
}

export async function keyBy({ db }: Engine, column: 'hash' | 'id', value: string): Promise<KeyRow | undefined> {
  const found = await db.selectFrom('keys').selectAll().where(column, '=', value).executeTakeFirst();
  return found && withoutVersion(found);
}

export async function pageOfKeys(
  { db }: Engine,
  { after, limit, team, project }: { after?: string; limit: number; team?: string; project?: string },
): Promise<KeyRow[]> {
  let reading = db.selectFrom('keys').selectAll();
  if (after !== undefined) reading = reading.where('id', '>', after);
  if (team !== undefined) reading = reading.where('team', '=', team);
  if (project !== undefined) reading = reading.where('project', '=', project);
  return (await reading.orderBy('id').limit(limit).execute()).map(withoutVersion);
}

export async function groupsOf({ db }: Engine): Promise<GroupRow[]> {
  return (await db.selectFrom('groups').selectAll().orderBy('kind').orderBy('id').execute()).map(withoutVersion);
}

/** What changed after a version; after -1 everything. */
export async function changesSince({ db }: Engine, since: number): Promise<KeyChanges & { version: number }> {
  const counter = await db.selectFrom('counters').select('value').where('name', '=', 'keys').executeTakeFirstOrThrow();
  if (counter.value <= since) return { version: since, keys: [], groups: [] };
  const keys = await db.selectFrom('keys').selectAll().where('version', '>', since).execute();
  const groups = await db.selectFrom('groups').selectAll().where('version', '>', since).execute();
  // The counter was read first: what came in between is told again rather than missed.
  return { version: counter.value, keys: keys.map(withoutVersion), groups: groups.map(withoutVersion) };
}

function withoutVersion<Row extends { version: number }>({ version: _, ...row }: Row): Omit<Row, 'version'> {
  return row;
}
