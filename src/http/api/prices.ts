import type { Candidate } from '../../exchange/ports.ts';
import type { PriceView } from '../contract.ts';

/** What a target costs and who says so. */
export function priceView({ provider, zone, pricing, target }: Pick<Candidate, 'provider' | 'zone' | 'pricing' | 'target'>): PriceView {
  const price = pricing.kind === 'tokens' ? pricing.price : null;
  return {
    address: `${provider}/${target.model}`,
    zone,
    kind: pricing.kind,
    price: price && { ...price, tiers: price.tiers && [...price.tiers] },
    window: target.window ?? null,
    max_output: target.maxOutput ?? null,
  };
}
