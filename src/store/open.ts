import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { LEASE_MS } from './backend/budgets.ts';
import { tupleOf } from './backend/exchanges.ts';
import { StoreError } from './fault.ts';
import { KeyFeed } from './key-feed.ts';
import type { Entry, Retained, Retention, Store } from './ports.ts';
import { isRowsFault, type QueueLimits, WriteQueue } from './queue.ts';
import { Remote, threadFile } from './remote.ts';
import { tasksOf } from './tasks.ts';

export interface StoreOptions {
  /** The embedded store's file; its folder must be held by this process. */
  file?: string;
  /** Or a PostgreSQL server, `postgres://…`. */
  url?: string;
  /** This process among the nodes; random unless told. */
  node?: string;
  limits?: QueueLimits;
}

/** Rows that retention removes at once, and how long that should take in milliseconds: writes wait meanwhile. */
const SMALLEST = 20;
const LARGEST = 1000;
const STEP_MS = 15;

/** Rows of one transaction when what is missing is inserted. */
const RECOVERED = 500;

/** Opens the store and brings its schema up to date. @throws StoreError with the mend */
export async function openStore({ file, url, node = randomUUID(), limits }: StoreOptions): Promise<Store> {
  const at = url ?? file;
  if (at === undefined) throw new StoreError('refused', 'the store has no place: give a file or a url');
  const start = { at, isServer: url !== undefined, node };
  const writer = new Remote({ ...start, readOnly: false });
  // Pages have a thread of their own, begun with the first one: a slow one must not hold up a write.
  const reader = new Remote({ ...start, readOnly: true });
  const isAlone = await writer.open();
  const checkpoints = url === undefined ? keepCheckpoints(at) : undefined;
  const queue = new WriteQueue((sent) => writer.call('write', sent), limits);
  const feed = new KeyFeed((since) => writer.call('changes', since), isAlone);
  let rejected = 0;
  let holdsUntil = performance.now() + LEASE_MS;
  let hasLapsed = false;
  const renewing = setInterval(() => {
    const asked = performance.now();
    const renewed = () => {
      if (asked > holdsUntil) hasLapsed = true;
      holdsUntil = asked + LEASE_MS;
    };
    void writer.call('renewLeases').then(renewed, () => {});
  }, LEASE_MS / 3).unref();
  return {
    alone: isAlone,
    exchanges: {
      put: (entry) => queue.put(entry),
      putDurably: (entry) => queue.putDurably(entry),
      hasRoom: () => queue.hasRoom(),
      insertMissing: (entries) => insertMissing(writer, entries, () => rejected++),
      flush: () => queue.flush(),
      get: (id) => reader.call('exchange', id),
      content: (id) => reader.call('content', id),
      page: (query) => reader.call('page', query),
    },
    reports: {
      totals: (query) => reader.call('totals', query),
      tasks: (query) => tasksOf(query, (window) => reader.call('taskParts', window)),
      latency: (query) => reader.call('latency', query),
    },
    keys: {
      putKey: (row) => writer.call('putKey', row).then(() => feed.look()),
      putGroup: (row) => writer.call('putGroup', row).then(() => feed.look()),
      byHash: (hash) => writer.call('keyBy', 'hash', hash),
      byId: (id) => writer.call('keyBy', 'id', id),
      page: (query) => writer.call('keys', query),
      groups: () => writer.call('groups'),
      watch: (listener) => feed.watch(listener),
    },
    budgets: {
      read: (of) => writer.call('readBudgets', of),
      lease: (account, window, want, limit) => writer.call('lease', account, window, want, limit),
      giveBack: (account, window, nanos) => writer.call('giveBack', account, window, nanos),
      charge: (charges) => writer.call('charge', charges),
      hold() {
        const holds = !hasLapsed && performance.now() < holdsUntil;
        hasLapsed = false;
        return isAlone || holds;
      },
    },
    jobs: {
      enqueue: (job) => writer.call('enqueue', job),
      claim: (kinds, leaseMs) => writer.call('claim', kinds, leaseMs),
      renew: (job, leaseMs) => writer.call('renewJob', job, leaseMs),
      finish: (job, result) => writer.call('finish', job, result ?? null),
      fail: (job, error, retryAt) => writer.call('fail', job, error, retryAt),
      get: (id) => writer.call('job', id),
    },
    documents: {
      put: (rows) => writer.call('putDocuments', rows),
      get: (collection, owner, id) => writer.call('document', collection, owner, id),
      remove: (collection, owner, id) => writer.call('removeDocument', collection, owner, id),
      page: (query) => writer.call('documents', query),
    },
    breakers: {
      put: (row) => writer.call('putBreaker', row),
      since: (changedAt) => writer.call('breakers', changedAt),
    },
    health: () => {
      const health = queue.health();
      return { ...health, rejected: health.rejected + rejected };
    },
    retain: (limits) => retain(writer, limits),
    async close(withinMs = 5000) {
      clearInterval(renewing);
      feed.end();
      await queue.close(withinMs);
      await writer.call('endLeases').catch(() => {});
      // Before the writer: it closes the file last and carries the rest of the log into it.
      await checkpoints?.();
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}

async function insertMissing(writer: Remote, entries: readonly Entry[], reject: () => void): Promise<number> {
  let missing = 0;
  for (let from = 0; from < entries.length; from += RECOVERED) {
    const sent = entries.slice(from, from + RECOVERED).map(({ row, charges, content }) => ({ tuple: tupleOf(row), charges, content }));
    try {
      missing += await writer.call('insertMissing', sent);
    } catch (error) {
      if (!isRowsFault(error as StoreError)) throw error;
      if (sent.length === 1) reject();
      else for (const entry of entries.slice(from, from + RECOVERED)) missing += await insertMissing(writer, [entry], reject);
    }
  }
  return missing;
}

/** Starts the thread that carries the embedded store's log into its file. @returns ends it */
function keepCheckpoints(file: string): () => Promise<void> {
  const worker = new Worker(threadFile('checkpoint', import.meta.url), {
    workerData: file,
    resourceLimits: { maxYoungGenerationSizeMb: 1 },
  });
  // Without it the writer does the same, with delays.
  worker.on('error', () => {});
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  return async () => {
    worker.postMessage('close');
    await gone;
  };
}

/** Step by step; between two steps writes have their turn. */
async function retain(writer: Remote, limits: Retention): Promise<Retained> {
  const sum: Retained = { exchanges: 0, contents: 0, hours: 0, jobs: 0, documents: 0 };
  let rows = SMALLEST;
  for (;;) {
    const began = performance.now();
    const step = await writer.call('retain', limits, rows);
    const took = performance.now() - began;
    rows = took > STEP_MS ? Math.max(SMALLEST, Math.floor(rows / 2)) : Math.min(LARGEST, rows + SMALLEST);
    let gone = 0;
    for (const name of Object.keys(sum) as (keyof Retained)[]) {
      sum[name] += step[name];
      gone += step[name];
    }
    if (gone === 0) return sum;
    // As long again as the step took: at most half of the writer's time goes into clearing away.
    await pause(Math.min(200, took));
  }
}
