import { fits } from '../protocol/pattern.ts';
import { type Aliases, findAlias, isCatchAll } from '../providers/alias.ts';
import { FAMILIES } from '../providers/families.ts';
import { near } from '../providers/near.ts';
import { AUTO } from '../providers/resolve.ts';
import { inside } from './issues.ts';
import type { Problem } from './problem.ts';

type Named = Readonly<Record<string, unknown>>;

/** What names of models may mean in a file, before any provider was asked for its list. */
export class Names {
  readonly aliases: Aliases;
  readonly #providers: readonly string[];
  readonly #declared: ReadonlySet<string>;
  /** Some provider's list of models is not in the file. */
  readonly #isListOpen: boolean;

  /** @param discoverable providers that may turn up by themselves, when the file names none */
  constructor(aliases: Named, providers: Named, engines: Named, discoverable: readonly string[]) {
    const own = [...new Set([...Object.keys(engines), ...Object.keys(providers)])];
    this.aliases = Object.fromEntries(Object.entries(aliases).filter((entry): entry is [string, string | string[]] => isTarget(entry[1])));
    this.#providers = own.length ? own : discoverable;
    this.#declared = new Set(Object.values(providers).flatMap(modelNames));
    this.#isListOpen =
      own.length === 0 || Object.keys(engines).length > 0 || Object.values(providers).some((one) => inside(one, ['models']) === undefined);
  }

  /** What is wrong with a name, and the mend; undefined when it may be served. @param how it is spoken of, e.g. `leads to` */
  fault(name: string, how: string): string | undefined {
    const providers = this.#providers;
    if (name === AUTO || this.#declared.has(name) || providers.includes(name)) return undefined;
    if (name.includes('/') && !providers.includes(owner(name))) {
      const [meant] = near(owner(name), providers);
      const mend = meant ? `did you mean "${meant}"?` : `known: ${providers.join(', ') || 'none'}`;
      return `${how} "${name}", and no provider is called "${owner(name)}"; ${mend}`;
    }
    if (name.includes('/') || this.#isListOpen || FAMILIES.some((family) => fits(family, name))) return undefined;
    const [meant] = near(name, [...this.#declared, ...providers, AUTO]);
    return `${how} "${name}", which no provider serves; ${meant ? `did you mean "${meant}"?` : 'write it as provider/model'}`;
  }

  /** Whether a name is an alias. */
  isAlias(name: string): boolean {
    return this.#hit(name) !== undefined;
  }

  /** Where a name ends: the names that are no aliases, or the way around a circle. */
  ends(name: string, chain: readonly string[] = [], seen: ReadonlySet<string> = new Set()): { end?: string; chain: string[] }[] {
    const hit = this.#hit(name);
    const passed = [...chain, name];
    if (!hit) return [{ end: name, chain: passed }];
    if (seen.has(hit.pattern)) return [{ chain: hit.pattern === name ? passed : [...passed, hit.pattern] }];
    return [hit.target].flat().flatMap((target) => this.ends(target, passed, new Set([...seen, hit.pattern])));
  }

  #hit(name: string): ReturnType<typeof findAlias> {
    const isModel = this.#declared.has(name) || (name.includes('/') && this.#providers.includes(owner(name)));
    return isModel ? undefined : findAlias(name, this.aliases, (pattern) => !isCatchAll(pattern));
  }
}

/** Aliases that lead nowhere, or around. */
export function aliasProblems(names: Names): Problem[] {
  return Object.entries(names.aliases).flatMap(([alias, target]) => {
    const isList = typeof target !== 'string';
    return [target].flat().flatMap((one, at): Problem[] => {
      const path = ['aliases', alias, ...(isList ? [at] : [])];
      for (const { end, chain } of names.ends(one, [alias], new Set([alias]))) {
        if (end === undefined)
          return [{ path, message: `goes in a circle: ${chain.map((step) => `"${step}"`).join(' → ')}. Let it lead to a provider/model` }];
        const fault = names.fault(end, 'leads to');
        if (fault) return [{ path, message: fault }];
      }
      return [];
    });
  });
}

function isTarget(value: unknown): value is string | string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}

function owner(address: string): string {
  return address.slice(0, address.indexOf('/'));
}

function modelNames(provider: unknown): string[] {
  const models = inside(provider, ['models']);
  if (Array.isArray(models)) return models.filter((name) => typeof name === 'string');
  return models !== null && typeof models === 'object' ? Object.keys(models) : [];
}
