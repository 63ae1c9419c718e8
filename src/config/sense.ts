import { isIP } from 'node:net';
import { fits } from '../protocol/pattern.ts';
import { findAlias, isCatchAll } from '../providers/alias.ts';
import { FAMILIES } from '../providers/families.ts';
import { near } from '../providers/near.ts';
import { AUTO } from '../providers/resolve.ts';
import { inside } from './issues.ts';
import type { Problem } from './problem.ts';

type Named = Readonly<Record<string, unknown>>;

interface Known {
  /** Names of dialects; nothing is checked against it when absent. */
  dialects?: readonly string[];
  /** Providers that may turn up by themselves, when the file names none. */
  discoverable: readonly string[];
}

/** What the schema cannot see: names that must fit each other. Takes the file as data, so that it reports also beside other faults. */
export function sense(file: unknown, known: Known): Problem[] {
  const providers = mapAt(file, 'providers');
  const engines = mapAt(file, 'engines');
  const problems: Problem[] = [];
  for (const [name, provider] of Object.entries(providers)) {
    const dialect = inside(provider, ['dialect']);
    if (known.dialects && typeof dialect === 'string' && !known.dialects.includes(dialect)) {
      const [meant] = near(dialect, known.dialects);
      problems.push({
        path: ['providers', name, 'dialect'],
        message: `Freehold does not speak "${dialect}"; it speaks ${known.dialects.join(', ')}${meant ? `. Did you mean "${meant}"?` : ''}`,
      });
    }
  }
  for (const name of Object.keys(engines)) {
    if (Object.hasOwn(providers, name))
      problems.push({ path: ['engines', name], at: 'key', message: 'is also the name of a provider; give one of the two another name' });
  }
  return [...problems, ...aliasProblems(mapAt(file, 'aliases'), providers, engines, known.discoverable)];
}

function aliasProblems(aliases: Named, providers: Named, engines: Named, discoverable: readonly string[]): Problem[] {
  const targets = Object.fromEntries(Object.entries(aliases).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const own = [...new Set([...Object.keys(engines), ...Object.keys(providers)])];
  const names = own.length ? own : discoverable;
  const declared = new Set(Object.values(providers).flatMap(modelNames));
  const isListOpen =
    own.length === 0 || Object.keys(engines).length > 0 || Object.values(providers).some((one) => inside(one, ['models']) === undefined);
  return Object.keys(targets).flatMap((alias): Problem[] => {
    const path = ['aliases', alias];
    const { end, chain } = follow(alias, targets, (name) => declared.has(name) || (name.includes('/') && names.includes(owner(name))));
    if (end === undefined) {
      return [{ path, message: `goes in a circle: ${chain.map((one) => `"${one}"`).join(' → ')}. Let it lead to a provider/model` }];
    }
    if (end === AUTO || declared.has(end) || names.includes(end)) return [];
    if (end.includes('/') && !names.includes(owner(end))) {
      const [meant] = near(owner(end), names);
      return [
        {
          path,
          message: `leads to "${end}", and no provider is called "${owner(end)}"${meant ? `; did you mean "${meant}"?` : `; known: ${names.join(', ') || 'none'}`}`,
        },
      ];
    }
    if (end.includes('/') || isListOpen || FAMILIES.some((family) => fits(family, end))) return [];
    const [meant] = near(end, [...declared, ...names, AUTO]);
    return [
      {
        path,
        message: `leads to "${end}", which no provider serves${meant ? `; did you mean "${meant}"?` : '; write it as provider/model'}`,
      },
    ];
  });
}

/** Where an alias ends: the first name that is no alias, or undefined in a circle. `stops` names what is found before aliases. */
function follow(
  alias: string,
  targets: Readonly<Record<string, string>>,
  stops: (name: string) => boolean,
): { end?: string; chain: string[] } {
  const chain = [alias];
  const seen = new Set([alias]);
  let name = targets[alias]!;
  for (;;) {
    chain.push(name);
    const hit = stops(name) ? undefined : findAlias(name, targets, (pattern) => !isCatchAll(pattern));
    if (!hit) return { end: name, chain };
    if (seen.has(hit.pattern)) return { chain: hit.pattern === name ? chain : [...chain, hit.pattern] };
    seen.add(hit.pattern);
    name = hit.target;
  }
}

function owner(address: string): string {
  return address.slice(0, address.indexOf('/'));
}

function modelNames(provider: unknown): string[] {
  const models = inside(provider, ['models']);
  if (Array.isArray(models)) return models.filter((name) => typeof name === 'string');
  return models !== null && typeof models === 'object' ? Object.keys(models) : [];
}

function mapAt(file: unknown, key: string): Named {
  const value = inside(file, [key]);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Named) : {};
}

/** Whether only programs on this machine can reach an address. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIP(name) === 4 ? name.startsWith('127.') : name === '::1' || name === '::ffff:127.0.0.1';
}
