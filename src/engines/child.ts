/**
 * The program a model runs in: a child process of the supervisor in engine.ts, so that a crash, a hang or a
 * memory leak of native code stays outside the gateway. It gets its orders over IPC, answers HTTP on loopback
 * and ends by itself when its parent is gone.
 */
import type { AddressInfo } from 'node:net';
import { EngineModel, type LoadOptions, type ModelFacts } from './model.ts';
import { engineServer } from './serve.ts';

/** The one order a child gets. */
export interface Order {
  name: string;
  token: string;
  /** 0 for any; a restarted child tries the port of the one before it. */
  port: number;
  load: LoadOptions;
}

type News =
  | { kind: 'alive' }
  | { kind: 'progress'; part: number }
  | { kind: 'ready'; port: number; facts: ModelFacts }
  | { kind: 'failed'; reason: string };

/** What a child reports; every report also says how much memory it holds. */
export type Report = News & { rssBytes: number };

const HEARTBEAT_MS = 1000;

if (process.send === undefined) {
  console.error('This program is started by Freehold itself: freehold up --model FILE.gguf');
  process.exit(2);
}
process.on('disconnect', () => process.exit(0));
process.once('message', (order: Order) => void run(order));
setInterval(() => report({ kind: 'alive' }), HEARTBEAT_MS);

async function run(order: Order): Promise<void> {
  try {
    const model = await EngineModel.load(await library(), order.load, (part) => report({ kind: 'progress', part }));
    const server = engineServer(model, order.name, order.token);
    const port = await listen(server, order.port).catch(() => listen(server, 0));
    report({ kind: 'ready', port, facts: model.facts });
  } catch (error) {
    report({ kind: 'failed', reason: (error as Error).message || String(error) });
    process.disconnect?.();
  }
}

function listen(server: ReturnType<typeof engineServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function library(): Promise<typeof import('node-llama-cpp')> {
  try {
    return await import('node-llama-cpp');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('The optional package node-llama-cpp is not installed. Add it with: npm install node-llama-cpp');
  }
}

function report(news: News): void {
  if (process.connected) process.send?.({ ...news, rssBytes: process.memoryUsage.rss() } satisfies Report);
}
