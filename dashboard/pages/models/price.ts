import type { ModelView } from '../../../src/http/contract.ts';

const DOLLARS = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 });

/** Dollars per million tokens, read and written: 3 / 15. Hardware costs the same whether it answers or not. */
export function price({ price: { kind, price: of } }: Pick<ModelView, 'price'>): string {
  if (kind === 'time') return 'hardware';
  return of ? `${DOLLARS.format(of.input)} / ${DOLLARS.format(of.output)}` : 'unknown';
}
