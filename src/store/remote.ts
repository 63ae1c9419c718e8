import { Worker } from 'node:worker_threads';
import type { Backend } from './backend.ts';
import { StoreError } from './fault.ts';
import type { Call, Reply, Start } from './worker.ts';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: StoreError): void;
}

/** A thread's program beside a module, as source or as built. */
export function threadFile(name: string, beside: string): URL {
  return new URL(`./${name}${beside.endsWith('.ts') ? '.ts' : '.js'}`, beside);
}

/** A thread of the store, seen from the gateway's thread. One that died is started again by the next call. */
export class Remote {
  readonly #start: Start;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #opened: Promise<boolean> | undefined;
  #calls = 0;
  #isClosed = false;

  constructor(start: Start) {
    this.#start = start;
  }

  /** Starts the thread and opens the database. @returns whether no other process can write. @throws StoreError with the mend */
  open(): Promise<boolean> {
    this.#opened ??= this.#spawn();
    return this.#opened;
  }

  /** @throws StoreError */
  async call<M extends keyof Backend>(method: M, ...args: Parameters<Backend[M]>): Promise<Awaited<ReturnType<Backend[M]>>> {
    if (this.#isClosed) throw new StoreError('closed', 'the store is closed');
    await this.open();
    return (await this.#post(method, args)) as Awaited<ReturnType<Backend[M]>>;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isOpen = await this.#opened?.then(
      () => true,
      () => false,
    );
    if (!isOpen || !this.#worker) return;
    const worker = this.#worker;
    const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    await this.#post('close', []).catch(() => worker.terminate());
    await gone;
  }

  #post(method: keyof Backend, args: unknown[]): Promise<unknown> {
    const worker = this.#worker;
    if (!worker) return Promise.reject(new StoreError('failed', 'the store’s thread died'));
    return new Promise((resolve, reject) => {
      const id = ++this.#calls;
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, args } satisfies Call);
    });
  }

  #spawn(): Promise<boolean> {
    const worker = new Worker(threadFile('worker', import.meta.url), {
      // Rows live briefly; more room for young ones only makes the process larger.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
      workerData: this.#start,
    });
    this.#worker = worker;
    const opened = new Promise<boolean>((resolve, reject) => {
      this.#waiting.set(0, { resolve: (isAlone) => resolve(isAlone === true), reject });
    });
    worker.on('message', (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('fault' in reply) waiting?.reject(new StoreError(reply.fault, reply.message));
      else waiting?.resolve(reply.result);
    });
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', () => this.#fail(worker));
    opened.catch(() => {
      this.#opened = undefined;
    });
    return opened;
  }

  #fail(worker: Worker, cause?: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#opened = undefined;
    const error = new StoreError('failed', `the store’s thread died${cause === undefined ? '' : ` (${String(cause)})`}`, cause);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
