import type { Told } from '../egress/journal/egress.ts';
import { ERRORS, type ErrorKind } from '../protocol/errors.ts';
import type { Charge, Entry } from '../store/ports.ts';
import type { AttemptRecord, ExchangeRecord } from './record.ts';
import { toRow } from './row.ts';

/** What a client saw whose connection was cut. */
const CUT = 499;

/**
 * Exchanges as the journal knows them, for a ledger that may have lost them in a crash. An attempt that has no outcome counts as having
 * cost all that was set aside for it: nobody knows better, and too little would let a budget be overspent. Pure.
 * @param node the process that writes them down now
 */
export function recoveredEntries(exchanges: ReadonlyMap<string, readonly Told[]>, node: string): Entry[] {
  return [...exchanges.values()].map((told) => entryOf(told, node));
}

function entryOf(told: readonly Told[], node: string): Entry {
  const { intent: first } = told[0]!;
  const { intent, outcome } = told.at(-1)!;
  const failure = outcome?.error;
  const kind = failure !== undefined && isKind(failure) ? failure : undefined;
  const isInterrupted = outcome === undefined || (failure !== undefined && !kind);
  const record: ExchangeRecord = {
    id: first.exchange,
    at: first.arrived,
    dialect: first.dialect,
    asked: first.asked,
    stream: first.stream,
    ...(first.key !== undefined && { caller: { id: first.key, name: first.key, team: first.team, project: first.project } }),
    attempts: told.map(attemptOf),
    repository: intent.repository,
    status: kind ? ERRORS[kind].status : isInterrupted ? CUT : (outcome.status ?? CUT),
    outcome: kind ?? 'ok',
    notes: [],
    totalMs: outcome?.ended === undefined ? 0 : Math.max(0, outcome.ended - first.arrived),
  };
  const row = toRow(record, node);
  const charges = chargesOf(told);
  return {
    row: isInterrupted ? { ...row, outcome: 'interrupted', outcome_class: 'interrupted', partial: 1 } : row,
    ...(charges.length > 0 && { charges }),
    must: true,
  };
}

function attemptOf({ intent, outcome }: Told): AttemptRecord {
  const { provider, model, zone, redacted, reservedNanos } = intent;
  return {
    provider,
    model,
    zone,
    redacted,
    reservedNanos,
    usage: outcome?.usage,
    costNanos: costOf({ intent, outcome }),
    ...(outcome === undefined && { estimated: true, unpriced: reservedNanos === undefined || undefined }),
    ...(outcome?.unpriced && { unpriced: true }),
    bytesOut: outcome?.out,
    bytesIn: outcome?.in,
  };
}

function costOf({ intent, outcome }: Told): number | undefined {
  return outcome ? outcome.costNanos : intent.reservedNanos;
}

/** Each budget's part, as the attempts together took it. */
function chargesOf(told: readonly Told[]): Charge[] {
  const charges = new Map<string, Charge>();
  for (const one of told)
    for (const { account, window } of one.intent.budgets ?? []) {
      const key = `${account} ${window}`;
      const nanos = (charges.get(key)?.nanos ?? 0) + (costOf(one) ?? 0);
      charges.set(key, { account, window, nanos });
    }
  return [...charges.values()].filter(({ nanos }) => nanos > 0);
}

function isKind(error: string): error is ErrorKind {
  return Object.hasOwn(ERRORS, error);
}
