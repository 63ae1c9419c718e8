import type { ListedModel } from '../protocol/dialect.ts';
import { ERRORS, type ErrorKind, GatewayError } from '../protocol/errors.ts';
import type { Aliases } from './alias.ts';
import type { ProviderConfig } from './provider.ts';
import { quirksOf } from './quirks.ts';
import { plainName, type ServedModel, type World, type WorldProvider } from './resolve.ts';

/** What the registry must know of a provider; an engine of our own is registered as one too. */
export type Registered = Pick<ProviderConfig, 'zone' | 'models' | 'quirks' | 'listing'>;

interface RegistryOptions {
  /** Asks a provider for its models. Fails with a reason for people: unreachable, refused key, still loading. */
  list: (provider: string) => Promise<readonly ListedModel[]>;
  /** Milliseconds, monotonic. */
  now?: () => number;
  /** Told when the world changed. */
  onChange?: () => void;
}

/** One provider as it stands, for tables and readiness. */
export interface ProviderState {
  name: string;
  zone: Registered['zone'];
  healthy: boolean;
  /** Why not, or what was odd at the last look. */
  reason?: string;
  /** Of what kind the last failure was. */
  kind?: ErrorKind;
  /** How long its last answer took, in milliseconds; undefined until it was asked. */
  latency?: number;
  /** Its models are known. */
  complete: boolean;
  models: number;
}

interface Entry {
  name: string;
  config: Registered;
  listed: readonly ListedModel[] | undefined;
  kind: ErrorKind | undefined;
  latency: number | undefined;
  healthy: boolean;
  reason: string | undefined;
  /** Calls that failed in a row. */
  failures: number;
  asking: Promise<void> | undefined;
}

/** Calls that must fail in a row before a provider counts as down: one lost connection is no outage. */
const FAILURES = 3;
const MISS_PAUSE_MS = 5_000;

/**
 * The providers, the models each lists, and how each fares. `world()` is a cached value, rebuilt only when something changed, because
 * every request reads it.
 */
export class Registry {
  readonly #list: RegistryOptions['list'];
  readonly #now: () => number;
  readonly #onChange: () => void;
  #entries = new Map<string, Entry>();
  #aliases: Aliases = {};
  #world: World | undefined;
  #timer: NodeJS.Timeout | undefined;
  #missedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RegistryOptions) {
    this.#list = options.list;
    this.#now = options.now ?? (() => performance.now());
    this.#onChange = options.onChange ?? (() => {});
  }

  /** Takes providers in config order and the aliases. What is known of a provider that did not change is kept. */
  apply(providers: Readonly<Record<string, Registered>>, aliases: Aliases): void {
    const before = this.#entries;
    this.#entries = new Map();
    for (const [name, config] of Object.entries(providers)) {
      const known = before.get(name);
      const same = known && JSON.stringify(known.config) === JSON.stringify(config);
      this.#entries.set(name, same ? known : fresh(name, config));
    }
    this.#aliases = aliases;
    this.#changed();
  }

  /** Asks one provider, or all at once, for their models. Never fails: what fails is in the state. */
  async refresh(name?: string): Promise<void> {
    const only = name === undefined ? undefined : this.#entries.get(name);
    const entries = name === undefined ? [...this.#entries.values()] : only ? [only] : [];
    await Promise.all(entries.map((entry) => this.#askOnce(entry)));
  }

  /** A client asked for a model nobody lists: it may be new. Asks everyone again, at most every 5 seconds; true when it did. */
  async miss(): Promise<boolean> {
    if (this.#now() - this.#missedAt < MISS_PAUSE_MS) return false;
    this.#missedAt = this.#now();
    await this.refresh();
    return true;
  }

  /** Refreshes every `seconds` from now on, without keeping the process alive. */
  start(seconds = 60): void {
    this.stop();
    this.#timer = setInterval(() => void this.refresh(), seconds * 1000);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A call to the provider failed by the provider's fault. `reason` is for people and holds neither key nor prompt. */
  markFailure(name: string, reason: string): void {
    const entry = this.#entries.get(name);
    if (entry && ++entry.failures >= FAILURES) this.#health(entry, false, `${FAILURES} calls in a row failed, the last: ${reason}`);
  }

  /** A call to the provider ended well. */
  markSuccess(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry) return;
    entry.failures = 0;
    if (!entry.healthy) this.#health(entry, true, undefined);
  }

  world(): World {
    this.#world ??= build(this.#entries.values(), this.#aliases);
    return this.#world;
  }

  states(): ProviderState[] {
    return [...this.#entries.values()].map((entry) => {
      const { name, config, healthy, reason, kind, latency } = entry;
      return { name, zone: config.zone, healthy, reason, kind, latency, complete: isComplete(entry), models: served(entry).length };
    });
  }

  /** Whoever asks while the provider is being asked waits for the same answer. */
  #askOnce(entry: Entry): Promise<void> {
    entry.asking ??= this.#ask(entry).finally(() => {
      entry.asking = undefined;
    });
    return entry.asking;
  }

  async #ask(entry: Entry): Promise<void> {
    const from = this.#now();
    const first = entry.latency === undefined;
    try {
      const listed = await this.#list(entry.name);
      const changed = JSON.stringify(entry.listed) !== JSON.stringify(listed);
      entry.listed = listed;
      entry.failures = 0;
      entry.kind = undefined;
      entry.latency = this.#now() - from;
      this.#health(entry, true, undefined, changed);
    } catch (error) {
      entry.kind = error instanceof GatewayError ? error.kind : 'internal';
      entry.latency = this.#now() - from;
      const reason = error instanceof Error ? error.message : String(error);
      this.#health(entry, hasNoList(entry, error), reason, first);
    }
  }

  #health(entry: Entry, healthy: boolean, reason: string | undefined, changed = false): void {
    const same = entry.healthy === healthy && entry.reason === reason && !changed;
    entry.healthy = healthy;
    entry.reason = reason;
    if (!same && this.#entries.get(entry.name) === entry) this.#changed();
  }

  #changed(): void {
    this.#world = undefined;
    this.#onChange();
  }
}

