/** Most names a "did you mean" lists: more is a table, not a hint. */
const MOST = 5;

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`; stops counting above `limit`. */
export function distance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (!same && i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
      best = Math.min(best, cost);
    }
    if (best > limit) return limit + 1;
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/**
 * The names someone may have meant by `name`, nearest first, at most 5. Case is ignored; a name that contains `name`, or is
 * contained in it, counts as near. Names that share nothing with it are left out.
 */
export function near(name: string, names: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const found: { name: string; far: number }[] = [];
  for (const candidate of new Set(names)) {
    const other = candidate.toLowerCase();
    const within = wanted.length > 2 && other.length > 2 && (other.includes(wanted) || wanted.includes(other));
    const far = Math.min(distance(wanted, other, limit), within ? limit : limit + 1);
    if (far <= limit) found.push({ name: candidate, far });
  }
  return found
    .sort((a, b) => a.far - b.far)
    .slice(0, MOST)
    .map((one) => one.name);
}
