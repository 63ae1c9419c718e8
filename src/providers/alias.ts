/** Where an alias leads: the pattern that matched, and the name it stands for. */
export interface AliasHit {
  pattern: string;
  target: string;
}

/** Whether `name` fits `pattern`, in which each `*` stands for any text, also none. */
export function fits(pattern: string, name: string): boolean {
  const [head = '', ...others] = pattern.split('*');
  if (others.length === 0) return pattern === name;
  const tail = others.pop()!;
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  const end = name.length - tail.length;
  let from = head.length;
  for (const middle of others) {
    const at = name.indexOf(middle, from);
    if (at < 0 || at + middle.length > end) return false;
    from = at + middle.length;
  }
  return true;
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
export function findAlias(
  name: string,
  aliases: Readonly<Record<string, string>>,
  keep: (pattern: string) => boolean,
): AliasHit | undefined {
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