function fresh(name: string, config: Registered): Entry {
  return {
    name,
    config,
    listed: undefined,
    kind: undefined,
    latency: undefined,
    healthy: true,
    reason: undefined,
    failures: 0,
    asking: undefined,
  };
}

/**
 * Some providers have no list of models at all, and a list that lies elsewhere may be closed to a key that opens the models. Where the
 * file names the models, that is no sign of illness.
 */
function hasNoList({ config }: Entry, error: unknown): boolean {
  if (config.models === undefined || !(error instanceof GatewayError)) return false;
  return ERRORS[error.kind].by === 'client' || (config.listing !== undefined && error.kind === 'upstream-auth');
}

function isComplete(entry: Entry): boolean {
  return entry.config.models !== undefined || entry.listed !== undefined;
}

/** The models of a provider: those the file names, with what the provider's list adds to them; without such, the provider's list. */
function served({ name, config, healthy, listed }: Entry): ServedModel[] {
  const { zone } = config;
  // A file may leave out the tag under which a server lists a model.
  const named = (name: (id: string) => string) => (listed ?? []).map((model) => [name(model.id), model] as const);
  const facts = new Map([...named(plainName), ...named((id) => id)]);
  if (config.models) {
    return Object.entries(config.models).map(([model, { context, maxOutput, price, quirks }]) => ({
      provider: name,
      model,
      zone,
      window: context ?? facts.get(model)?.window,
      maxOutput: maxOutput ?? facts.get(model)?.maxOutput,
      price,
      healthy,
      quirks: quirksOf(model, config.quirks, quirks),
      ...abilitiesOf(facts.get(model)),
      listed: 'config',
    }));
  }
  const models = (listed ?? []).map(
    ({ id, window, maxOutput, ...facts }): ServedModel => ({
      provider: name,
      model: id,
      zone,
      window,
      maxOutput,
      healthy,
      quirks: quirksOf(id, config.quirks),
      ...abilitiesOf(facts),
      listed: 'discovered',
    }),
  );
  // A vendor's list is long and in no order; the newest model is the better guess for `auto`. Own engines list what was used last first.
  if (zone === 'vendor') models.sort((a, b) => (facts.get(b.model)?.created ?? 0) - (facts.get(a.model)?.created ?? 0));
  return models;
}

/** What a listing tells of a model and nobody else does. */
function abilitiesOf(facts: Partial<ListedModel> = {}): Partial<ServedModel> {
  const { created, embeds, loaded, vision, tools, reasoning } = facts;
  return { created, embeds, loaded, vision, tools, reasoning };
}

function build(entries: Iterable<Entry>, aliases: Aliases): World {
  const providers: WorldProvider[] = [];
  const models: ServedModel[] = [];
  for (const entry of entries) {
    const { name, config, healthy, reason } = entry;
    providers.push({
      name,
      zone: config.zone,
      healthy,
      reason,
      complete: isComplete(entry),
      quirks: config.quirks,
    });
    models.push(...served(entry));
  }
  return { providers, models, aliases };
}
