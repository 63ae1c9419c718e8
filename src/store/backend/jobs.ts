import type { Engine } from '../engine.ts';
import type { JobRow, NewJob } from '../ports.ts';

export async function enqueue(engine: Engine, { id, kind, payload = 'null', runAt, maxAttempts = 3 }: NewJob): Promise<void> {
  const now = await engine.now();
  const fresh = {
    kind,
    payload,
    state: 'waiting' as const,
    run_at: runAt ?? now,
    attempts: 0,
    max_attempts: maxAttempts,
    lease_until: null,
    node: null,
    result: null,
    error: null,
    created_at: now,
    finished_at: null,
  };
  await engine.db
    .insertInto('jobs')
    .values({ id, ...fresh })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(fresh).where('jobs.state', 'in', ['done', 'failed']))
    .execute();
}

/** Takes the job that is due for longest; one whose lease ran out counts as due, and fails when it has no attempts left. */
export async function claim(engine: Engine, node: string, kinds: readonly string[], leaseMs: number): Promise<JobRow | undefined> {
  return engine.db.transaction().execute(async (trx) => {
    const now = await engine.now(trx);
    await trx
      .updateTable('jobs')
      .set({ state: 'failed', error: 'its worker died', finished_at: now, lease_until: null })
      .where('kind', 'in', kinds)
      .where('state', '=', 'running')
      .where('lease_until', '<=', now)
      .whereRef('attempts', '>=', 'max_attempts')
      .execute();
    let due = trx
      .selectFrom('jobs')
      .select('id')
      .where('kind', 'in', kinds)
      .where(({ eb, or, and }) =>
        or([and([eb('state', '=', 'waiting'), eb('run_at', '<=', now)]), and([eb('state', '=', 'running'), eb('lease_until', '<=', now)])]),
      )
      .orderBy('run_at')
      .orderBy('id')
      .limit(1);
    if (engine.locksRows) due = due.forUpdate().skipLocked();
    const found = await due.executeTakeFirst();
    if (!found) return undefined;
    return trx
      .updateTable('jobs')
      .set(({ eb }) => ({ state: 'running', node, attempts: eb('attempts', '+', 1), lease_until: now + leaseMs }))
      .where('id', '=', found.id)
      .returningAll()
      .executeTakeFirst();
  });
}

/** The claim that a job row stands for: another claim has another number of attempts. */
function claimed({ db }: Engine, { id, attempts }: JobRow) {
  return db.updateTable('jobs').where('id', '=', id).where('state', '=', 'running').where('attempts', '=', attempts);
}

export async function renew(engine: Engine, job: JobRow, leaseMs: number): Promise<boolean> {
  const now = await engine.now();
  const { numUpdatedRows } = await claimed(engine, job)
    .set({ lease_until: now + leaseMs })
    .where('lease_until', '>', now)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function finish(engine: Engine, job: JobRow, result: string | null): Promise<boolean> {
  const end = { state: 'done' as const, result, error: null, lease_until: null, finished_at: await engine.now() };
  const { numUpdatedRows } = await claimed(engine, job).set(end).executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function fail(engine: Engine, job: JobRow, error: string, retryAt: number): Promise<boolean> {
  const isLast = job.attempts >= job.max_attempts;
  const end = isLast
    ? { state: 'failed' as const, error, lease_until: null, finished_at: await engine.now() }
    : { state: 'waiting' as const, error, lease_until: null, run_at: retryAt };
  const { numUpdatedRows } = await claimed(engine, job).set(end).executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function jobOf({ db }: Engine, id: string): Promise<JobRow | undefined> {
  return db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
}
