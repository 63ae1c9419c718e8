import { GatewayError } from '../protocol/errors.ts';
import { fits } from '../protocol/pattern.ts';
import { byDistance, type Zone } from '../protocol/zone.ts';
import { findAlias, isCatchAll } from './alias.ts';
import { FAMILIES, FOR_VECTORS, NOT_FOR_CHAT } from './families.ts';
import { near } from './near.ts';
import type { Price } from './provider.ts';
import { quirksOf } from './quirks.ts';

/** A model that can be asked. */
export interface ServedModel {
  provider: string;
  /** The provider's own name for it. */
  model: string;
  zone: Zone;
  /** Tokens, prompt and answer together. */
  window?: number;
  /** Tokens. */
  maxOutput?: number;
  price?: Price;
  healthy: boolean;
  quirks?: ReadonlySet<string>;
  /** It makes vectors and holds no conversation. */
  embeds?: boolean;
  /** What else its provider tells of it: as a listing has them. */
  created?: number;
  loaded?: number;
  vision?: boolean;
  tools?: boolean;
  reasoning?: boolean;
  /** Who says it is there: the file, the provider's own list, or only the client that asked for it. */
  listed: 'config' | 'discovered' | 'asked';
}

export interface WorldProvider {
  name: string;
  zone: Zone;
  healthy: boolean;
  /** Its list of models is known: a name that is not on it does not exist there. */
  complete: boolean;
  /** Why it is not healthy, for people. */
  reason?: string;
  /** The provider's own; a model's come on top. */
  quirks?: readonly string[];
}

/** Everything that can be asked at one moment. Immutable: a change makes a new world. */
export interface World {
  /** In config order. */
  providers: readonly WorldProvider[];
  /** In config order of their providers, then in the order of the provider's list. */
  models: readonly ServedModel[];
  aliases: Readonly<Record<string, string>>;
}

/** What a name means: targets in the order in which to try them, never empty. */
export interface Resolved {
  targets: readonly ServedModel[];
  /** The alias pattern the name came in by, `auto`, or the built-in family. Absent when the name itself is served. */
  alias?: string;
}

/** The name that leaves the choice to Freehold. */
export const AUTO = 'auto';

/** A model's full name. */
export function address(model: { provider: string; model: string }): string {
  return `${model.provider}/${model.model}`;
}

/** `name` without what tools hang on it: Claude Code's window mark `[1m]` and the default tag `:latest`. */
export function plainName(name: string): string {
  return name.replace(/\[[^\]]*\]$/, '').replace(/:latest$/, '');
}

/** Names as they are listed, and without their marks; what is asked is looked for among the first, then among the second. */
class Names<T> {
  readonly #exact = new Map<string, T[]>();
  readonly #plain = new Map<string, T[]>();

