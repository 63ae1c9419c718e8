import { randomBytes, randomUUID } from 'node:crypto';
import { Accounts } from './accounts/accounts.ts';
import type { Provenance } from './config/provenance.ts';
import type { Config } from './config/schema.ts';
import { isLoopback } from './config/sense.ts';
import { dialects, engineDialect, upstreamDialects } from './dialects/index.ts';
import type { Weights } from './engines/hosted.ts';
import { VerdictBook } from './evals/book.ts';
import type { ExchangeRecord } from './exchange/record.ts';
import { Resilience } from './exchange/resilience.ts';
import { shareHealth } from './exchange/shared-health.ts';
import type { Stage } from './exchange/stage.ts';
import { EgressDesk } from './exchange/stages/egress-desk.ts';
import { decidingStages, ownStages } from './exchange/stages/list.ts';
import { RoutingDesk } from './exchange/stages/routing-desk.ts';
import type { Surroundings } from './exchange/surroundings.ts';
import { Targets } from './exchange/targets.ts';
import { Fleet } from './gateway/fleet.ts';
import { liveOver } from './gateway/live.ts';
import { type Tracing, tracingOver } from './gateway/tracing.ts';
import { type Admin, adminOver } from './http/api/admin.ts';
import { budgetStates } from './http/api/budgets.ts';
import { App } from './http/app.ts';
import { LiveFeed } from './http/live.ts';
import { Metrics } from './http/metrics.ts';
import { type Outside, outside } from './http/outside.ts';
import { type Readiness, readinessOf } from './http/readiness.ts';
import { Sessions } from './http/session.ts';
import { type Settings, settingsOf } from './http/settings.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { Live } from './live/live.ts';
import type { Dialect } from './protocol/dialect.ts';
import { listing } from './providers/listing.ts';
import type { Registry } from './providers/registry.ts';
import { MemoryAnswers } from './responses/memory.ts';

export { dialects, type ExchangeRecord, type Outside };

export interface GatewayOptions {
  config: Config;
  env?: NodeJS.ProcessEnv;
  /** Where the configuration comes from, for those who look at it; kept current by whoever loads it. */
  provenance?: Provenance;
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
  /** Models and people do not exist; whoever looks is told. */
  simulated?: boolean;
}

/** How often answers that have expired are let go, in milliseconds. */
const SWEEP = 60_000;

