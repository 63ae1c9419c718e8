import type { Config } from '../config/schema.ts';
import { embeddingsOf, engineDialect, upstreamDialects } from '../dialects/index.ts';
import { Hosted, tellState, type Weights } from '../engines/hosted.ts';
import { Candidates, clocksOf, type Reach, reachOf } from '../exchange/candidates.ts';
import type { ListedModel, UpstreamDialect } from '../protocol/dialect.ts';
import { ERRORS, GatewayError } from '../protocol/errors.ts';
import type { Zone } from '../protocol/zone.ts';
import { raised, zonesByOrigin } from '../providers/origins.ts';
import { type Registered, Registry } from '../providers/registry.ts';
import { join } from '../providers/url.ts';
import { Upstream } from '../upstream/client.ts';
import type { Clocks } from '../upstream/clocks.ts';
import { Listing } from '../upstream/listing.ts';
import { Signers } from '../upstream/signers.ts';

/** How long a listing or a health question may take, in milliseconds. */
const LIST_CLOCKS: Clocks = { connect: 3000, firstByte: 8000, idle: 5000, total: 15_000 };

interface FleetParts {
  config: Config;
  env: NodeJS.ProcessEnv;
  log(line: string): void;
  /** Turns an engine's `model` setting into a path of weights. */
  weights: Weights;
  /** Told when an engine or a provider changed. */
  onChange(): void;
}

/** Everybody who may answer, by the configuration of the moment: providers and engines, how to reach them, and what they list. */
export class Fleet {
  readonly upstream: Upstream;
  readonly registry: Registry;
  readonly candidates = new Candidates((provider) => this.#reach(provider));
  readonly engines = new Map<string, Hosted>();
  readonly #parts: FleetParts;
  readonly #listing: Listing;
  readonly #signers: Signers;
  readonly #dialects = new Map<string, UpstreamDialect>(upstreamDialects.map((dialect) => [dialect.name, dialect]));
  #config: Config;
  #zones: ReadonlyMap<string, Zone> = new Map();

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#config = parts.config;
    this.upstream = new Upstream(parts.env, (origin) => this.#zoneOf(origin));
    this.#signers = new Signers(this.upstream);
    this.#listing = new Listing(this.upstream, (name) => void this.registry.refresh(name));
    this.registry = new Registry({ list: (name) => this.#list(name), onChange: () => parts.onChange() });
  }

  /** Asks everybody what they serve, now and from time to time. */
  async start(): Promise<void> {
    this.#apply();
    this.registry.start();
    await this.registry.refresh();
  }

  /** Takes over a new configuration. Engines that stay as they were keep running. */
  async configure(config: Config): Promise<void> {
    this.#config = config;
    this.candidates.clear();
    this.#apply();
    await this.registry.refresh();
  }

  /** Asks nobody any more; what is under way goes on. */
  stop(): void {
    this.registry.stop();
    this.#listing.stop();
  }

  /** Ends engines and connections. */
  async close(): Promise<void> {
    await Promise.all([...this.engines.values()].map((hosted) => hosted.stop()));
    await this.upstream.close();
  }

  /** Takes note of how an exchange with a provider went. @param error absent when it was answered */
  observe(provider: string, error: GatewayError | undefined): void {
    if (!error) {
      this.registry.markSuccess(provider);
      const config = this.#config.providers[provider];
      if (config) this.#listing.answered(provider, this.#dialects.get(config.dialect)!);
    } else if (ERRORS[error.kind].by === 'provider' && error.kind !== 'rate' && error.kind !== 'filter')
      this.registry.markFailure(provider, error.message);
  }

  /** How to reach a provider of the current configuration; engines of our own are providers too. */
  #reach(name: string): Reach {
    const { timeouts, providers } = this.#config;
    const hosted = this.engines.get(name);
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

  #apply(): void {
    const { engines, providers, aliases } = this.#config;
    for (const [name, hosted] of this.engines) {
      if (JSON.stringify(engines[name]) === JSON.stringify(hosted.config)) continue;
      this.engines.delete(name);
      void hosted.stop();
    }
    const registered: Record<string, Registered> = {};
    for (const [name, config] of Object.entries(engines)) {
      if (!this.engines.has(name)) this.engines.set(name, this.#host(name, config));
      registered[name] = { zone: 'own' };
    }
    this.#zones = zonesByOrigin(Object.values(providers));
    this.registry.apply({ ...registered, ...raised(providers, this.#zones) }, aliases);
  }

  /** The farthest zone of those who live at an origin. */
  #zoneOf(origin: string): Zone | undefined {
    for (const hosted of this.engines.values()) if (hosted.isAt(origin)) return 'own';
    return this.#zones.get(origin);
  }

  #host(name: string, config: Config['engines'][string]): Hosted {
    const { weights, log, onChange } = this.#parts;
    return new Hosted(name, config, weights, (state) => {
      if (state.kind === 'failed') log(`engine ${name}: ${state.reason}`);
      onChange();
      if (state.kind !== 'loading') void this.registry.refresh(name);
    });
  }

  async #list(name: string): Promise<readonly ListedModel[]> {
    const hosted = this.engines.get(name);
    const waiting = hosted && tellState(name, hosted.state);
    if (waiting) throw new GatewayError('unavailable', waiting, { retryAfter: 2 });
    const { dialect, url, listing, ...from } = this.#reach(name);
    const base = url();
    const at = (path: string) => (listing && path === dialect.models.path ? listing : join(base, path));
    return this.#listing.list(name, { ...from, dialect, at, clocks: LIST_CLOCKS });
  }
}
