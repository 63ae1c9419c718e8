import { createHash } from 'node:crypto';
import { factsOf } from '../catalog/catalog.ts';
import type { ListPrice } from '../catalog/price.ts';
import type { Zone } from '../protocol/zone.ts';
import type { TaskClass } from '../tasks/task.ts';
import table from './world.json' with { type: 'json' };

/** How a simulated model answers. */
export interface SimulatedModel {
  /** Milliseconds until its first token, and how fast it writes then. */
  first_ms: number;
  tokens_per_second: number;
  /** Share of its answers that are good. */
  good: number;
  /** Tokens. */
  context?: number;
  maxOutput?: number;
}

/** A simulated provider: what the configuration says of it, and how its models answer. */
export interface SimulatedProvider {
  dialect: string;
  zone: Zone;
  load?: { concurrency: number; queue: number };
  /** Address of the vendor whose prices count. */
  sold_at?: string;
  models: Readonly<Record<string, SimulatedModel>>;
}

/** When a simulated provider fails: of every so many requests, `count` from the `from`th on; where it has `seconds`, for so long. */
export interface Fault {
  provider: string;
  every: number;
  from: number;
  count: number;
  kind: 'down' | 'overload' | 'rate' | 'broken' | 'slow';
  seconds?: number;
}

/** Somebody of the simulated team. */
export interface Person {
  name: string;
  team: string;
  /** A name of `TOOLS`. */
  tool: string;
  /** The last segment of its address. */
  repository: string;
  /** How much this one asks, beside the others; 1 is ordinary. */
  pace: number;
  rules?: Readonly<Record<string, unknown>>;
}

/** A coding tool: who it says it is, what it speaks, and which models it names how often. */
export interface SimulatedTool {
  agent: string;
  dialect: string;
  /** Who answered it before the team had models of its own. */
  before: Place;
  asks: Readonly<Record<string, number>>;
}

/** A simulated provider and one of its models. */
export type Place = readonly [provider: string, model: string];

/** Where the history's work went, and when a vendor was out: so many days before its end, between two hours (UTC). */
interface HistoryFacts {
  home: Place;
  small: Place;
  rented: Place;
  hard: Place;
  outage: { provider: string; days_ago: number; from: number; to: number };
}

/** A simulated evaluation: who took part, how often each is right by class of work, and which swaps follow from it. */
interface EvidenceFacts {
  reference: string;
  models: readonly string[];
  /** Share of the reference's score that a model must keep. */
  keep: number;
  /** Of each class. */
  cases: number;
  /** Share of right answers in the order of the models. */
  good: Readonly<Partial<Record<TaskClass, readonly number[]>>>;
  /** Bodies for the admin API, and what is done with the swap then. */
  swaps: readonly { from: string; to: string; then?: { deed: string; why: string } }[];
}

/** How a class of work occurs: its share, median tokens, and which shares of it own and rented models serve at the beginning and the end of the history. */
export interface WorkProfile {
  share: number;
  input: number;
  output: number;
  home: readonly [number, number];
  rented: readonly [number, number];
}

export const SEED = table.seed;
export const PEOPLE: readonly Person[] = table.people;
export const TOOLS: Readonly<Record<string, SimulatedTool>> = table.tools as unknown as Record<string, SimulatedTool>;
export const PROVIDERS = table.providers as Readonly<Record<string, SimulatedProvider>>;
export const FAULTS = table.faults as readonly Fault[];
export const WORK = table.tasks as unknown as Readonly<Record<TaskClass, WorkProfile>>;
export const HISTORY = table.history as unknown as HistoryFacts;
export const EVIDENCE = table.evidence as unknown as EvidenceFacts;
/** Requests of an ordinary working day, and their weights by hour of the day and by day of the week from Sunday on. */
export const RHYTHM = { asksADay: table.asks_a_day, hours: table.hours, days: table.days };

/** A key that opens the demo and nothing else. */
export function keyOf(person: string): string {
  return `fh-simulated-${person}`;
}

/** A repository's whole address. */
export function repositoryOf({ repository }: Person): string {
  return `github.com/simulated/${repository}`;
}

/** What a simulated vendor's model costs: the real vendor's price. Undefined for hardware that is paid by time. */
export function priceOf(provider: string, model: string): ListPrice | undefined {
  const { sold_at } = PROVIDERS[provider]!;
  return sold_at === undefined ? undefined : factsOf(sold_at, model)?.price;
}

/**
 * The demo's configuration, in the file's own form.
 * @param urls of the simulated providers by name @param data the folder
 */
export function demoFile(urls: Readonly<Record<string, string>>, { port, data }: { port: number; data: string }): Record<string, unknown> {
  const providers = Object.entries(PROVIDERS).map(([name, { dialect, zone, load, models }]) => [
    name,
    {
      dialect,
      zone,
      url: urls[name],
      ...(load && { load: { concurrency: load.concurrency, queue: load.queue, models: Object.keys(models).length } }),
      models: Object.fromEntries(Object.entries(models).map(([model, facts]) => [model, modelFile(name, model, facts)])),
    },
  ]);
  const keys = PEOPLE.map(({ name, team, rules }) => [name, { hash: hashOf(keyOf(name)), team, ...rules }]);
  const { teams, aliases, savings, zones, egress, evaluation, routing, resilience } = table;
  return {
    server: { port, loopback_without_key: true },
    data,
    store: { content: true, hours_days: 60 },
    keys: Object.fromEntries(keys),
    budgets: { zones: { vendor: { usd: 110, per: 'month', on_breach: 'alert' } } },
    teams,
    providers: Object.fromEntries(providers),
    aliases,
    savings,
    zones,
    egress,
    evaluation,
    routing,
    resilience,
  };
}

function modelFile(provider: string, model: string, { context, maxOutput }: SimulatedModel): object {
  const { sold_at } = PROVIDERS[provider]!;
  const facts = sold_at === undefined ? undefined : factsOf(sold_at, model);
  const price = facts?.price;
  return {
    context: context ?? facts?.window,
    max_output: maxOutput ?? facts?.maxOutput,
    ...(price && {
      price: {
        input: price.input,
        output: price.output,
        cache_read: price.cacheRead,
        cache_write: price.cacheWrite,
        ...(price.tiers && { tiers: price.tiers.map(({ above, input, output }) => ({ above, input, output })) }),
      },
    }),
  };
}

function hashOf(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
