import { fits } from '../protocol/pattern.ts';

/** Patterns of names, and the name or the names that each stands for. */
export type Aliases = Readonly<Record<string, string | readonly string[]>>;

/** Where an alias leads: the pattern that matched, and the name it stands for; several where Freehold is to choose among them. */
export interface AliasHit {
  pattern: string;
  target: string | readonly string[];
}

/** The text before the first `*`; the whole pattern where there is none. */
function prefix(pattern: string): string {
  const star = pattern.indexOf('*');
  return star < 0 ? pattern : pattern.slice(0, star);
}

/**
 * The alias that names `name`: the exact one, else the pattern with the longest text before its first `*`, else the longer pattern,
 * else the first. `keep` leaves patterns out.
 */
export function findAlias(name: string, aliases: Aliases, keep: (pattern: string) => boolean): AliasHit | undefined {
  const exact = Object.hasOwn(aliases, name) && keep(name) ? aliases[name] : undefined;
  if (exact !== undefined) return { pattern: name, target: exact };
  let best: AliasHit | undefined;
  for (const [pattern, target] of Object.entries(aliases)) {
    if (!keep(pattern) || !fits(pattern, name)) continue;
    const ahead = best ? prefix(pattern).length - prefix(best.pattern).length || pattern.length - best.pattern.length : 1;
    if (ahead > 0) best = { pattern, target };
  }
  return best;
}

/**
 * A pattern that begins with `*` says nothing of the names it is meant for, so it comes last: it must not take a name that a model
 * bears. The others come first, because they were written for those names.
 */
export function isCatchAll(pattern: string): boolean {
  return pattern.startsWith('*');
}
