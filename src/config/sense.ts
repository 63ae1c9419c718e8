import { isIP } from 'node:net';
import { near } from '../providers/near.ts';
import { inside } from './issues.ts';
import type { Problem } from './problem.ts';
import { evaluationProblems } from './sense-evaluation.ts';
import { aliasProblems, Names } from './sense-names.ts';
import { routingProblems } from './sense-routing.ts';

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
  const names = new Names(mapAt(file, 'aliases'), providers, engines, known.discoverable);
  return [
    ...problems,
    ...aliasProblems(names),
    ...routingProblems(inside(file, ['routing']), names),
    ...evaluationProblems(inside(file, ['evaluation']), names),
  ];
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
