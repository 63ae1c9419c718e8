import { allListed, type Listed } from './catalog.ts';
import data from './makers.json' with { type: 'json' };
import type { ListPrice } from './price.ts';
import { readName } from './success-name.ts';
import known from './yardsticks.json' with { type: 'json' };

const MAKERS: readonly string[] = data.makers;

let index: ReadonlyMap<string, readonly Listed[]> | undefined;

/** Who sells a model, by its name in any spelling: those who make it first, then the cheapest. Empty for names that nobody lists. */
export function sellersOf(name: string): readonly Listed[] {
  // Made when it is first asked for: it reads the whole catalogue.
  index ??= indexed();
  return index.get(keyOf(name)) ?? [];
}

/**
 * What a model costs by its name alone: its maker's list price, else that of the cheapest who sells it, so that what is saved against it
 * is never overstated. Undefined where nobody lists one.
 */
export function listPriceOf(name: string): ListPrice | undefined {
  return sellersOf(name)[0]?.price;
}

/** Clients put a wish for a window behind a name, as in `some-model[1m]`. */
function keyOf(name: string): string {
  return readName(name.replace(/\[\w+\]$/, '')).key;
}

function indexed(): Map<string, Listed[]> {
  const found = new Map<string, Listed[]>();
  for (const one of allListed()) {
    const key = keyOf(one.name);
    // Some sellers give samples away; that is no price to compare with.
    if (key === '' || costOfBoth(one) === 0) continue;
    const known = found.get(key);
    if (known) known.push(one);
    else found.set(key, [one]);
  }
  for (const sellers of found.values()) sellers.sort((a, b) => rankOf(a) - rankOf(b) || costOfBoth(a) - costOfBoth(b));
  return found;
}

function rankOf({ vendor }: Listed): number {
  const at = MAKERS.indexOf(vendor);
  return at < 0 ? MAKERS.length : at;
}

/** Work of coding tools reads about ten times what it writes. */
function costOfBoth({ price: { input, output } }: Listed): number {
  return 10 * input + output;
}

/** Who sells a model for the least; undefined where nobody lists a price. */
export function cheapestOf(name: string): Listed | undefined {
  return sellersOf(name).toSorted((a, b) => costOfBoth(a) - costOfBoth(b))[0];
}

/** Well-known models to compare a bill with: closed ones from their makers, open ones from whoever is cheapest. */
export function yardsticks(): Listed[] {
  return known.models.flatMap((name) => {
    const sellers = sellersOf(name);
    return (sellers.some(({ open }) => open) ? cheapestOf(name) : sellers[0]) ?? [];
  });
}
