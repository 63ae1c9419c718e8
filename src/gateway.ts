import { randomBytes, randomUUID } from 'node:crypto';
import { Accounts } from './accounts/accounts.ts';
import type { Config } from './config/schema.ts';
import { isLoopback } from './config/sense.ts';
import { dialects, embeddingsOf, engineDialect, upstreamDialects } from './dialects/index.ts';
import { Hosted, tellState, type Weights } from './engines/hosted.ts';
import { Candidates, clocksOf, type Reach, reachOf } from './exchange/candidates.ts';
import type { ExchangeRecord } from './exchange/record.ts';
import { Resilience } from './exchange/resilience.ts';
import { shareHealth } from './exchange/shared-health.ts';
import type { Stage } from './exchange/stage.ts';
import { EgressDesk } from './exchange/stages/egress-desk.ts';
import { decidingStages, ownStages } from './exchange/stages/list.ts';
import { RoutingDesk } from './exchange/stages/routing-desk.ts';
import type { Surroundings } from './exchange/surroundings.ts';
import { Targets } from './exchange/targets.ts';
import { type Admin, adminOver } from './http/api/admin.ts';
import { priceView } from './http/api/prices.ts';
import { App, type Readiness } from './http/app.ts';
import { Metrics } from './http/metrics.ts';
import { type Outside, outside } from './http/outside.ts';
import { readinessOf } from './http/readiness.ts';
import { type Settings, settingsOf } from './http/settings.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { ListedModel, UpstreamDialect } from './protocol/dialect.ts';
import { ERRORS, GatewayError } from './protocol/errors.ts';
import type { Zone } from './protocol/zone.ts';
import { listing } from './providers/listing.ts';
import { raised, zonesByOrigin } from './providers/origins.ts';
import { type Registered, Registry } from './providers/registry.ts';
import { join } from './providers/url.ts';
import { MemoryAnswers } from './responses/memory.ts';
import { Upstream } from './upstream/client.ts';
import type { Clocks } from './upstream/clocks.ts';
import { Listing } from './upstream/listing.ts';
import { Signers } from './upstream/signers.ts';

export type { ExchangeRecord, Outside };

export interface GatewayOptions {
  config: Config;
  env?: NodeJS.ProcessEnv;
  /** One line for people, e.g. to stderr. Never holds keys or prompts. */
  log?: (line: string) => void;
  /** Turns an engine's `model` setting into a path of weights on this machine; downloads where needed. */
  weights?: Weights;
  /** Policies of the embedding program, asked behind Freehold's own. */
  stages?: readonly Stage[];
  /** Told of each exchange when it is over. */
  onExchange?: (exchange: ExchangeRecord) => void;
  /** Told when an engine or a provider changed. */
  onChange?: () => void;
}

/** How long a listing or a health question may take, in milliseconds. */
const LIST_CLOCKS: Clocks = { connect: 3000, firstByte: 8000, idle: 5000, total: 15_000 };

/** How often answers that have expired are let go, in milliseconds. */
const SWEEP = 60_000;

/**
 * The composition root: the only place that knows all parts. Dialects, clock, randomness and sockets are handed to the exchange here.
 */
export class Gateway {
  readonly registry: Registry;
  readonly #options: GatewayOptions;
  readonly #upstream: Upstream;
  readonly #listing: Listing;
  readonly #signers: Signers;
  readonly #app: App;
  readonly #metrics: Metrics;
  readonly #engines = new Map<string, Hosted>();
  readonly #dialects = new Map<string, UpstreamDialect>(upstreamDialects.map((dialect) => [dialect.name, dialect]));
  readonly #candidates = new Candidates((provider) => this.#reach(provider));
  readonly #answers = new MemoryAnswers(() => this.#config.responses, Date.now);
  readonly #resilience = new Resilience({ settings: () => this.#config.resilience, now: Date.now, random: Math.random });
  #unshare: (() => void) | undefined;
  readonly #sweeper = setInterval(() => this.#answers.sweep(), SWEEP).unref();
  readonly accounts: Accounts;
  readonly admin: Admin;
  readonly #ledger: Ledger | undefined;
  readonly egress: EgressDesk;
  readonly #targets: Targets;
  readonly #routing: RoutingDesk;
  #config: Config;
  #settings: Settings;
  #zones: ReadonlyMap<string, Zone> = new Map();