/**
 * The composition root: the only place that knows all parts. Dialects, clock, randomness and sockets are handed to the exchange here.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #app: App;
  readonly #metrics: Metrics;
  readonly #answers = new MemoryAnswers(() => this.#config.responses, Date.now);
  readonly #resilience = new Resilience({ settings: () => this.#config.resilience, now: Date.now, random: Math.random });
  #unshare: (() => void) | undefined;
  readonly #sweeper = setInterval(() => this.#answers.sweep(), SWEEP).unref();
  readonly #fleet: Fleet;
  readonly accounts: Accounts;
  /** What is proven of models. */
  readonly verdicts = new VerdictBook();
  /** Models in the place of others. */
  readonly live: Live;
  readonly admin: Admin;
  readonly #ledger: Ledger | undefined;
  readonly egress: EgressDesk;
  readonly #targets: Targets;
  readonly #routing: RoutingDesk;
  readonly #feed = new LiveFeed(Date.now);
  readonly #tracing: Tracing;
  #config: Config;
  #settings: Settings;

  constructor(options: GatewayOptions, ledger?: Ledger) {
    this.#options = options;
    this.#config = options.config;
    this.#ledger = ledger;
    this.#fleet = new Fleet({
      config: options.config,
      env: options.env ?? {},
      log: (line) => options.log?.(line),
      weights: options.weights ?? (async (model) => model),
      onChange: () => options.onChange?.(),
    });
    const { upstream } = this.#fleet;
    this.#tracing = tracingOver({ config: () => this.#config, env: options.env ?? {}, upstream, log: (line) => options.log?.(line) });
    if (ledger && !ledger.store.alone) this.#unshare = shareHealth(this.#resilience, ledger.store.breakers);
    this.accounts = new Accounts(ledger?.store, ledger?.place.secret);
    this.accounts.configure(options.config, !isLoopback(options.config.server.host));
    this.egress = new EgressDesk(ledger?.place, options.config, (line) => options.log?.(line));
    this.#settings = settingsOf(options.config, this.accounts.directory);
    const { accounts, egress, verdicts } = this;
    this.live = liveOver({
      config: () => this.#config,
      targets: () => this.#targets,
      around: () => this.#surroundings(),
      inFlight: () => this.#app.inFlight,
      accounts,
      verdicts,
      resilience: this.#resilience,
      egress,
      ledger,
      log: (line) => options.log?.(line),
    });
    this.#targets = new Targets(this.registry, this.#fleet.candidates, () => this.#routing.names, this.live.swaps);
    this.#routing = new RoutingDesk(
      {
        accounts: this.accounts,
        health: (address) => this.#resilience.health(address),
        means: (name) => this.#targets.means(name),
        isOpen: (name) => this.#targets.isOpen(name),
        swaps: this.live.swaps,
        heard: (id, score) => this.live.heard(id, score),
        meant: (name) => this.#targets.meant(name),
        verdict: (address, task) => this.live.verdict(address, task),
        secret: ledger?.place.secret ?? randomBytes(32),
        now: Date.now,
      },
      options.config,
    );
    this.#metrics = new Metrics({
      inFlight: () => this.#app.inFlight,
      upstream,
      store: ledger?.store,
      spans: this.#tracing.telemetry?.counts,
      live: this.live,
      providers: () => this.registry.states(),
      breakers: () => this.#resilience.states(0).map(({ target }) => ({ target, isOpen: this.#resilience.health(target) === 'open' })),
      journal: this.egress.journal && (() => this.egress.reasons),
      budgets: () => budgetStates({ accounts: this.accounts, store: ledger?.store, now: Date.now }),
    });
    const around = this.#surroundings();
    const routing = { desk: this.#routing, around, stages: decidingStages(this.egress, this.#routing), store: ledger?.store };
    const scene = {
      config: () => this.#config,
      provenance: options.provenance,
      readiness: () => this.readiness(),
      registry: this.registry,
      candidates: this.#fleet.candidates,
      engines: this.#fleet.engines,
      resilience: this.#resilience,
      people: () => this.#feed.people,
      routing,
    };
    this.admin = adminOver({ accounts, ledger, egress, verdicts, live: this.live, dialects, scene });
    this.#app = new App({
      dialects,
      settings: () => this.#settings,
      around,
      models: () => listing(this.registry.world()),
      readiness: () => this.readiness(),
      metrics: this.#metrics,
      admin: this.admin,
      sessions: new Sessions(ledger?.place.secret ?? randomBytes(32), Date.now, this.egress.audit),
      feed: this.#feed,
      routing,
    });
  }

  /** Listens and looks for models. @throws Error with the mend when the address is taken */
  async start(): Promise<void> {
    await this.#ledger?.recover(this.egress.journal);
    const { host, port } = this.#config.server;
    await this.accounts.follow((line) => this.#options.log?.(line));
    if (this.#ledger) await this.#routing.remember(this.#ledger.store.documents);
    if (this.#ledger) await this.verdicts.open(this.#ledger.store.documents);
    await this.live.open(this.#ledger?.store, this.#ledger?.node);
    await this.#app.listen(port, host);
    await this.#fleet.start();
  }

  get registry(): Registry {
    return this.#fleet.registry;
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
    await this.#fleet.configure(config);
  }

  /** Ends new requests at once, running ones within the drain time. */
  async close(): Promise<void> {
    this.#fleet.stop();
    this.verdicts.close();
    clearInterval(this.#sweeper);
    this.#unshare?.();
    await this.#app.close(this.#config.server.drainSeconds * 1000);
    await this.#tracing.telemetry?.close();
    await this.live.close().catch((error: Error) => this.#options.log?.(`what was seen of swaps is not kept: ${error.message}`));
    await this.#fleet.close();
    await this.#ledger?.mark(this.egress.journal).catch(() => undefined);
    await this.egress.close();
    await this.#routing.close().catch((error: Error) => this.#options.log?.(`what was learned of models is not kept: ${error.message}`));
    this.accounts.close();
    await this.#ledger?.close();
  }

  readiness(): Readiness {
    const state = readinessOf(this.#fleet.engines, this.registry, this.#ledger?.store.health(), this.egress.reasons);
    return this.#options.simulated ? { ...state, simulated: true } : state;
  }

  #surroundings(): Surroundings {
    const now = Date.now;
    return {
      upstream: this.#fleet.upstream,
      stages: [
        ...ownStages({ accounts: this.accounts, now }, this.egress, this.#routing),
        ...this.#tracing.stages,
        ...(this.#options.stages ?? []),
        this.live.evidence.shadow.stage,
      ],
      resilience: this.#resilience,
      answers: this.#answers,
      now,
      newId: () => randomUUID().replaceAll('-', ''),
      plan: (model, forVectors) => this.#targets.of(model, forVectors),
      observe: (provider, error) => this.#fleet.observe(provider, error),
      trace: this.#tracing.trace,
      begun: (running) => this.#feed.begun(running),
      over: (running) => this.#feed.over(running),
      record: (exchange) => this.#record(exchange),
      sample: (incoming) => this.live.evidence.shadow.sample(incoming),
      keepsContent: () => this.#config.store.keepContent,
      keepalive: () => this.#config.server.keepaliveSeconds * 1000,
    };
  }

  #record(exchange: ExchangeRecord): void {
    this.#metrics.observe(exchange);
    this.#feed.ended(exchange);
    this.#metrics.compare(exchange, this.#ledger?.record(exchange));
    this.#routing.record(exchange);
    this.live.observe(exchange);
    this.#tracing.telemetry?.observe(exchange);
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
  if (ledger) await gateway.verdicts.open(ledger.store.documents);
  return gateway;
}

/** Names of the dialects a provider may speak. */
export const dialectNames: readonly string[] = upstreamDialects.map((dialect) => dialect.name);

/** What kept contents are read and written with. */
export { contents } from './gateway/contents.ts';

/** A way out for what is no exchange. The caller closes it. @param dialect in which gateways are asked */
export function outbound(env: NodeJS.ProcessEnv, dialect: Dialect = engineDialect): Outside {
  return outside(env, dialect);
}
