import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, type Speech } from './bodies.ts';
import { type Ask, askOf, Client } from './client.ts';
import { Series, type Spread } from './figures.ts';
import { machine, readTree, resetPeak } from './readings.ts';
import { micros } from './tokens.ts';

/** One load on one target. Sent to this process as JSON; its `Measured` comes back the same way. */
export interface Job {
  port: number;
  key: string;
  speech: Speech;
  /** Body size. */
  bytes: number;
  model: string;
  tokens: number;
  stream: boolean;
  connections: number;
  /** Seconds before anything counts, in which all connections begin one after the other. */
  warm: number;
  /** Seconds of one request at a time, for the latency that the gateway itself adds. */
  alone: number;
  /** Seconds of full load. */
  full: number;
  /** Instead of `full`: so many answers. */
  requests?: number;
  /** Other traffic meanwhile: so many requests a second, whether or not earlier ones are answered. */
  beside?: { rate: number; bytes: number; model: string; tokens: number };
  /** The target's process, to be read; absent when nobody wants to know. */
  pid?: number;
  /** The upstream's process, which shares a core with this one. */
  upstream?: number;
  /** Lets what is under way end, instead of hanging up at the end. */
  drain: boolean;
}

export interface Measured {
  /** While it counted. */
  requests: number;
  tokens: number;
  /** Tokens of the whole run. */
  received: number;
  seconds: number;
  /** Why answers were not as they should be, and how often. Of the whole run. */
  faults: Record<string, number>;
  /** Of one request at a time, milliseconds. */
  latency: Spread;
  /** From the request to its first token, under full load, milliseconds. */
  firstToken: Spread;
  /** From the upstream's write of a token to its arrival here, under full load, milliseconds. */
  oneWay: Spread;
  /** Target's CPU for as many tokens as one answer has, milliseconds. */
  cpu: number;
  /** MB, of a million bytes. */
  peak: number;
  memory: number;
  /** Share of one core used by load and upstream, and by everything else on the machine with what the hypervisor took. */
  loaders: number;
  others: number;
}

/** Connections that ask again as soon as they are answered. */
class Load {
  readonly #clients: Client[] = [];
  /** Those that wait until more are wanted. */
  readonly #idle: Client[] = [];
  readonly faults: Record<string, number> = {};
  latency = new Series();
  firstToken = new Series();
  oneWay = new Series();
  requests = 0;
  tokens = 0;
  received = 0;
  #wanted = 0;
  #underWay = 0;
  counting = false;

  /** Opens connections that ask at once, the last one after `ms` milliseconds. */
  async open(ask: Ask, connections: number, ms: number): Promise<void> {
    const token = (_: Client, written: number) => {
      this.received++;
      if (!this.counting) return;
      this.tokens++;
      if (written) this.oneWay.push((micros() - written) / 1000);
    };
    const done = (client: Client, fault: string | undefined) => this.#done(client, fault);
    this.#wanted = connections;
    for (let at = 0; at < connections; at++) {
      const client = new Client(ask, { token, done });
      this.#clients.push(client);
      this.#send(client);
      if (ms / connections >= 1) await sleep(ms / connections);
    }
  }

