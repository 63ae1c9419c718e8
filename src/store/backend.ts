import * as budgets from './backend/budgets.ts';
import * as documents from './backend/documents.ts';
import { type Sent, writeExchanges } from './backend/exchanges.ts';
import * as jobs from './backend/jobs.ts';
import * as keys from './backend/keys.ts';
import { contentOf, exchangeOf, pageOf } from './backend/pages.ts';
import { latencyOf, totalsOf } from './backend/reports.ts';
import { retainStep } from './backend/retain.ts';
import { taskPartsOf } from './backend/tasks.ts';
import type { Engine } from './engine.ts';
import type {
  BreakerRow,
  Charge,
  DocumentRow,
  GroupRow,
  JobRow,
  KeyRow,
  LatencyQuery,
  NewJob,
  PageQuery,
  Retention,
  TasksQuery,
  TotalsQuery,
} from './ports.ts';

/** All that a store's thread can be asked, by name. */
export function backendOf(engine: Engine, node: string) {
  return {
    write: (sent: readonly Sent[]) => writeExchanges(engine, node, sent, false),
    insertMissing: (sent: readonly Sent[]) => writeExchanges(engine, node, sent, true),
    exchange: (id: string) => exchangeOf(engine, id),
    content: (id: string) => contentOf(engine, id),
    page: (query: PageQuery) => pageOf(engine, query),
    totals: (query: TotalsQuery) => totalsOf(engine, query),
    taskParts: (query: TasksQuery) => taskPartsOf(engine, query),
    latency: (query: LatencyQuery) => latencyOf(engine, query),
    putKey: (row: KeyRow) => keys.putKey(engine, row),
    putGroup: (row: GroupRow) => keys.putGroup(engine, row),
    keyBy: (column: 'hash' | 'id', value: string) => keys.keyBy(engine, column, value),
    keys: (query: { after?: string; limit: number; team?: string; project?: string }) => keys.pageOfKeys(engine, query),
    groups: () => keys.groupsOf(engine),
    changes: (since: number) => keys.changesSince(engine, since),
    readBudgets: (of: readonly { account: string; window: string }[]) => budgets.readBudgets(engine, of),
    lease: (account: string, window: string, want: number, limit: number) =>
      budgets.leaseBudget(engine, node, account, window, want, limit),
    giveBack: (account: string, window: string, nanos: number) => budgets.giveBack(engine, node, account, window, nanos),
    renewLeases: () => budgets.renewLeases(engine, node),
    endLeases: () => budgets.endLeases(engine, node),
    charge: (charges: readonly Charge[]) => budgets.chargeBudgets(engine, node, charges),
    enqueue: (job: NewJob) => jobs.enqueue(engine, job),
    claim: (kinds: readonly string[], leaseMs: number) => jobs.claim(engine, node, kinds, leaseMs),
    renewJob: (job: JobRow, leaseMs: number) => jobs.renew(engine, job, leaseMs),
    finish: (job: JobRow, result: string | null) => jobs.finish(engine, job, result),
    fail: (job: JobRow, error: string, retryAt: number) => jobs.fail(engine, job, error, retryAt),
    job: (id: string) => jobs.jobOf(engine, id),
    putDocuments: (rows: readonly DocumentRow[]) => documents.putDocuments(engine, rows),
    document: (collection: string, owner: string, id: string) => documents.documentOf(engine, collection, owner, id),
    documents: (query: { collection: string; owner: string; after?: string; limit: number }) => documents.pageOfDocuments(engine, query),
    removeDocument: (collection: string, owner: string, id: string) => documents.removeDocument(engine, collection, owner, id),
    putBreaker: (row: BreakerRow) => documents.putBreaker(engine, row),
    breakers: (changedAt: number) => documents.breakersSince(engine, changedAt),
    retain: (limits: Retention, rows: number) => retainStep(engine, limits, rows),
    close: () => engine.close(),
  };
}

export type Backend = ReturnType<typeof backendOf>;
