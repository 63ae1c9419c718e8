import { GatewayError } from '../protocol/errors.ts';
import { fits } from '../protocol/pattern.ts';
import { findAlias, isCatchAll } from './alias.ts';
import { FAMILIES } from './families.ts';
import { type Index, indexOf, isForChat, isForVectors } from './index-of-names.ts';
import { near } from './near.ts';
import { quirksOf } from './quirks.ts';
import { address, plainName, type ServedModel, type World, type WorldProvider } from './world.ts';

export { address, plainName, type ServedModel, type World, type WorldProvider } from './world.ts';

/** What a name means: targets in the order in which to try them, never empty. */
export interface Resolved {
  targets: readonly ServedModel[];
  /** The alias pattern the name came in by, `auto`, or the built-in family. Absent when the name itself is served. */
  alias?: string;
  /** The name leaves the choice to Freehold. */
  choice?: boolean;
}

/** The name that leaves the choice to Freehold. */
export const AUTO = 'auto';

/**
 * What a client means by a model's name. Pure. In this order: an address (`provider/model`, where the file's own names with slashes
 * count too), an alias of the config, `auto`, a bare name that one provider alone bears, a catch-all alias (`*…`), a
 * provider's name, a tool's built-in name. Addresses come first and lists of other providers cannot take them: `box/x` never leaves the box because some
 * vendor lists a model called `box/x`.
 * @param forVectors embeddings are wanted: `auto` and a provider's name then mean a model that makes them
 * @throws GatewayError `not-found` with near names; `unavailable` when `auto` finds nothing served
 */
export function resolve(name: string, world: World, forVectors = false): Resolved {
  // Nearly every request bears an address.
  const [served] = indexOf(world).addresses.find(name);
  return served ? { targets: [served] } : follow(name, world, forVectors, new Set());
}

/** @param seen aliases that led here */
function follow(name: string, world: World, forVectors: boolean, seen: Set<string>): Resolved {
  const index = indexOf(world);
  const isMeant = forVectors ? isForVectors : isForChat;
  const auto = () => (forVectors ? autoVectors(index) : chosen(world, index));
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
    if (typeof hit.target !== 'string')
      return { targets: several(hit.target, (one) => follow(one, world, forVectors, new Set(seen))), alias: via };
    wanted = hit.target;
  }
  const plain = plainName(wanted);
  if (plain === AUTO) return { targets: auto(), alias: via ?? AUTO, choice: true };
  const bearers = perProvider(index.names.find(wanted));
  if (bearers.length === 1) return { targets: bearers, alias: via };
  if (bearers.length > 1) throw notFound(`several providers serve "${wanted}"; ask for one of ${list(bearers.map(address))}`);
  const owner = index.providers.get(plain);
  if (owner) return { targets: [firstOf(owner, world, isMeant)], alias: via };
  const family = FAMILIES.find((pattern) => fits(pattern, wanted));
  if (family) return { targets: auto(), alias: via ?? family, choice: true };
  throw notFound(`no model is called "${wanted}"${by(via)}.${hint(wanted, index, world)}`);
}

/** What several names mean together. One that nobody serves at the moment does not spoil the others. @throws GatewayError the first one's, when all fail */
function several(names: readonly string[], meaning: (name: string) => Resolved): ServedModel[] {
  const found = new Map<string, ServedModel>();
  let failure: unknown;
  for (const name of names) {
    try {
      for (const model of meaning(name).targets) if (!found.has(address(model))) found.set(address(model), model);
    } catch (error) {
      failure ??= error;
    }
  }
  if (found.size === 0) throw failure;
  return [...found.values()];
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
  if (vectors.length || auto.length) return [...vectors, ...perProvider(auto)];
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
