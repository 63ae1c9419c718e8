import { costOf, NANOS } from '../catalog/price.ts';
import type { Passage } from './passage.ts';
import type { ExchangeRecord } from './record.ts';

const NONE: readonly string[] = [];
const UNPRICED = ['x-freehold-cost', 'unpriced'];

/**
 * What an answer cost in US dollars, as far as that is known before its head goes out: of whole answers by tokens, and that a price is
 * missing. A stream's cost stands in the record.
 */
export function costHeaders(passage: Passage | undefined, { outcome, stream }: ExchangeRecord): readonly string[] {
  if (!passage || outcome !== 'ok') return NONE;
  const { candidate, usage } = passage;
  const { pricing } = candidate;
  if (pricing.kind === 'unpriced') return UNPRICED;
  if (pricing.kind === 'time' || stream || usage?.input === undefined || usage.output === undefined) return NONE;
  return ['x-freehold-cost', decimal(costOf(usage, pricing.price))];
}

/** Nano-dollars as dollars, without a number's exponent. */
function decimal(nanos: number): string {
  return (nanos / NANOS).toFixed(9).replace(/\.?0+$/, '');
}