  constructor(options: GatewayOptions, ledger?: Ledger) {
    this.#options = options;
    this.#ledger = ledger;
    if (ledger && !ledger.store.alone) this.#unshare = shareHealth(this.#resilience, ledger.store.breakers);
    this.#config = options.config;
    this.accounts = new Accounts(ledger?.store, ledger?.place.secret);
    this.accounts.configure(options.config, !isLoopback(options.config.server.host));
    const prices = () => this.registry.world().models.map((served) => priceView(this.#candidates.of(served)));
    this.egress = new EgressDesk(ledger?.place, options.config, (line) => options.log?.(line));
    this.admin = adminOver({ accounts: this.accounts, ledger, audit: this.egress.audit, prices });
    this.#settings = settingsOf(options.config, this.accounts.directory);
    this.#upstream = new Upstream(options.env ?? {}, (origin) => this.#zoneOf(origin));
    this.#signers = new Signers(this.#upstream);
    this.#listing = new Listing(this.#upstream, (name) => void this.registry.refresh(name));
    this.registry = new Registry({ list: (name) => this.#list(name), onChange: () => this.#options.onChange?.() });
    this.#targets = new Targets(this.registry, this.#candidates, () => this.#routing.names);
    this.#routing = new RoutingDesk(
      {
        accounts: this.accounts,
        health: (address) => this.#resilience.health(address),
        means: (name) => this.#targets.means(name),
        isOpen: (name) => this.#targets.isOpen(name),
        secret: ledger?.place.secret ?? randomBytes(32),
        now: Date.now,
      },
      options.config,
    );
    this.#metrics = new Metrics(() => this.#app.inFlight, this.#upstream, ledger?.store);
    this.#app = new App({
      dialects,
      settings: () => this.#settings,
      around: this.#surroundings(),
      models: () => listing(this.registry.world()),
      readiness: () => this.readiness(),
      metrics: this.#metrics,
      admin: this.admin,
      routing: { desk: this.#routing, stages: decidingStages(this.egress, this.#routing), store: ledger?.store },
    });
  }

  /** Listens and looks for models. @throws Error with the mend when the address is taken */
  async start(): Promise<void> {
    await this.#ledger?.recover(this.egress.journal);
    const { host, port } = this.#config.server;
    await this.accounts.follow((line) => this.#options.log?.(line));
    if (this.#ledger) await this.#routing.remember(this.#ledger.store.documents);
    await this.#app.listen(port, host);
    this.#applyWorld();
    this.registry.start();
    await this.registry.refresh();
  }

  /** The address clients use, e.g. `http://127.0.0.1:7411`. */
  get url(): string {
    return this.#app.url;
  }

  /** Swaps the configuration under running streams. Host and port stay until a restart. */
  async apply(config: Config): Promise<void> {
    this.#config = config;
    this.#ledger?.configure(config);
    this.accounts.configure(config, !isLoopback(config.server.host));
    this.egress.configure(config);
    this.#routing.configure(config);
    this.#settings = settingsOf(config, this.accounts.directory);
    this.#candidates.clear();
    this.#applyWorld();
    await this.registry.refresh();
  }

  /** Ends new requests at once, running ones within the drain time. */
  async close(): Promise<void> {
    this.registry.stop();
    this.#listing.stop();
    clearInterval(this.#sweeper);
    this.#unshare?.();
    await this.#app.close(this.#config.server.drainSeconds * 1000);
    await Promise.all([...this.#engines.values()].map((hosted) => hosted.stop()));
    await this.#upstream.close();
    await this.#ledger?.mark(this.egress.journal).catch(() => undefined);
    await this.egress.close();
    await this.#routing.close().catch((error: Error) => this.#options.log?.(`what was learned of models is not kept: ${error.message}`));
    this.accounts.close();
    await this.#ledger?.close();
  }

  readiness(): Readiness {
    return readinessOf(this.#engines, this.registry, this.#ledger?.store.health(), this.egress.reasons);
  }

  #surroundings(): Surroundings {
    const now = Date.now;
    return {
      upstream: this.#upstream,
      stages: [...ownStages({ accounts: this.accounts, now }, this.egress, this.#routing), ...(this.#options.stages ?? [])],
      resilience: this.#resilience,
      answers: this.#answers,
      now,
      newId: () => randomUUID().replaceAll('-', ''),
      plan: (model, forVectors) => this.#targets.of(model, forVectors),
      observe: (provider, error) => this.#observe(provider, error),
      record: (exchange) => this.#record(exchange),
      keepsContent: () => this.#config.store.keepContent,
      keepalive: () => this.#config.server.keepaliveSeconds * 1000,
    };
  }

  /** How to reach a provider of the current configuration; engines of our own are providers too. */
  #reach(name: string): Reach {
    const { timeouts, providers } = this.#config;
    const hosted = this.#engines.get(name);
    if (hosted) {
      const dialect = engineDialect;
      const headers = dialect.credential(hosted.token);
      const { load } = hosted;
      return { dialect, embeddings: embeddingsOf(dialect), url: () => hosted.url(), headers, clocks: clocksOf(timeouts), load };
    }
    const config = providers[name]!;
    const dialect = this.#dialects.get(config.dialect)!;
    const sign = this.#signers.of(name, config);
    return reachOf(config, { dialect, embeddings: embeddingsOf(dialect), clocks: clocksOf(timeouts, config.timeouts), sign });
  }

  #applyWorld(): void {
    const { engines, providers, aliases } = this.#config;
    for (const [name, hosted] of this.#engines) {
      if (JSON.stringify(engines[name]) === JSON.stringify(hosted.config)) continue;
      this.#engines.delete(name);
      void hosted.stop();
    }
    const registered: Record<string, Registered> = {};
    for (const [name, config] of Object.entries(engines)) {
      if (!this.#engines.has(name)) this.#engines.set(name, this.#host(name, config));
      registered[name] = { zone: 'own' };
    }
    this.#zones = zonesByOrigin(Object.values(providers));
    this.registry.apply({ ...registered, ...raised(providers, this.#zones) }, aliases);
  }

  /** The farthest zone of those who live at an origin. */
  #zoneOf(origin: string): Zone | undefined {
    for (const hosted of this.#engines.values()) if (hosted.isAt(origin)) return 'own';
    return this.#zones.get(origin);
  }

  #host(name: string, config: Config['engines'][string]): Hosted {
    const weights = this.#options.weights ?? (async (model: string) => model);
    return new Hosted(name, config, weights, (state) => {
      if (state.kind === 'failed') this.#options.log?.(`engine ${name}: ${state.reason}`);
      this.#options.onChange?.();
      if (state.kind !== 'loading') void this.registry.refresh(name);
    });
  }

  async #list(name: string): Promise<readonly ListedModel[]> {
    const hosted = this.#engines.get(name);
    const waiting = hosted && tellState(name, hosted.state);
    if (waiting) throw new GatewayError('unavailable', waiting, { retryAfter: 2 });
    const { dialect, url, listing, ...from } = this.#reach(name);
    const base = url();
    const at = (path: string) => (listing && path === dialect.models.path ? listing : join(base, path));
    return this.#listing.list(name, { ...from, dialect, at, clocks: LIST_CLOCKS });
  }

  #observe(provider: string, error: GatewayError | undefined): void {
    if (!error) {
      this.registry.markSuccess(provider);
      if (this.#config.providers[provider]) this.#listing.answered(provider, this.#reach(provider).dialect);
    } else if (ERRORS[error.kind].by === 'provider' && error.kind !== 'rate' && error.kind !== 'filter')
      this.registry.markFailure(provider, error.message);
  }

  #record(exchange: ExchangeRecord): void {
    this.#metrics.observe(exchange);
    this.#ledger?.record(exchange);
    this.#routing.record(exchange);
    if (exchange.outcome === 'internal') {
      const { cause } = exchange;
      this.#options.log?.(
        `request ${exchange.id} failed inside Freehold: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
      );
    }
    this.#options.onExchange?.(exchange);
  }
}

/** Starts a gateway that listens when the promise settles. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const ledger = await openLedger(options.config, options.env ?? {}, options.log);
  const gateway = new Gateway(options, ledger);
  await gateway.start().catch(async (error: unknown) => {
    await ledger?.close();
    throw error;
  });
  return gateway;
}

/** A gateway that does not listen, for what the command line does to its keys and budgets. @throws StoreError when another one is at work */
export async function openAtRest(options: GatewayOptions): Promise<Gateway> {
  const ledger = await openLedger(options.config, options.env ?? {}, options.log);
  const gateway = new Gateway(options, ledger);
  await gateway.accounts.follow((line) => options.log?.(line));
  return gateway;
}

/** Names of the dialects a provider may speak. */
export const dialectNames: readonly string[] = upstreamDialects.map((dialect) => dialect.name);

/** A way out for what is no exchange. The caller closes it. */
export function outbound(env: NodeJS.ProcessEnv): Outside {
  return outside(env, engineDialect);
}
