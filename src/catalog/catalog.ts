import { fits } from '../protocol/pattern.ts';
import hostTable from './hosts.json' with { type: 'json' };
import table from './models.json' with { type: 'json' };
import type { ListPrice } from './price.ts';
import newer from './prices.json' with { type: 'json' };
import tierTable from './tiers.json' with { type: 'json' };

/** What public tables say of a model. */
export interface CatalogFacts {
  /** E.g. `claude-opus`. */
  family?: string;
  /** Its weights can be downloaded; that says nothing of what their licence allows. */
  open: boolean;
  /** ISO date. */
  released?: string;
  reasoning: boolean;
  tools: boolean;
  /** Tokens, prompt and answer together. */
  window?: number;
  /** Tokens. */
  maxOutput?: number;
  price?: ListPrice;
}

interface Row {
  family?: string;
  open?: boolean;
  released?: string;
  reasoning?: boolean;
  tools?: boolean;
  window?: number;
  maxOutput?: number;
  input?: number;
  output?: number;
  cacheRead?: number;
  cacheWrite?: number;
}

type Rows = Readonly<Record<string, Readonly<Record<string, Row>>>>;
const ROWS: Rows = table.providers;
const NEWER: Readonly<Record<string, Readonly<Record<string, ListPrice>>>> = newer.providers;
const HOSTS = Object.entries(hostTable.hosts);

/** The catalogue's name for the vendor behind a URL, undefined when it knows none. A model's price depends on who sells it. */
export function vendorOf(url: string): string | undefined {
  const { hostname } = new URL(url);
  return HOSTS.find(([host]) => hostname === host || (/^[.-]/.test(host) && hostname.endsWith(host)))?.[1];
}

/**
 * What the catalogue says of a model at a provider.
 * @param url of the provider; its host tells the vendor
 * @param model the vendor's own name for it, also with a date behind it or `models/` before it
 * @returns undefined when it is not listed there
 */
export function factsOf(url: string, model: string): CatalogFacts | undefined {
  const vendor = vendorOf(url);
  if (vendor === undefined) return undefined;
  const rows = ROWS[vendor];
  const names = spellings(model);
  const name = names.find((one) => (rows && Object.hasOwn(rows, one)) || Object.hasOwn(NEWER[vendor] ?? {}, one));
  if (name === undefined) return undefined;
  const row: Row = rows && Object.hasOwn(rows, name) ? rows[name]! : {};
  const { family, released, window, maxOutput } = row;
  const facts = {
    family,
    released,
    window,
    maxOutput,
    open: row.open ?? false,
    reasoning: row.reasoning ?? false,
    tools: row.tools ?? false,
  };
  const price = priceAt(vendor, name);
  return price ? { ...facts, price } : facts;
}

/** The list price of a model as one vendor spells it; undefined where none is listed. */
function priceAt(vendor: string, name: string): ListPrice | undefined {
  const rows = ROWS[vendor];
  const price = NEWER[vendor]?.[name] ?? (rows && Object.hasOwn(rows, name) ? priceOf(rows[name]!) : undefined);
  return price && withTiers(price, vendor, name);
}

/** A model that is for sale somewhere. */
export interface Listed {
  /** Who sells it, as the catalogue names vendors. */
  vendor: string;
  /** The vendor's name for it. */
  name: string;
  open: boolean;
  price: ListPrice;
}

/** All that has a list price. Reads the whole table: for what is kept, not for a request. */
export function allListed(): Listed[] {
  const vendors = new Set([...Object.keys(NEWER), ...Object.keys(ROWS)]);
  return [...vendors].flatMap((vendor) => {
    const names = new Set([...Object.keys(NEWER[vendor] ?? {}), ...Object.keys(ROWS[vendor] ?? {})]);
    return [...names].flatMap((name): Listed[] => {
      const price = priceAt(vendor, name);
      return price ? [{ vendor, name, open: ROWS[vendor]?.[name]?.open ?? false, price }] : [];
    });
  });
}

/** A model's name as tables may hold it. */
function spellings(model: string): string[] {
  const bare = model.replace(/^models\//, '');
  const regional = bare.replace(/^(?:us|eu|apac|global|jp|au)\./, '');
  const undated = bare.replace(/[-@](?:20\d{6}|20\d\d-\d\d-\d\d|latest)$/, '');
  return [...new Set([bare, regional, undated, bare.toLowerCase()])];
}

function priceOf(row: Row): ListPrice | undefined {
  const { input, output, cacheRead, cacheWrite } = row;
  if (input === undefined || output === undefined) return undefined;
  return { input, output, cacheRead, cacheWrite, source: table.snapshot, date: table.date };
}

function withTiers(price: ListPrice, vendor: string, model: string): ListPrice {
  const found = tierTable.tiers.filter(
    ({ providers, models }) => providers.includes(vendor) && models.some((pattern) => fits(pattern, model)),
  );
  if (found.length === 0) return price;
  return {
    ...price,
    tiers: found.map(({ above, input, output, cacheRead, cacheWrite }) => ({ above, input, output, cacheRead, cacheWrite })),
  };
}
