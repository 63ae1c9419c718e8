import type { Zone } from '../protocol/zone.ts';
import type { ListPrice } from './price.ts';

/**
 * How a target is paid for: by tokens at a price; by time, because the hardware is held or rented and costs the same whether it answers
 * or not; or nobody knows, which is never taken for free.
 */
export type Pricing = { kind: 'tokens'; price: ListPrice } | { kind: 'time' } | { kind: 'unpriced' };

/** What the configuration says of a model's price. */
export type ConfiguredPrice = Omit<ListPrice, 'source' | 'date'>;

/**
 * The configuration's own price comes first, then hardware of our own or rented, then the public table.
 * @param listed the public table's price, where it has one
 */
export function pricingOf(zone: Zone, listed: ListPrice | undefined, configured: ConfiguredPrice | undefined): Pricing {
  if (configured) return { kind: 'tokens', price: { ...configured, source: 'the configuration', date: '' } };
  if (zone !== 'vendor') return { kind: 'time' };
  return listed ? { kind: 'tokens', price: listed } : { kind: 'unpriced' };
}