  /** From now on so many connections ask. */
  ask(wanted: number): void {
    this.#wanted = wanted;
    while (this.#underWay < wanted && this.#idle.length) this.#send(this.#idle.pop()!);
  }

  /** Settles when no more requests are under way than are wanted. */
  async settle(): Promise<void> {
    const until = performance.now() + 30_000;
    while (this.#underWay > this.#wanted) {
      if (performance.now() > until) {
        count(this.faults, `no answer within 30 s on ${this.#underWay - this.#wanted} connections`);
        return;
      }
      await sleep(5);
    }
  }

  /** Settles when so many answers were counted. */
  async answers(requests: number): Promise<void> {
    const until = performance.now() + 300_000;
    while (this.requests < requests && performance.now() < until) await sleep(5);
  }

  /** Counts from zero. */
  restart(): void {
    this.latency = new Series();
    this.firstToken = new Series();
    this.oneWay = new Series();
    this.requests = this.tokens = 0;
    this.counting = true;
  }

  hangUp(): void {
    this.#wanted = 0;
    for (const client of this.#clients) client.leave();
  }

  #send(client: Client): void {
    this.#underWay++;
    client.send();
  }

  #done(client: Client, fault: string | undefined): void {
    this.#underWay--;
    if (fault) count(this.faults, fault);
    else if (this.counting) {
      this.requests++;
      this.latency.push((micros() - client.askedAt) / 1000);
      this.firstToken.push((client.firstAt - client.askedAt) / 1000);
    }
    if (this.#underWay < this.#wanted && !fault) this.#send(client);
    else this.#idle.push(client);
    // What fails at once must not become a storm.
    if (fault) setTimeout(() => this.ask(this.#wanted), 20);
  }
}

function count(faults: Record<string, number>, fault: string): void {
  faults[fault] = (faults[fault] ?? 0) + 1;
}

/** Big requests at a steady pace. Each is checked like any other. */
function beside(job: Job, faults: Record<string, number>): () => void {
  if (!job.beside) return () => undefined;
  const { rate, ...asked } = job.beside;
  const ask = askFor({ ...job, ...asked, stream: false });
  const free: Client[] = [];
  const all: Client[] = [];
  const timer = setInterval(() => {
    let client = free.pop();
    if (!client) {
      client = new Client(ask, {
        token: () => undefined,
        done: (one, fault) => {
          if (fault) count(faults, `beside: ${fault}`);
          free.push(one);
        },
      });
      all.push(client);
    }
    client.send();
  }, 1000 / rate);
  return () => {
    clearInterval(timer);
    for (const client of all) client.leave();
  };
}

function askFor(job: Pick<Job, 'port' | 'key' | 'speech' | 'bytes' | 'model' | 'tokens' | 'stream'>): Ask {
  return askOf({ ...job, body: bodyOf(job) });
}

/** Warm-up, one at a time, full load. */
export async function measure(job: Job): Promise<Measured> {
  const load = new Load();
  const quiet = beside(job, load.faults);
  await load.open(askFor(job), job.connections, job.warm * 800);
  await sleep(job.warm * 200);
  let latency: Spread = { p50: Number.NaN, p99: Number.NaN };
  if (job.alone > 0) {
    load.ask(1);
    await load.settle();
    load.restart();
    await sleep(job.alone * 1000);
    latency = load.latency.spread();
    load.ask(job.connections);
    await sleep(200);
  }
  if (job.pid) resetPeak(job.pid);
  const before = look(job);
  load.restart();
  if (job.requests) await load.answers(job.requests);
  else await sleep(job.full * 1000);
  load.counting = false;
  const after = look(job);
  const { requests, tokens } = load;
  if (job.drain) {
    load.ask(0);
    await load.settle();
  }
  quiet();
  load.hangUp();
  const wall = after.at - before.at;
  const cpu = after.target.cpu - before.target.cpu;
  const loaders = after.loaders - before.loaders;
  const all = after.machine.busy - before.machine.busy + after.machine.stolen - before.machine.stolen;
  return {
    requests,
    tokens,
    received: load.received,
    seconds: wall / 1000,
    faults: load.faults,
    latency,
    firstToken: load.firstToken.spread(),
    oneWay: load.oneWay.spread(),
    cpu: (cpu / tokens) * job.tokens,
    peak: megabytes(after.target.peak),
    memory: megabytes(after.target.memory),
    loaders: loaders / wall,
    others: Math.max(0, (all - cpu - loaders) / wall),
  };
}

function look(job: Job) {
  const nobody = { cpu: 0, memory: 0, peak: 0 };
  const cpuOf = (pid: number | undefined) => (pid ? readTree(pid)?.cpu : undefined) ?? 0;
  const target = (job.pid ? readTree(job.pid) : undefined) ?? nobody;
  return { at: micros() / 1000, target, loaders: cpuOf(process.pid) + cpuOf(job.upstream), machine: machine() };
}

const megabytes = (kib: number) => (kib * 1024) / 1e6;

if (import.meta.main) {
  const job = JSON.parse(process.argv[2] ?? '') as Job;
  writeSync(1, JSON.stringify(await measure(job)));
  process.exit(0);
}
