import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Flags } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { childMemory, machineHere } from '../engines/machine.ts';
import { type Found, measure } from '../engines/measure.ts';
import { keepMeasurement, type Measurement, type Spread } from '../engines/measured.ts';
import { watchPower } from '../engines/power.ts';
import { AUTO, address } from '../providers/resolve.ts';
import { load } from './prepare.ts';
import { shareLine, size } from './progress.ts';
import { type Running, startGateway, wayOut } from './run.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';
import { findGateway } from './survey.ts';

export interface BenchFlags extends Pick<Flags, 'config'> {
  prompts: string;
  parallel: string;
  output: string;
  rounds: string;
  idle: string;
  wattsIdle?: string;
  wattsWorking?: string;
  pull: boolean;
  json?: boolean;
}

/** `freehold engine bench [MODEL]`: how fast a model of one's own reads and writes here, and what it draws. Kept in the data folder. */
export async function benchEngine(shell: Shell, name: string | undefined, flags: BenchFlags): Promise<number> {
  const options = {
    prompts: numbers(flags.prompts, '--prompts'),
    parallel: numbers(flags.parallel, '--parallel'),
    output: number(flags.output, '--output'),
    rounds: number(flags.rounds, '--rounds'),
  };
  const given = givenWatts(flags);
  const { config } = load(shell, { config: flags.config });
  const weights = name !== undefined && !meansProvider(config, name) ? name : undefined;
  refuseVendors(config, name);
  const running = await startGateway(shell, {
    flags: { config: flags.config, model: weights },
    mayFetch: flags.pull,
    adjust: (full) => alone(full, weights === undefined ? name : undefined),
  });
  const stopping = new AbortController();
  const off = shell.onStop(() => stopping.abort());
  const line = shareLine(shell);
  try {
    await ready(running, stopping.signal);
    const model = modelIn(running, weights === undefined ? name : undefined);
    await warnOfOthers(shell, config, running);
    const idle = given ? undefined : await drawnIdle(number(flags.idle, '--idle'));
    const working = given ? undefined : watchPower();
    const found = await measure(
      {
        ask: (question, signal) => running.outside.ask(running.gateway.url, undefined, promptOf(model.address, question), signal),
        now: () => performance.now(),
        random: Math.random,
        signal: stopping.signal,
        told: (step, share) => line.show(step, share),
      },
      { ...options, window: model.window },
    );
    line.end();
    const drawn = await working?.();
    const watts = given ?? (idle && drawn ? { idle: round(idle.watts), working: round(drawn.watts), source: drawn.source } : null);
    const measurement: Measurement = {
      version: 1,
      id: `${new Date().toISOString().replace(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}`,
      at: Date.now(),
      address: model.address,
      machine: await machineHere(),
      rounds: options.rounds,
      watts,
      memory_bytes: model.isHosted ? childMemory() : null,
      ...found,
    };
    const file = keepMeasurement(config.data!, measurement);
    if (flags.json) say(shell, JSON.stringify(measurement));
    else print(shell, measurement, file);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 130;
    throw error;
  } finally {
    line.end();
    off();
    await running.close();
  }
}

/** A configuration in which only the measured provider is left, and of which nothing is kept. */
function alone(config: Config, name: string | undefined): Config {
  const owner = name?.split('/')[0];
  const isMeant = (one: string) => owner === undefined || one === owner;
  const only = <T>(record: Readonly<Record<string, T>>, keep: (name: string, value: T) => boolean): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([one, value]) => keep(one, value)));
  const engines = only(config.engines, isMeant);
  const first = Object.keys(engines)[0];
  return {
    ...config,
    data: undefined,
    keys: {},
    aliases: {},
    server: { ...config.server, host: '127.0.0.1', port: 0, drainSeconds: 0 },
    // Without a name the first engine is meant, and only it is loaded.
    engines: owner === undefined && first !== undefined ? { [first]: engines[first]! } : engines,
    providers: only(config.providers, (one, { zone }) => isMeant(one) && (zone === 'own' || owner !== undefined)),
  };
}

/** @throws Error for a model whose speed says nothing of a machine of one's own, and whose every answer costs */
function refuseVendors({ providers }: Config, name: string | undefined): void {
  const owner = name?.split('/')[0] ?? '';
  if (Object.hasOwn(providers, owner) && providers[owner]!.zone === 'vendor')
    throw new Error(
      `${owner} is a vendor’s: its speed is not that of a machine of yours, and every question costs; name a model of your own`,
    );
}

