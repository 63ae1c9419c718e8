/** One supplier and what it has of the whole. */
export interface Supplier {
  name: string;
  amount: number;
  /** 0 to 1. */
  share: number;
}

export interface Concentration {
  /** The largest first. */
  suppliers: Supplier[];
  /** Herfindahl-Hirschman index: the sum of squared shares, 1 for a monopoly. Null where there is nothing. */
  hhi: number | null;
  /** As many equal suppliers would be as concentrated: 1 / HHI. */
  effective: number | null;
}

/** How much hangs on how few. Pure. @param amounts by supplier, none below 0 */
export function concentrationOf(amounts: ReadonlyMap<string, number>): Concentration {
  const whole = [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
  if (whole <= 0) return { suppliers: [], hhi: null, effective: null };
  const suppliers = [...amounts]
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => ({ name, amount, share: amount / whole }))
    .sort((a, b) => b.amount - a.amount || (a.name < b.name ? -1 : 1));
  const hhi = suppliers.reduce((sum, { share }) => sum + share ** 2, 0);
  return { suppliers, hhi, effective: 1 / hhi };
}
