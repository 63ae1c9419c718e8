import { factsOf } from '../catalog/catalog.ts';
import { costOf, type ListPrice } from '../catalog/price.ts';
import type { ConfiguredPrice } from '../catalog/pricing.ts';
import type { SavingsSettings } from '../catalog/savings.ts';
import { listPriceOf } from '../catalog/sellers.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Zone } from '../protocol/zone.ts';
import { type Aliases, findAlias } from '../providers/alias.ts';
import { AUTO } from '../providers/resolve.ts';
import { isMachine } from './machines.ts';
import type { AttemptRecord, ExchangeRecord } from './record.ts';
import { answerer } from './stages/answered.ts';

/** What of the configuration says what names cost. */
export interface BaselineWorld {
  savings: SavingsSettings;
  providers: Readonly<Record<string, BaselineProvider>>;
  aliases: Aliases;
}

interface BaselineProvider {
  url: string;
  zone: Zone;
  models?: Readonly<Record<string, { price?: ConfiguredPrice }>>;
}

/** The model that an exchange is compared with. */
interface Yardstick {
  /** As the configuration or the client names it. */
  name: string;
  price: ListPrice;
}

/** How long a vendor's prompt cache keeps what it read, in milliseconds: the shortest that is sold (docs of the vendor that tells: 5 minutes). */
const CACHED_FOR = 5 * 60_000;

/** Conversations whose last prompt is remembered; the one not heard of for the longest is forgotten first. */
const MOST_PROMPTS = 10_000;

/** Names come from clients, so they are not remembered without end. */
const MOST_NAMES = 2000;

/** Aliases of aliases that are followed. */
const DEEPEST = 8;

/**
 * What exchanges would have cost on the model that was asked for. In doubt it says less: a conversation that stays with one model is taken
 * to have its last prompt in that model's cache, and an answer that never came to cost nothing.
 */
export class Baseline {
  #world: BaselineWorld;
  readonly #yardsticks = new Map<string, Yardstick | null>();
  readonly #prompts = new Map<string, { input: number; at: number }>();

  constructor(world: BaselineWorld) {
    this.#world = world;
  }

  configure(world: BaselineWorld): void {
    this.#world = world;
    this.#yardsticks.clear();
  }

  /** Nano-dollars; undefined where the asked model has no price or nobody knows what was used. */
  of(exchange: ExchangeRecord): number | undefined {
    const { asked, attempts, outcome, session, at } = exchange;
    // Nobody would have asked that elsewhere.
    if (isMachine(exchange)) return undefined;
    // What nobody was asked costs nothing anywhere.
    if (attempts.length === 0) return 0;
    const yardstick = this.#yardstickOf(asked);
    if (!yardstick) return undefined;
    if (outcome !== 'ok' && outcome !== 'cancelled') return 0;
    const answered = answerer(exchange)!;
    const { usage } = answered;
    if (usage?.input === undefined) return undefined;
    const before = session === undefined ? 0 : this.#promptBefore(`${session} ${yardstick.name}`, usage.input, at);
    if (isSame(answered, yardstick.name) && answered.costNanos !== undefined) return answered.costNanos;
    return costOf(asCached(usage, before), yardstick.price);
  }

  #yardstickOf(asked: string): Yardstick | undefined {
    let found = this.#yardsticks.get(asked);
    if (found === undefined) {
      if (this.#yardsticks.size >= MOST_NAMES) this.#yardsticks.clear();
      found = this.#find(asked) ?? null;
      this.#yardsticks.set(asked, found);
    }
    return found ?? undefined;
  }

  #find(asked: string): Yardstick | undefined {
    const { patterns, otherwise } = this.#world.savings;
    const named = findAlias(asked, patterns, () => true)?.target;
    const names = [typeof named === 'string' ? named : undefined, asked, this.#behind(asked), otherwise];
    for (const name of names) {
      const price = name === undefined ? undefined : this.#priceOf(name);
      if (price) return { name: name!, price };
    }
    return undefined;
  }

  /** The one model that an alias stands for. */
  #behind(asked: string): string | undefined {
    let name = asked;
    for (let depth = 0; depth < DEEPEST; depth++) {
      const hit = findAlias(name, this.#world.aliases, () => true);
      if (!hit) return name;
      const to = hit.target;
      if (typeof to !== 'string') return undefined;
      name = to;
    }
    return undefined;
  }

  #priceOf(name: string): ListPrice | undefined {
    if (name === '' || name === AUTO) return undefined;
    const slash = name.indexOf('/');
    const owner = name.slice(0, Math.max(0, slash));
    const provider = Object.hasOwn(this.#world.providers, owner) ? this.#world.providers[owner] : undefined;
    if (!provider) return listPriceOf(name);
    const model = name.slice(slash + 1);
    const configured = provider.models && Object.hasOwn(provider.models, model) ? provider.models[model]?.price : undefined;
    if (configured) return { ...configured, source: 'the configuration', date: '' };
    return (provider.zone === 'vendor' ? factsOf(provider.url, model)?.price : undefined) ?? listPriceOf(model);
  }

  /** Tokens of the prompt that the model would still have in its cache: the last one of the conversation, if it is not too old. */
  #promptBefore(conversation: string, input: number, at: number): number {
    const last = this.#prompts.get(conversation);
    this.#prompts.delete(conversation);
    this.#prompts.set(conversation, { input, at });
    if (this.#prompts.size > MOST_PROMPTS)
      for (const oldest of this.#prompts.keys()) {
        this.#prompts.delete(oldest);
        break;
      }
    return last && at - last.at <= CACHED_FOR ? Math.min(last.input, input) : 0;
  }
}

/** The yardstick itself answered: then what was paid is what it costs. */
function isSame({ provider, model, zone }: AttemptRecord, name: string): boolean {
  return zone === 'vendor' && (name === model || name === `${provider}/${model}`);
}

/** What was used, as a model would have reported it that had read the last prompt of the conversation before. */
function asCached(usage: Usage, before: number): Usage {
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0, reasoning } = usage;
  const read = Math.min(input, Math.max(cacheRead, before));
  const write = Math.min(cacheWrite, input - read);
  return { input, output, cacheRead: read, cacheWrite: write, cacheWrite1h: Math.min(cacheWrite1h, write), reasoning };
}
