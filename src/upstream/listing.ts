import type { ListedModel, UpstreamDialect } from '../protocol/dialect.ts';
import type { Upstream } from './client.ts';
import type { Clocks } from './clocks.ts';
import { fetchJson } from './fetch-json.ts';
import type { Sign } from './sign.ts';

/** How a provider is asked about its models. */
export interface Listable {
  dialect: Pick<UpstreamDialect, 'models' | 'fault'>;
  /** Where a path of the dialect lies. */
  at(path: string): string;
  headers: Record<string, string>;
  sign?: Sign;
  clocks: Clocks;
}

/** What a model's own page said; `stamp` tells whether the page may have changed since. */
interface Known {
  stamp: string;
  facts: Partial<ListedModel>;
}

/** Pages asked for at the same time: a server that is busy answering has better things to do. */
const AT_ONCE = 2;
/** Largest page read: some hold a licence and a template. Bytes. */
const PAGE_LIMIT = 4 * 1024 * 1024;
/** How long after an answer the server is asked what it has loaded now. Milliseconds. */
const SETTLE_MS = 1000;

/**
 * What providers tell of their models. Some tell windows and abilities on a page a model: those are asked for behind the list's back and
 * remembered, so that no request waits for them.
 */
export class Listing {
  readonly #upstream: Upstream;
  readonly #onLearned: (provider: string) => void;
  readonly #known = new Map<string, Map<string, Known>>();
  readonly #asking = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** @param onLearned told when a provider's list would say more or something else now */
  constructor(upstream: Upstream, onLearned: (provider: string) => void) {
    this.#upstream = upstream;
    this.#onLearned = onLearned;
  }

  /** The provider's models with all that is known of them by now. @throws GatewayError when it has no list to give */
  async list(provider: string, from: Listable): Promise<readonly ListedModel[]> {
    const { dialect, at, headers, sign, clocks } = from;
    const { models } = dialect;
    const [body, loaded] = await Promise.all([
      fetchJson(this.#upstream, { url: at(models.path), headers, sign, clocks }, dialect),
      this.#loaded(from),
    ]);
    const known = this.#known.get(provider);
    const listed = models.hear(body);
    const fresh = listed.filter((model) => known?.get(model.id)?.stamp !== stampOf(model));
    if (models.detail && fresh.length && !this.#asking.has(provider)) void this.#learn(provider, from, fresh, listed);
    return listed.map((model) => {
      const window = loaded?.get(model.id);
      return { ...model, ...known?.get(model.id)?.facts, ...(window !== undefined && { loaded: window }) };
    });
  }

  /** The provider answered: what it has loaded may be something else now. */
  answered(provider: string, { models }: Listable['dialect']): void {
    if (!models.loaded || this.#timers.has(provider)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(provider);
      this.#onLearned(provider);
    }, SETTLE_MS);
    timer.unref();
    this.#timers.set(provider, timer);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** What is loaded, in tokens by model; undefined where the server does not tell. */
  async #loaded({ dialect, at, headers, clocks }: Listable): Promise<ReadonlyMap<string, number> | undefined> {
    const { loaded } = dialect.models;
    if (!loaded) return undefined;
    try {
      return loaded.hear(await fetchJson(this.#upstream, { url: at(loaded.path), headers, clocks }, dialect));
    } catch {
      // Older servers have no such page, and the list is worth having without.
      return undefined;
    }
  }

  async #learn(provider: string, from: Listable, fresh: readonly ListedModel[], listed: readonly ListedModel[]): Promise<void> {
    this.#asking.add(provider);
    const before = this.#known.get(provider);
    // What is listed no more is forgotten.
    const known = new Map<string, Known>();
    for (const { id } of listed) {
      const old = before?.get(id);
      if (old) known.set(id, old);
    }
    const left = [...fresh];
    let learned = false;
    const worker = async () => {
      for (let model = left.shift(); model; model = left.shift()) {
        const facts = await this.#detail(from, model.id);
        if (!facts) continue;
        known.set(model.id, { stamp: stampOf(model), facts });
        learned = true;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    this.#known.set(provider, known);
    this.#asking.delete(provider);
    if (learned) this.#onLearned(provider);
  }

  async #detail({ dialect, at, headers, clocks }: Listable, model: string): Promise<Partial<ListedModel> | undefined> {
    const { path, body, hear } = dialect.models.detail!(model);
    const { origin, pathname, search } = new URL(at(path));
    const sent = Object.entries({
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'freehold',
      ...headers,
    });
    const to = { method: 'POST', origin, path: pathname + search } as const;
    const flight = this.#upstream.send({ ...to, headers: sent.flat(), body: JSON.stringify(body), clocks, ceiling: 'errand' });
    try {
      const { status } = await flight.head;
      const bytes = await flight.collect(PAGE_LIMIT);
      // A server that knows no such page will not know it with the next list either.
      return status >= 200 && status < 300 ? hear(JSON.parse(bytes.toString('utf8'))) : {};
    } catch {
      // Asked again with the next list; until then the model counts as one of which nothing is known.
      return undefined;
    }
  }
}

function stampOf({ created = 0 }: ListedModel): string {
  return String(created);
}
