import { GatewayError } from '../../protocol/errors.ts';
import { exchangesQuery, usageQuery } from '../contract.ts';
import { queryOf, read, type Step, storeOf } from './call.ts';

/** A page of exchanges, newest first. */
export async function listExchanges(step: Step): Promise<unknown> {
  const { rows, next = null } = await storeOf(step).exchanges.page(read(exchangesQuery, queryOf(step)));
  return { exchanges: rows, next };
}

export async function getExchange(step: Step): Promise<unknown> {
  const row = await storeOf(step).exchanges.get(step.id);
  if (!row)
    throw new GatewayError('not-found', `there is no exchange "${step.id}" in the store; it may be older than store.exchanges_days`);
  const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
  return {
    ...row,
    attempts: parsed(row.attempts),
    notes: parsed(row.notes) ?? [],
    findings: parsed(row.findings) ?? [],
    plan: parsed(row.plan),
  };
}

/** Sums over exchanges, from the roll-ups. */
export async function getUsage(step: Step): Promise<unknown> {
  const { from, to, grain, series, by, ...where } = read(usageQuery, queryOf(step));
  return { groups: await storeOf(step).reports.totals({ from, to, grain, series, by, where }) };
}

/** How the store does. */
export async function getHealth({ parts: { store, node, scene } }: Step): Promise<unknown> {
  const health = store?.health() ?? null;
  const { ready, reasons, simulated } = scene.readiness();
  return { ok: health?.ok ?? true, node: node ?? null, ready, reasons, simulated: simulated === true, store: health };
}
