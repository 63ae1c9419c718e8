import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bodyOf } from './bodies.ts';
import { CASES, tokensOf } from './cases.ts';
import { askOf, Client } from './client.ts';
import type { Deserted, Desertions } from './desert.ts';
import type { Job, Measured } from './load.ts';
import type { Counts } from './upstream.ts';

/**
 * Two floors; the gateway as it is started; and for what its guards cost: `bare` without store, journal, keys and limits, `guarded` with all
 * of them and a vendor behind it, so that every request is scanned, reserved for and journalled.
 */
export type Kind = 'raw' | 'parse' | 'freehold' | 'bare' | 'guarded';

/** A started process and where it listens. */
export interface Target {
  kind: Kind;
  port: number;
  pid: number;
  /** From its start to its first complete answer, milliseconds. */
  firstAnswer: number;
  /** What it wrote to stderr last. */
  complaints(): string;
  stop(): Promise<void>;
}

export const KEY = 'bench-key-of-no-worth';
const GATEWAY_CORE = '1';
const LOAD_CORE = '0';
const SCRIPTS = {
  upstream: fileURLToPath(import.meta.resolve('./upstream.ts')),
  floors: fileURLToPath(import.meta.resolve('./floors.ts')),
  load: fileURLToPath(import.meta.resolve('./load.ts')),
  desert: fileURLToPath(import.meta.resolve('./desert.ts')),
  bare: fileURLToPath(import.meta.resolve('./bare.ts')),
  freehold: fileURLToPath(import.meta.resolve('../../src/cli/main.ts')),
};
/** Binds a process to cores, on Linux. */
const TASKSET = 'taskset';

/** Targets get one core, upstream, load and this process the other; without taskset or a second core everything floats. */
export const pinned = availableParallelism() > 1 && spawnSync(TASKSET, ['-V']).status === 0;

/** Keeps this process, and what it starts without a core of its own, off the gateway's core. */
export function stepAside(): void {
  if (pinned) spawnSync(TASKSET, ['-a', '-c', '-p', LOAD_CORE, String(process.pid)]);
}

/** How a model is asked for: the gateway and the renaming floor want it addressed, the raw floor changes nothing. */
export function modelFor(kind: Kind, model: string): string {
  return kind === 'raw' ? model : `fake/${model}`;
}

interface Started {
  child: ChildProcess;
  complaints(): string;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

function launch(args: string[], core: string | undefined, env?: NodeJS.ProcessEnv): Started {
  const command = [process.execPath, ...args];
  const [file = '', ...rest] = pinned && core ? [TASKSET, '-c', core, ...command] : command;
  const child = spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'], env: env ?? process.env });
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  running.add(child);
  const gone = once(child, 'exit').finally(() => running.delete(child));
  const stop = async () => {
    // Idle connections are closed at once, running ones are none of our concern any more.
    const impatience = setTimeout(() => child.kill('SIGKILL'), 5000);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(impatience);
  };
  return { child, complaints: () => said, stop };
}

export interface Upstream {
  port: number;
  pid: number;
  counts(): Promise<Counts>;
  stop(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const port = await freePort();
  const models = [...new Set(CASES.flatMap(({ model, beside }) => [model, ...(beside ? [beside.model] : [])])), ...SOAK_MODELS];
  const { child, stop, complaints } = launch([SCRIPTS.upstream, String(port), models.join(',')], LOAD_CORE);
  await answered(port, 'raw', child, complaints);
  const counts = async () => (await (await fetch(`http://127.0.0.1:${port}/counts`)).json()) as Counts;
  return { port, pid: child.pid!, counts, stop };
}

/** Models that only the soak asks for; listed like the others, because a name that is not listed is not found. */
export const SOAK_MODELS = ['bench-n20', 'bench-n16-d200', 'bench-n50-g5', 'bench-n50-g5-d200'];

export interface StartOptions {
  /** On any core, as a user's own start is. */
  free?: boolean;
  /** Where the process writes its CPU profile when it stops. */
  profile?: { dir: string; name: string };
}

/** Starts a target and waits for its first answer. */
export async function startTarget(kind: Kind, upstream: Upstream, { free, profile }: StartOptions = {}): Promise<Target> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'freehold-bench-'));
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile.dir}`, `--cpu-prof-name=${profile.name}`] : [];
  const floor = [SCRIPTS.floors, kind, String(port), `http://127.0.0.1:${upstream.port}`];
  const args = [...profiling, ...(kind === 'raw' || kind === 'parse' ? floor : gateway(kind, folder, port, upstream))];
  // Nothing of the user's own set-up may play a part.
  const env = { PATH: process.env['PATH'], HOME: folder };
  const { child, complaints, stop } = launch(args, free ? undefined : GATEWAY_CORE, env);
  const firstAnswer = await answered(port, kind, child, complaints);
  const clean = () => stop().finally(() => rmSync(folder, { recursive: true, force: true }));
  return { kind, port, pid: child.pid!, firstAnswer, complaints, stop: clean };
}

