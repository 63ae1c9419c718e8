import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { configFrom } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { Baseline } from '../exchange/baseline.ts';
import { toRow } from '../exchange/row.ts';
import { createGateway, dialectNames, dialects, type Gateway, type Outside, outbound } from '../gateway.ts';
import { openLedger } from '../ledger.ts';
import { openPlace } from '../store/place.ts';
import { Chance } from './chance.ts';
import { proveSomething } from './evidence.ts';
import { history } from './history.ts';
import { writePast } from './past.ts';
import { type Simulated, simulate } from './simulated.ts';
import { Traffic } from './traffic.ts';
import { demoFile, PROVIDERS, RHYTHM, SEED } from './world.ts';

const DAY = 86_400_000;

/** Where the demo listens: to this machine alone. */
const HOST = '127.0.0.1';

/** Who speaks to the admin API, which knows no dialect. */
const ADMIN = 'admin';

/** Says that a folder is a demo's, which the next demo may begin anew. */
const MARK = 'simulated.json';

export interface DemoOptions {
  /** The folder; made where it is missing, emptied where another demo left it. */
  data: string;
  /** Of the gateway; 0 takes any free one. */
  port: number;
  /** Seconds of the simulated world in one of ours. */
  speed: number;
  /** Days of history. */
  days: number;
  /** One line for people. */
  log: (line: string) => void;
  /** How much of the history is written, 0 to 1. */
  told: (share: number) => void;
}

/** A demo that runs. */
export interface Demo {
  gateway: Gateway;
  /** Exchanges of the history. */
  written: number;
  close(): Promise<void>;
}

/**
 * A gateway of its own with a simulated team, simulated models and some weeks of history. The traffic is real: every request goes over
 * HTTP through the gateway to simulated providers on this machine. Nothing leaves it.
 * @throws Error with the mend, when the folder or the port cannot be used
 */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { data, port, speed } = options;
  await free(port);
  clear(data);
  const pace = () => speed;
  const open: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of open.splice(0).reverse()) await end();
  };
  try {
    const urls: Record<string, string> = {};
    for (const [at, [name, { dialect }]] of Object.entries(PROVIDERS).entries()) {
      const simulated: Simulated = await simulate(name, dialects.find((one) => one.name === dialect)!, pace, SEED + 1000 + at);
      open.push(() => simulated.close());
      urls[name] = simulated.url;
    }
    const config = configFrom(demoFile(urls, { port, data }), { dialects: dialectNames });
    const written = await fill(config, urls, options);
    const clients = new Map<string, Outside>();
    open.push(() => Promise.all([...clients.values()].map((client) => client.close())));
    const client = (name: string): Outside => {
      const known =
        clients.get(name) ??
        outbound(
          {},
          dialects.find((one) => one.name === name),
        );
      clients.set(name, known);
      return known;
    };
    let traffic: Traffic | undefined;
    const gateway = await createGateway({ config, env: {}, simulated: true, log: options.log, onExchange: (one) => traffic?.heard(one) });
    open.push(() => gateway.close());
    traffic = new Traffic({ url: gateway.url, client, pace });
    const team = traffic;
    open.push(() => team.stop());
    await proveSomething(client(ADMIN), gateway.url, data, new Chance(SEED + 1), options.log);
    traffic.start();
    return { gateway, written, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The history, written before the gateway opens the folder. @returns how many exchanges */
async function fill(config: Config, urls: Readonly<Record<string, string>>, { days, told, log }: DemoOptions): Promise<number> {
  const ledger = await openLedger(config, {}, log);
  if (!ledger) return 0;
  try {
    const baseline = new Baseline(config);
    const total = days * RHYTHM.asksADay * 0.75;
    return await writePast(ledger, history(new Chance(SEED), Date.now(), days), {
      urls,
      rowOf: (record) => toRow(record, ledger.node, baseline.of(record)),
      told: (written) => told(Math.min(1, written / total)),
    });
  } finally {
    await ledger.close();
  }
}

/** Before anything is written for which nobody could then be asked. @throws Error with the mend when the port is taken */
async function free(port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((done, fail) => {
    probe.once('error', () => fail(new Error(`port ${port} on ${HOST} is taken; choose another one with --port`)));
    probe.listen(port, HOST, () => probe.close(() => done()));
  });
}

/** Makes the folder, or empties it where a demo left it. @throws Error where it holds something else, or is in use */
function clear(folder: string): void {
  if (existsSync(folder)) {
    const isOurs = existsSync(join(folder, MARK));
    if (!isOurs && readdirSync(folder).length > 0)
      throw new Error(`--data: ${folder} holds something that is no demo's, and a demo begins with an empty folder; choose another one`);
    // Whoever is at work there is not to lose its files.
    if (isOurs) openPlace(folder).release();
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const what = { simulated: true, made: new Date(Math.floor(Date.now() / DAY) * DAY).toISOString().slice(0, 10) };
  writeFileSync(join(folder, MARK), `${JSON.stringify(what)}\n`);
}
