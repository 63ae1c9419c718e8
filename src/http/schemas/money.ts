import { z } from 'zod';
import { PERIODS } from '../../policy/period.ts';
import { limited, moment, zone } from './fields.ts';

export const budgetsQuery = z.object({ account: z.string().optional(), after: z.string().optional(), limit: limited });

export const budgetView = z.object({
  /** `key:ID`, `team:NAME`, `project:NAME`, `model:PATTERN`, `zone:NAME` or `total`. */
  account: z.string(),
  period: z.enum(PERIODS),
  on_breach: z.enum(['block', 'alert', 'own']),
  limit_nanos: z.number(),
  /** By all nodes. */
  spent_nanos: z.number(),
  /** Set aside on this node for what is under way. */
  reserved_nanos: z.number(),
  /** Held by all nodes for what is under way or will be; what is reserved is part of it. */
  leased_nanos: z.number(),
  resets_at: moment.nullable(),
});
export const budgetList = z.object({ budgets: z.array(budgetView), next: z.string().nullable() });

const rates = z.object({
  input: z.number(),
  output: z.number(),
  cacheRead: z.number().optional(),
  cacheWrite: z.number().optional(),
  cacheWrite1h: z.number().optional(),
  reasoning: z.number().optional(),
});

export const priceView = z.object({
  /** `provider/model`. */
  address: z.string(),
  zone,
  /** `tokens`; `time`: hardware that costs the same whether it answers or not; `unpriced`: nobody knows, which is never taken for free. */
  kind: z.enum(['tokens', 'time', 'unpriced']),
  /** US dollars per million tokens. */
  price: rates
    .extend({
      image: z.number().optional(),
      tiers: z.array(rates.extend({ above: z.number() })).optional(),
      source: z.string(),
      date: z.string(),
    })
    .nullable(),
  window: z.number().nullable(),
  max_output: z.number().nullable(),
});
export const priceList = z.object({ prices: z.array(priceView) });

export type BudgetView = z.output<typeof budgetView>;
export type BudgetList = z.output<typeof budgetList>;
export type PriceView = z.output<typeof priceView>;
