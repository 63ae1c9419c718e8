import type { Transaction } from 'kysely';
import type { Engine } from '../engine.ts';
import type { BudgetState, Charge } from '../ports.ts';
import type { Schema } from '../schema.ts';
import { charge } from './exchanges.ts';

/**
 * How long a lease holds without being renewed, in milliseconds: as long a dead node withholds what it had. Renewed at a third of it, so that
 * one failure costs none.
 */
export const LEASE_MS = 30_000;

/** What nodes hold of a budget now. Below zero counts as zero: there a node charged more than it held. */
async function leasedOf(db: Transaction<Schema> | Engine['db'], account: string, window: string, now: number): Promise<number> {
  const rows = await db
    .selectFrom('leases')
    .select('held_nanos')
    .where('account', '=', account)
    .where('window', '=', window)
    .where('expires_at', '>', now)
    .where('held_nanos', '>', 0)
    .execute();
  return rows.reduce((sum, { held_nanos }) => sum + held_nanos, 0);
}

export async function readBudgets(engine: Engine, of: readonly { account: string; window: string }[]): Promise<BudgetState[]> {
  const now = await engine.now();
  const states: BudgetState[] = [];
  for (const { account, window } of of) {
    const row = await engine.db
      .selectFrom('budgets')
      .select('spent_nanos')
      .where('account', '=', account)
      .where('window', '=', window)
      .executeTakeFirst();
    states.push({ account, window, spent_nanos: row?.spent_nanos ?? 0, leased_nanos: await leasedOf(engine.db, account, window, now) });
  }
  return states;
}

/** Grants what is neither spent nor held by anyone. The budget's row is locked meanwhile, so that nodes ask one after the other. */
export async function leaseBudget(
  engine: Engine,
  node: string,
  account: string,
  window: string,
  want: number,
  limit: number,
): Promise<number> {
  return engine.db.transaction().execute(async (trx) => {
    await trx
      .insertInto('budgets')
      .values({ account, window, spent_nanos: 0 })
      .onConflict((conflict) => conflict.columns(['account', 'window']).doNothing())
      .execute();
    let row = trx.selectFrom('budgets').select('spent_nanos').where('account', '=', account).where('window', '=', window);
    if (engine.locksRows) row = row.forUpdate();
    const { spent_nanos } = await row.executeTakeFirstOrThrow();
    const now = await engine.now(trx);
    const free = limit - spent_nanos - (await leasedOf(trx, account, window, now));
    const granted = Math.max(0, Math.min(want, free));
    if (granted === 0) return 0;
    const mine = await held(trx, node, account, window);
    // What has run out was counted as free above and may be granted to others by now.
    const before = mine && mine.expires_at > now ? Math.max(0, mine.held_nanos) : 0;
    // Where nobody else leases, nothing is gained by a lease that ends while its holder lives.
    const values = { held_nanos: before + granted, expires_at: engine.isAlone ? Number.MAX_SAFE_INTEGER : now + LEASE_MS };
    await trx
      .insertInto('leases')
      .values({ node, account, window, ...values })
      .onConflict((conflict) => conflict.columns(['account', 'window', 'node']).doUpdateSet(values))
      .execute();
    return granted;
  });
}

function held(trx: Transaction<Schema>, node: string, account: string, window: string) {
  return trx
    .selectFrom('leases')
    .select(['held_nanos', 'expires_at'])
    .where('node', '=', node)
    .where('account', '=', account)
    .where('window', '=', window)
    .executeTakeFirst();
}

export async function giveBack(engine: Engine, node: string, account: string, window: string, nanos: number): Promise<void> {
  await engine.db.transaction().execute(async (trx) => {
    const mine = await held(trx, node, account, window);
    if (!mine || mine.held_nanos <= 0) return;
    await trx
      .updateTable('leases')
      .set(({ eb }) => ({ held_nanos: eb('held_nanos', '-', Math.min(nanos, mine.held_nanos)) }))
      .where('node', '=', node)
      .where('account', '=', account)
      .where('window', '=', window)
      .execute();
  });
}

/** Extends what the node holds. */
export async function renewLeases(engine: Engine, node: string): Promise<void> {
  if (engine.isAlone) return;
  const now = await engine.now();
  await engine.db
    .updateTable('leases')
    .set({ expires_at: now + LEASE_MS })
    .where('node', '=', node)
    // What ran out may be somebody else's by now.
    .where('expires_at', '>', now)
    .execute();
}

/** Ends what a node holds. */
export async function endLeases({ db }: Engine, node: string): Promise<void> {
  await db.deleteFrom('leases').where('node', '=', node).execute();
}

export async function chargeBudgets(engine: Engine, node: string, charges: readonly Charge[]): Promise<void> {
  await engine.db.transaction().execute((trx) => charge(engine, trx, node, charges));
}
