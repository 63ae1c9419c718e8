import { parentPort, workerData } from 'node:worker_threads';
import { type Backend, backendOf } from './backend.ts';
import type { Engine } from './engine.ts';
import { StoreError, type StoreFault } from './fault.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { openSqlite } from './sqlite.ts';

/** What a thread is started with. */
export interface Start {
  /** A file's path, or the address of a server. */
  at: string;
  isServer: boolean;
  readOnly: boolean;
  node: string;
}

export interface Call {
  id: number;
  method: keyof Backend;
  args: unknown[];
}

/** The end of a call; id 0 is that of the start. */
export type Reply = { id: number; result: unknown } | { id: number; fault: StoreFault; message: string };

async function open({ at, isServer, readOnly, node }: Start): Promise<Engine> {
  // Loaded only where it is used: a start with the file is the quicker for it.
  const engine = isServer ? await (await import('./postgres.ts')).openPostgres(at, readOnly) : openSqlite(at, readOnly);
  if (readOnly) return engine;
  try {
    await migrate(engine, migrations, isServer ? 'the database of store.url (or DATABASE_URL)' : at);
    // Of processes that are gone: nobody else can hold a lease here. This one may have, if its thread died.
    if (engine.isAlone) await engine.db.deleteFrom('leases').where('node', '<>', node).execute();
    return engine;
  } catch (error) {
    const explained = engine.explain(error);
    await engine.close();
    throw explained;
  }
}

/** Answers calls one by one as they come; what they wait for runs side by side. */
async function serve(start: Start, port: NonNullable<typeof parentPort>): Promise<void> {
  const engine = await open(start);
  const backend = backendOf(engine, start.node) as Record<string, (...args: unknown[]) => Promise<unknown>>;
  port.on('message', ({ id, method, args }: Call) => {
    backend[method]!(...args).then(
      (result) => {
        port.postMessage({ id, result } satisfies Reply);
        if (method === 'close') port.close();
      },
      (error) => port.postMessage(told(id, engine.explain(error))),
    );
  });
  port.postMessage({ id: 0, result: engine.isAlone } satisfies Reply);
}

function told(id: number, { fault, message }: StoreError): Reply {
  return { id, fault, message };
}

if (parentPort) {
  const port = parentPort;
  serve(workerData as Start, port).catch((error: unknown) => {
    port.postMessage(told(0, error instanceof StoreError ? error : new StoreError('failed', String(error), error)));
    port.close();
  });
}
