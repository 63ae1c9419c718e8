import type { Engine } from '../engine.ts';
import type { BreakerRow, DocumentRow } from '../ports.ts';

export async function putDocuments({ db }: Engine, rows: readonly DocumentRow[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    for (const { value, expires_at, ...key } of rows)
      await trx
        .insertInto('documents')
        .values({ ...key, value, expires_at })
        .onConflict((conflict) => conflict.columns(['collection', 'owner', 'id']).doUpdateSet({ value, expires_at }))
        .execute();
  });
}

/** Documents that have not expired. */
function living({ db }: Engine, collection: string, owner: string, now: number) {
  return db
    .selectFrom('documents')
    .selectAll()
    .where('collection', '=', collection)
    .where('owner', '=', owner)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]));
}

export async function documentOf(engine: Engine, collection: string, owner: string, id: string): Promise<DocumentRow | undefined> {
  return living(engine, collection, owner, Date.now()).where('id', '=', id).executeTakeFirst();
}

export async function pageOfDocuments(
  engine: Engine,
  { collection, owner, after, limit }: { collection: string; owner: string; after?: string; limit: number },
): Promise<DocumentRow[]> {
  let reading = living(engine, collection, owner, Date.now());
  if (after !== undefined) reading = reading.where('id', '>', after);
  return reading.orderBy('id').limit(limit).execute();
}

export async function removeDocument({ db }: Engine, collection: string, owner: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('documents')
    .where('collection', '=', collection)
    .where('owner', '=', owner)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function putBreaker({ db }: Engine, row: BreakerRow): Promise<void> {
  const { target, ...values } = row;
  await db
    .insertInto('breakers')
    .values(row)
    .onConflict((conflict) => conflict.column('target').doUpdateSet(values).where('breakers.changed_at', '<', row.changed_at))
    .execute();
}

export async function breakersSince({ db }: Engine, changedAt: number): Promise<BreakerRow[]> {
  return db.selectFrom('breakers').selectAll().where('changed_at', '>=', changedAt).orderBy('changed_at').execute();
}