  add(name: string, value: T): void {
    push(this.#exact, name, value);
    push(this.#plain, plainName(name), value);
  }

  find(name: string): readonly T[] {
    return this.#exact.get(name) ?? this.#plain.get(plainName(name)) ?? [];
  }

  keys(): string[] {
    return [...this.#exact.keys()];
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

interface Index {
  addresses: Names<ServedModel>;
  /** Bare names. */
  names: Names<ServedModel>;
  providers: Map<string, WorldProvider>;
  auto: ServedModel[];
  /** What `auto` tries for vectors. */
  vectors: ServedModel[];
}

/** Worlds live for minutes and are asked thousands of times: what is looked up is built once for each. */
const indexes = new WeakMap<World, Index>();

function indexOf(world: World): Index {
  let index = indexes.get(world);
  if (!index) {
    index = {
      addresses: new Names(),
      names: new Names(),
      providers: new Map(world.providers.map((one) => [one.name, one])),
      auto: choose(world, isForChat),
      vectors: choose(world, isForVectors),
    };
    for (const model of world.models) {
      index.addresses.add(address(model), model);
      index.names.add(model.model, model);
    }
    indexes.set(world, index);
  }
  return index;
}

/** What the file names is what its owner wants; of a provider's own list we take what converses. */
function isForChat(model: ServedModel): boolean {
  return model.listed === 'config' || !(model.embeds || NOT_FOR_CHAT.test(model.model));
}

function isForVectors(model: ServedModel): boolean {
  return model.embeds ?? FOR_VECTORS.test(model.model);
}

/**
 * What `auto` tries: of each provider its first model that converses, healthy ones first, then nearest zone, then config order.
 * One a provider, because what makes a provider's first model fail mostly makes its second fail too, and a vendor's list has hundreds.
 */
function choose(world: World, isMeant: (model: ServedModel) => boolean): ServedModel[] {
  const firsts = new Map<string, ServedModel>();
  for (const model of world.models) {
    if (isMeant(model) && !firsts.has(model.provider)) firsts.set(model.provider, model);
  }
  return [...firsts.values()].sort((a, b) => Number(b.healthy) - Number(a.healthy) || byDistance(a.zone, b.zone));
}

/**
 * What a client means by a model's name. Pure. In this order: an address (`provider/model`, where the file's own names with slashes
 * count too), an alias of the config, `auto`, a bare name that one provider alone bears, a catch-all alias (`*…`), a
 * provider's name, a tool's built-in name. Addresses come first and lists of other providers cannot take them: `box/x` never leaves the box because some
 * vendor lists a model called `box/x`.
 * @param forVectors embeddings are wanted: `auto` and a provider's name then mean a model that makes them
 * @throws GatewayError `not-found` with near names; `unavailable` when `auto` finds nothing served
 */
export function resolve(name: string, world: World, forVectors = false): Resolved {
  const index = indexOf(world);
  const isMeant = forVectors ? isForVectors : isForChat;
  const auto = () => (forVectors ? autoVectors(index) : chosen(world, index));
  const seen = new Set<string>();
  const isNew = (pattern: string) => !seen.has(pattern);
  let via: string | undefined;
  let wanted = name;
  for (;;) {
    const model = addressed(wanted, index, via);
    if (model) return { targets: [model], alias: via };
    const plain = plainName(wanted);
    const alias = (keep: (pattern: string) => boolean) =>
      findAlias(wanted, world.aliases, keep) ?? (plain === wanted ? undefined : findAlias(plain, world.aliases, keep));
    const hit =
      alias((pattern) => isNew(pattern) && !isCatchAll(pattern)) ??
      (plain === AUTO || index.names.find(wanted).length || index.providers.has(plain) ? undefined : alias(isNew));
    if (!hit) break;
    seen.add(hit.pattern);
    via ??= hit.pattern;
    wanted = hit.target;
  }
  const plain = plainName(wanted);
  if (plain === AUTO) return { targets: auto(), alias: via ?? AUTO };
  const bearers = perProvider(index.names.find(wanted));
  if (bearers.length === 1) return { targets: bearers, alias: via };
  if (bearers.length > 1) throw notFound(`several providers serve "${wanted}"; ask for one of ${list(bearers.map(address))}`);
  const owner = index.providers.get(plain);
  if (owner) return { targets: [firstOf(owner, world, isMeant)], alias: via };
  const family = FAMILIES.find((pattern) => fits(pattern, wanted));
  if (family) return { targets: auto(), alias: via ?? family };
  throw notFound(`no model is called "${wanted}"${by(via)}.${hint(wanted, index, world)}`);
}

/** The model an address names, or undefined when `name` is no address. */
function addressed(name: string, index: Index, via: string | undefined): ServedModel | undefined {
  const [served] = index.addresses.find(name);
  if (served) return served;
  const slash = name.indexOf('/');
  if (slash <= 0) return undefined;
  const declared = perProvider(index.names.find(name).filter((model) => model.listed === 'config'));
  if (declared.length === 1) return declared[0];
  const provider = index.providers.get(name.slice(0, slash));
  const model = name.slice(slash + 1);
  if (!provider || model === '') return undefined;
  if (!provider.complete) {
    const { name: owner, zone, healthy, quirks } = provider;
    return { provider: owner, model, zone, healthy, quirks: quirksOf(model, quirks), listed: 'asked' };
  }
  const here = index.addresses.keys().filter((one) => one.startsWith(`${provider.name}/`));
  const alike = near(name, here);
  const offer = alike.length
    ? `Near names: ${list(alike)}.`
    : here.length
      ? `It serves ${list(here.slice(0, 5))}.`
      : 'It serves no models.';
  throw notFound(`provider "${provider.name}" serves no model "${model}"${by(via)}. ${offer}${SEE}`);
}

/** A provider's name alone means the model it would give to `auto`: an engine has but one. */
function firstOf({ name, reason }: WorldProvider, world: World, isMeant: (model: ServedModel) => boolean): ServedModel {
  const own = world.models.filter((one) => one.provider === name);
  const model = own.find(isMeant) ?? own.find(isForChat);
  if (model) return model;
  throw new GatewayError('unavailable', `provider "${name}" cannot answer yet: ${reason ?? 'it has told none of its models'}`, {
    retryAfter: 2,
  });
}

/** `qwen` and `qwen:latest` of one provider are one bearer of the name. */
function perProvider(models: readonly ServedModel[]): ServedModel[] {
  return models.filter((model, at) => models.findIndex((one) => one.provider === model.provider) === at);
}

/** Models made for vectors, and behind them the others: an engine may make vectors with the model that it converses with. */
function autoVectors({ vectors, auto }: Index): readonly ServedModel[] {
  if (vectors.length || auto.length) return [...vectors, ...auto];
  throw new GatewayError('unavailable', 'nothing can make embeddings: no provider lists a model; "freehold check" says what to do', {
    retryAfter: 5,
  });
}

function chosen(world: World, index: Index): readonly ServedModel[] {
  if (index.auto.length) return index.auto;
  const asked = world.providers.map(
    ({ name, healthy, reason }) => `${name} ${healthy ? 'lists no model that converses' : (reason ?? 'is not reachable')}`,
  );
  const mend = world.providers.length
    ? `${asked.join('; ')}. "freehold check" says what to do`
    : 'no provider is configured and none was found; start a local model server, set an API key variable, or run "freehold up --model FILE.gguf"';
  throw new GatewayError('unavailable', `nothing can answer: ${mend}`, { retryAfter: 5 });
}

const SEE = ' GET /v1/models lists all.';

function hint(name: string, index: Index, world: World): string {
  const alike = near(name, [
    ...index.addresses.keys(),
    ...index.names.keys(),
    ...Object.keys(world.aliases).filter((one) => !one.includes('*')),
    AUTO,
  ]);
  return `${alike.length ? ` Near names: ${list(alike)}.` : ' "auto" leaves the choice to Freehold.'}${SEE}`;
}

/** The alias by which the client came, for the error. */
function by(via: string | undefined): string {
  return via === undefined ? '' : ` (the alias "${via}" leads there)`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

function notFound(message: string): GatewayError {
  return new GatewayError('not-found', `model: ${message}`, { field: 'model', code: 'model_not_found' });
}
