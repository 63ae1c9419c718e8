import type { Engine } from '../engine.ts';
import type { Retained, Retention } from '../ports.ts';

const HOURS = ['people_hour', 'work_hour', 'team_hour', 'all_hour', 'latency_model_hour', 'latency_work_hour'] as const;

const NOTHING: Retained = { exchanges: 0, contents: 0, hours: 0, jobs: 0, documents: 0 };

/**
 * One small step of clearing away, of about so many rows. All zero: there is nothing left to clear.
 * @param rows writes wait for as long as it takes
 */
export async function retainStep(engine: Engine, { exchanges, content, hours, jobs }: Retention, rows: number): Promise<Retained> {
  const { db } = engine;
  // Content never outlives its exchange.
  const contentBefore = Math.max(content ?? -Infinity, exchanges ?? -Infinity);
  if (contentBefore > -Infinity) {
    const old = db.selectFrom('contents').select('exchange').where('at', '<', contentBefore).orderBy('at').limit(rows);
    const { numDeletedRows } = await db.deleteFrom('contents').where('exchange', 'in', old).executeTakeFirst();
    if (numDeletedRows > 0n) return { ...NOTHING, contents: Number(numDeletedRows) };
  }
  if (exchanges !== undefined) {
    const gone = await engine.expire(exchanges, rows);
    if (gone > 0) return { ...NOTHING, exchanges: gone };
  }
  if (hours !== undefined) {
    let gone = 0;
    for (const table of HOURS) gone += await oldestHour(engine, table, hours);
    if (gone > 0) return { ...NOTHING, hours: gone };
  }
  if (jobs !== undefined) {
    const over = db.selectFrom('jobs').select('id').where('finished_at', '<', jobs).limit(rows);
    const { numDeletedRows } = await db.deleteFrom('jobs').where('id', 'in', over).executeTakeFirst();
    if (numDeletedRows > 0n) return { ...NOTHING, jobs: Number(numDeletedRows) };
  }
  return { ...NOTHING, documents: await expiredDocuments(engine, rows) };
}

/** An hour is a step of its own: some hundreds or thousands of groups. */
async function oldestHour({ db }: Engine, table: (typeof HOURS)[number], before: number): Promise<number> {
  const { start } = await db
    .selectFrom(table as 'all_hour')
    .select(({ fn }) => fn.min('start').as('start'))
    .executeTakeFirstOrThrow();
  if (start === null || start >= before) return 0;
  return Number(
    (
      await db
        .deleteFrom(table as 'all_hour')
        .where('start', '=', start)
        .executeTakeFirst()
    ).numDeletedRows,
  );
}

async function expiredDocuments({ db }: Engine, rows: number): Promise<number> {
  const expired = await db
    .selectFrom('documents')
    .select(['collection', 'owner', 'id'])
    .where('expires_at', '<=', Date.now())
    .limit(rows)
    .execute();
  let gone = 0;
  if (expired.length === 0) return 0;
  await db.transaction().execute(async (trx) => {
    for (const { collection, owner, id } of expired) {
      // It may have been written anew since.
      const { numDeletedRows } = await trx
        .deleteFrom('documents')
        .where('collection', '=', collection)
        .where('owner', '=', owner)
        .where('id', '=', id)
        .where('expires_at', '<=', Date.now())
        .executeTakeFirst();
      gone += Number(numDeletedRows);
    }
  });
  return gone;
}