/** Waits for an engine that loads; a server that is not there is told at once. @throws Error with the reason */
async function ready({ gateway, able }: Running, signal: AbortSignal): Promise<void> {
  const isLoading = Object.keys(gateway.readiness().engines ?? {}).length > 0;
  const ill = gateway.registry.states().find(({ healthy, reason }) => !healthy && reason !== undefined);
  if (!isLoading && ill) throw new Error(`${ill.name} cannot be measured: ${ill.reason}`);
  const stopped = new Promise<'stopped'>((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
  const state = await Promise.race([able, stopped]);
  signal.throwIfAborted();
  if (state === 'failed') throw new Error(`nothing can answer.\n${wayOut()}`);
}

function meansProvider({ providers, engines }: Config, name: string): boolean {
  const [owner = ''] = name.split('/');
  return Object.hasOwn(providers, owner) || Object.hasOwn(engines, owner);
}

/** The model that is meant: by address, by provider, or the first of one's own. */
function modelIn({ gateway }: Running, name: string | undefined): { address: string; window?: number; isHosted: boolean } {
  const { models } = gateway.registry.world();
  const hosted = gateway.readiness().engines ?? {};
  const meant = models.filter((one) => name === undefined || address(one) === name || one.provider === name);
  // A name that leaves the choice says nothing of one model.
  const found = meant.find((one) => one.model !== AUTO) ?? meant[0];
  if (!found) {
    const there = models.map(address).join(', ') || 'none';
    throw new Error(
      name === undefined ? 'no model of your own answers; name one, or weights' : `"${name}" is not served; there are: ${there}`,
    );
  }
  return { address: address(found), window: found.window, isHosted: Object.hasOwn(hosted, found.provider) };
}

/** A gateway that runs the same weights takes of the same processors. */
async function warnOfOthers(shell: Shell, config: Config, { outside }: Running): Promise<void> {
  const url = await findGateway(config, outside);
  if (url !== undefined)
    tell(
      shell,
      `${paint(shell.stderr, 'yellow', 'Note:')} a gateway runs at ${url}. What it does meanwhile makes this slower; stop it for true figures.`,
    );
}

async function drawnIdle(seconds: number): Promise<{ watts: number } | undefined> {
  const stop = watchPower();
  await pause(seconds * 1000);
  return stop();
}

function givenWatts({ wattsIdle, wattsWorking }: BenchFlags): Measurement['watts'] | undefined {
  if (wattsIdle === undefined && wattsWorking === undefined) return undefined;
  if (wattsIdle === undefined || wattsWorking === undefined) throw new Error('--watts-idle and --watts-working go together');
  return { idle: number(wattsIdle, '--watts-idle'), working: number(wattsWorking, '--watts-working'), source: 'given' };
}

function promptOf(model: string, { text, maxTokens }: { text: string; maxTokens: number }) {
  return {
    dialect: '',
    model,
    stream: true,
    turns: [{ role: 'user' as const, blocks: [{ kind: 'text' as const, text }] }],
    tools: [],
    sampling: {},
    maxTokens,
    streamUsage: true,
  };
}

function print(
  shell: Shell,
  { address: model, machine, prefill, load: loads, watts, memory_bytes, notes, rounds }: Measurement,
  file: string,
): void {
  const { stdout } = shell;
  say(
    shell,
    `${paint(stdout, 'bold', model)} on ${machine.processor}, ${machine.cores} cores${machine.cards.length ? `, ${machine.cards.join(', ')}` : ''}`,
  );
  say(shell, `Medians of ${rounds} rounds, in brackets the lowest and highest.\n`);
  say(shell, table([['prompt tokens', 'read a second', 'first token ms'], ...prefill.map(readRow)], [0, 1, 2]));
  say(shell);
  const head = ['at once', 'written a second', 'each', 'first token ms', 'read and written'];
  say(shell, table([head, ...loads.map(loadRow)], [0, 1, 2, 3, 4]));
  say(shell);
  if (memory_bytes !== null) say(shell, `Memory of the engine: ${size(memory_bytes)}.`);
  say(
    shell,
    watts
      ? `Power: ${watts.idle} W idle, ${watts.working} W working (${watts.source}).`
      : 'Power cannot be read here (energy counters are often for root only). Give it: --watts-idle 60 --watts-working 250',
  );
  for (const note of notes) say(shell, note);
  say(shell, `Kept in ${file}; "freehold tco" reckons with it.`);
}

function readRow({ prompt_tokens, per_second, first_token_ms }: Found['prefill'][number]): string[] {
  return [String(prompt_tokens), shown(per_second), shown(first_token_ms)];
}

function loadRow({ parallel, output_per_second, each_per_second, first_token_ms, total_per_second }: Found['load'][number]): string[] {
  return [String(parallel), ...[output_per_second, each_per_second, first_token_ms, total_per_second].map(shown)];
}

function shown({ median, low, high }: Spread): string {
  const text = (value: number) => String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
  return `${text(median)} (${text(low)}–${text(high)})`;
}

function numbers(text: string, option: string): number[] {
  return [...new Set(text.split(',').map((one) => number(one.trim(), option)))];
}

function number(text: string, option: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value <= 0) throw new Error(`${option}: "${text}" is no number above 0`);
  return value;
}

function round(watts: number): number {
  return Number(watts.toPrecision(3));
}
