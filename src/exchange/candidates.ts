import { factsOf } from '../catalog/catalog.ts';
import { pricingOf } from '../catalog/pricing.ts';
import type { LoadSettings } from '../policy/queue.ts';
import type { UpstreamDialect } from '../protocol/dialect.ts';
import type { Embeddings } from '../protocol/embedding.ts';
import { keyHeaders } from '../providers/auth.ts';
import { rowNamed } from '../providers/catalogue.ts';
import type { ProviderConfig, Timeouts } from '../providers/provider.ts';
import type { ServedModel } from '../providers/resolve.ts';
import { join } from '../providers/url.ts';
import type { Clocks } from '../upstream/clocks.ts';
import type { Sign } from '../upstream/sign.ts';
import { modelInPath } from './addressing.ts';
import { namingHeaders } from './outlet.ts';
import type { Candidate, Finish } from './ports.ts';

/** How to reach one provider. */
export interface Reach {
  dialect: UpstreamDialect;
  /** The verbs in which it makes vectors, where it does. */
  embeddings?: Embeddings;
  /** Base URL; an engine's may change when it restarts. @throws GatewayError `unavailable` while there is none */
  url(): string;
  headers: Record<string, string>;
  finish?: Finish;
  sign?: Sign;
  /** The whole URL of its list of models, where that is not at its base. */
  listing?: string;
  /** How much its server may be asked at once. */
  load?: LoadSettings;
  clocks: Clocks;
}

/** Candidates for served models. Each is built once: the hot path only looks it up. */
export class Candidates {
  readonly #reach: (provider: string) => Reach;
  #known = new WeakMap<ServedModel, Candidate>();

  /** @param reach how to reach a provider of the current configuration */
  constructor(reach: (provider: string) => Reach) {
    this.#reach = reach;
  }

  /** Forgets all, after a change of configuration. */
  clear(): void {
    this.#known = new WeakMap();
  }

  of(served: ServedModel): Candidate {
    let candidate = this.#known.get(served);
    if (!candidate) {
      const { provider, model, zone, loaded, reasoning: thinks, quirks, price } = served;
      const { dialect, embeddings, url, headers, finish, clocks, load } = this.#reach(provider);
      // An engine of ours may have no address yet, and the catalogue knows vendors only.
      const facts = zone === 'vendor' ? factsOf(url(), model) : undefined;
      const { window = facts?.window, maxOutput = facts?.maxOutput } = served;
      const target = { model, window, loaded, thinks, maxOutput, quirks };
      candidate = {
        address: `${provider}/${model}`,
        provider,
        zone,
        dialect,
        embeddings,
        headers,
        clocks,
        load,
        pricing: pricingOf(zone, facts?.price, price),
        target,
        at: addresses(url),
        finish,
        // A table that does not say that a model takes tools says nothing.
        abilities: { tools: served.tools ?? (facts?.tools || undefined), vision: served.vision },
        traits: { name: model, open: facts?.open, released: facts?.released, outputPrice: (price ?? facts?.price)?.output },
        ailing: !served.healthy,
        naming: namingHeaders(provider, zone, model),
      };
      this.#known.set(served, candidate);
    }
    return candidate;
  }
}

/** Where paths lie at a base URL. A dialect has few paths and they are asked for at every request, so each is joined once. */
function addresses(base: () => string): Candidate['at'] {
  const known = new Map<string, { origin: string; path: string }>();
  let joined: string | undefined;
  return (path) => {
    const url = base();
    if (url !== joined) known.clear();
    joined = url;
    let address = known.get(path);
    if (!address) {
      const { origin, pathname, search } = new URL(join(url, path));
      address = { origin, path: pathname + search };
      if (known.size < MOST_PATHS) known.set(path, address);
    }
    return address;
  };
}

/** Paths that hold a model's name come from clients, so they are not remembered without end. */
const MOST_PATHS = 64;

/** The clocks of a provider in milliseconds: its own settings over the general ones. */
export function clocksOf(general: Timeouts, own: Partial<Timeouts> = {}): Clocks {
  const { connectSeconds, firstByteSeconds, idleSeconds, totalSeconds } = { ...general, ...own };
  return { connect: connectSeconds * 1000, firstByte: firstByteSeconds * 1000, idle: idleSeconds * 1000, total: totalSeconds * 1000 };
}

/** How to reach a provider of the file. @param sign authenticates each request, where its key is no header that never changes */
export function reachOf(config: ProviderConfig, known: Pick<Reach, 'dialect' | 'embeddings' | 'clocks' | 'sign'>): Reach {
  const form = rowNamed(config.use)?.modelInPath;
  const url = () => config.url;
  const moved = form && modelInPath(form, addresses(url));
  const { sign } = known;
  const { listing, load } = config;
  return { ...known, url, headers: headersOf(config, known.dialect), listing, load, finish: sign ? signed(sign, moved) : moved };
}

/** Signs what another step has made of the request: a signature is over the final bytes. */
function signed(sign: Sign, first: Finish | undefined): Finish {
  return async (given) => {
    const request = (await first?.(given)) ?? given;
    return { ...request, headers: request.headers.concat(await sign(request)) };
  };
}

/** A provider's credential and fixed headers, names in lower case. */
export function headersOf(config: Pick<ProviderConfig, 'key' | 'auth' | 'headers'>, dialect: UpstreamDialect): Record<string, string> {
  const own = Object.entries(config.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...keyHeaders(config.auth, config.key, (key) => dialect.credential(key)), ...Object.fromEntries(own) };
}
