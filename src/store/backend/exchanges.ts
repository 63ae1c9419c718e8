import type { Transaction } from 'kysely';
import type { Batch, Engine } from '../engine.ts';
import { foldCharges, foldLatency, foldTotals } from '../fold.ts';
import type { Charge, Content, ExchangeRow } from '../ports.ts';
import {
  BUDGET,
  CONTENT,
  type Columns,
  EXCHANGE,
  LEASE,
  ROLL_UPS,
  type Schema,
  SUMS,
  sketchKey,
  type Tuple,
  totalsColumns,
} from '../schema.ts';

/** An entry on its way to the writer. Tuples cross the border between threads faster than objects with forty names. */
export interface Sent {
  tuple: Tuple;
  charges?: readonly Charge[];
  content?: Content;
}

const NAMES = EXCHANGE.map(([name]) => name);
const SUM_NAMES = SUMS.map(([name]) => name);

export function tupleOf(row: ExchangeRow): Tuple {
  return NAMES.map((name) => row[name]);
}

/**
 * Writes exchanges with all that follows from them in one transaction: contents, roll-ups, charges. Those whose id is there already are
 * left out, and so is all that would follow from them.
 * @param isRecovery looks for the ids first: a recovered row may name another time of arrival than the row that was written
 * @returns how many were new
 */
export async function writeExchanges(engine: Engine, node: string, sent: readonly Sent[], isRecovery: boolean): Promise<number> {
  const times = sent.map(({ tuple }) => tuple[1] as number);
  await engine.prepare(times);
  return engine.db.transaction().execute(async (trx) => {
    const unknown = isRecovery ? await leaveOutKnown(trx, sent) : sent;
    const fresh = await engine.write(trx, batch('exchanges', EXCHANGE, tuplesOf(unknown)));
    const isFresh = firstOf(fresh);
    const written = unknown.filter(({ tuple }) => isFresh(tuple[0]));
    await follow(engine, trx, node, written);
    return written.length;
  });
}

function tuplesOf(sent: readonly Sent[]): Tuple[] {
  return sent.map(({ tuple }) => tuple);
}

async function leaveOutKnown(trx: Transaction<Schema>, sent: readonly Sent[]): Promise<Sent[]> {
  const ids = sent.map(({ tuple }) => tuple[0] as string);
  const known = await trx.selectFrom('exchanges').select('id').where('id', 'in', ids).execute();
  const isKnown = new Set(known.map(({ id }) => id));
  return sent.filter(({ tuple }) => !isKnown.has(tuple[0] as string));
}

/** True once for each fresh id: the same id twice in one batch was written once. */
function firstOf(fresh: ReadonlySet<unknown>): (id: unknown) => boolean {
  const left = new Set(fresh);
  return (id) => left.delete(id);
}

async function follow(engine: Engine, trx: Transaction<Schema>, node: string, written: readonly Sent[]): Promise<void> {
  if (written.length === 0) return;
  const contents = written.flatMap(({ tuple, content }): Tuple[] =>
    content ? [[tuple[0]!, tuple[1]!, content.request, content.answer]] : [],
  );
  if (contents.length) await engine.write(trx, batch('contents', CONTENT, contents));
  await rollUp(engine, trx, tuplesOf(written));
  await charge(
    engine,
    trx,
    node,
    written.flatMap(({ charges = [] }) => charges),
  );
}

async function rollUp(engine: Engine, trx: Transaction<Schema>, rows: readonly Tuple[]): Promise<void> {
  for (const { rollUp, grain, tuples } of foldTotals(rows))
    await engine.write(trx, batch(`${rollUp}_${grain}`, totalsColumns(rollUp), tuples, ['start', ...ROLL_UPS[rollUp]], SUM_NAMES));
  for (const { sketch, grain, tuples } of foldLatency(rows)) {
    if (tuples.length === 0) continue;
    const key = sketchKey(sketch);
    const names = key.map(([column]) => column);
    await engine.write(trx, batch(`latency_${sketch}_${grain}`, [...key, ['count', 'int']], tuples, names, ['count']));
  }
}

/** Moves charges from what the node holds to what is spent. */
export async function charge(engine: Engine, trx: Transaction<Schema>, node: string, charges: readonly Charge[]): Promise<void> {
  const tuples = foldCharges(charges);
  if (tuples.length === 0) return;
  await engine.write(trx, batch('budgets', BUDGET, tuples, ['account', 'window'], ['spent_nanos']));
  const held = tuples.map(([account, window, nanos]): Tuple => [node, account!, window!, -(nanos as number), 0]);
  await engine.write(trx, batch('leases', LEASE, held, ['account', 'window', 'node'], ['held_nanos']));
}

function batch<Row>(table: keyof Schema, columns: Columns<Row>, tuples: readonly Tuple[], key: string[] = [], add: string[] = []): Batch {
  return { table, columns, tuples, key, add };
}