/** As a user starts it, with one provider that lists its models and one key. */
function gateway(kind: Exclude<Kind, 'raw' | 'parse'>, folder: string, port: number, upstream: Upstream): string[] {
  const file = join(folder, 'freehold.yaml');
  const hash = createHash('sha256').update(KEY).digest('hex');
  const fake = { dialect: 'openai-chat', url: `http://127.0.0.1:${upstream.port}/v1`, zone: kind === 'guarded' ? 'vendor' : 'own' };
  const server = { drain_seconds: 1, port };
  const plain = { server, keys: [`sha256:${hash}`], providers: { fake } };
  const settings = { freehold: plain, bare: { server, providers: { fake } }, guarded: { ...plain, ...guards(hash, fake) } };
  writeFileSync(file, JSON.stringify(settings[kind]));
  // The flag is that of `npm start`.
  const command = kind === 'bare' ? [SCRIPTS.bare, file] : [SCRIPTS.freehold, 'up', '--config', file, '--json'];
  return ['--max-semi-space-size=8', ...command];
}

/** Limits and rules that never bind: what is measured is that they are asked. */
function guards(hash: string, fake: object): object {
  const price = { input: 1, output: 3 };
  const models = CASES.flatMap(({ model, beside }) => [model, ...(beside ? [beside.model] : [])]);
  const budget = [
    { usd: 1e6, per: 'day' },
    { usd: 1e6, per: 'month' },
  ];
  return {
    providers: { fake: { ...fake, models: Object.fromEntries(models.map((model) => [model, { price, max_output: 1000 }])) } },
    teams: { core: { budget } },
    keys: { bench: { hash: `sha256:${hash}`, team: 'core', budget, requests_per_minute: 1e8, tokens_per_minute: 1e12, parallel: 1e6 } },
    budgets: { total: '1000000/day', zones: { vendor: '1000000/day' } },
    zones: { rules: [{ repo: 'github.com/acme/secret-*', zone: 'own' }] },
  };
}

/** Asks until the answer is whole and right. @returns milliseconds since the call */
async function answered(port: number, kind: Kind, child: ChildProcess, complaints: () => string): Promise<number> {
  const started = performance.now();
  const body = bodyOf({ speech: 'chat', bytes: 500, model: modelFor(kind, 'bench-n16'), stream: false });
  const ask = askOf({ port, speech: 'chat', body, tokens: tokensOf('bench-n16'), stream: false, key: KEY });
  for (;;) {
    const fault = await askOnce(ask);
    const waited = performance.now() - started;
    if (!fault) return waited;
    if (child.exitCode !== null) throw new Error(`${kind} ended at once with code ${child.exitCode}: ${complaints()}`);
    if (waited > 15_000) throw new Error(`${kind} gave no right answer within 15 s (${fault}): ${complaints()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** One request on a connection of its own. @returns what was wrong with the answer */
export function askOnce(ask: ReturnType<typeof askOf>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const done = (client: Client, fault: string | undefined) => {
      client.leave();
      resolve(fault);
    };
    new Client(ask, { token: () => undefined, done }).send();
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  server.close();
  await once(server, 'close');
  if (at === null || typeof at === 'string') throw new Error('no free port');
  return at.port;
}

/** Puts a load on a target, from a fresh process. */
export async function load(job: Job): Promise<Measured> {
  return (await outputOf([SCRIPTS.load, JSON.stringify(job)])) as Measured;
}

/** Opens streams and leaves them, from a fresh process. */
export async function desert(job: Desertions): Promise<Deserted> {
  return (await outputOf([SCRIPTS.desert, JSON.stringify(job)])) as Deserted;
}

async function outputOf(args: string[]): Promise<unknown> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  running.delete(child);
  if (code !== 0) throw new Error(`the load generator ended with code ${code}`);
  return JSON.parse(out);
}
