import { z } from 'zod';

/** What boxes of one's own cost against APIs. Money in US dollars, tokens a month, shares of 1. */

const atLoad = z.object({
  load: z.number(),
  tokens_month: z.number(),
  cost_month_usd: z.number(),
  usd_per_million: z.number().nullable(),
});

export const tcoView = z.object({
  from: z.number(),
  to: z.number(),
  generated_at: z.number(),
  /** Whose work: all that was answered, or what own models answered. */
  scope: z.enum(['all', 'own']),
  /** The model that was measured, and when; null where rates were given. */
  model: z.string().nullable(),
  measured_at: z.number().nullable(),
  rates: z.object({ prefill: z.number(), decode: z.number() }),
  latency: z.object({
    /** As measured on the box: alone, and with most at the same time. */
    box: z.array(z.object({ parallel: z.number(), first_token_ms: z.number(), each_per_second: z.number() })),
    /** As the team's traffic had it from vendors. */
    vendors: z.array(z.object({ name: z.string(), first_token_ms: z.number(), answers: z.number() })),
  }),
  load: z.object({
    /** Hours that were looked at. */
    hours: z.number(),
    tokens_month: z.number(),
    fresh_month: z.number(),
    cached_month: z.number(),
    output_month: z.number(),
    /** What the work would take of the boxes; above 1 they are too few. */
    wanted: z.number(),
    /** What they could do of it, hour by hour. */
    utilisation: z.number(),
    /** Of the fullest hour. */
    peak: z.number(),
    /** Share of the hours in which they are full. */
    full_hours: z.number(),
    /** Hours of the day, UTC. */
    by_hour: z.array(z.number()),
  }),
  month: z.object({
    box_usd: z.number(),
    staff_usd: z.number(),
    other_usd: z.number(),
    power_usd: z.number(),
    month_usd: z.number(),
    cost_usd: z.number(),
  }),
  today: atLoad,
  loads: z.array(atLoad),
  alternatives: z.array(
    z.object({
      /** `same`: the same open model at an API; `frontier`: another, which answered or is named. */
      role: z.enum(['same', 'frontier']),
      model: z.string(),
      seller: z.string(),
      source: z.string(),
      date: z.string(),
      cost_month_usd: z.number(),
      usd_per_million: z.number().nullable(),
      own_month_usd: z.number(),
      pays: z.boolean(),
      break_even_tokens_month: z.number().nullable(),
      break_even_load: z.number().nullable(),
      break_even_months: z.number().nullable(),
    }),
  ),
  /** What was paid in the span, scaled to a month. */
  paid_month_usd: z.number(),
  hardware: z.record(z.string(), z.number()),
  /** Settings that nobody gave and that stand in by default. */
  assumed: z.array(z.string()),
  notes: z.array(z.string()),
  verdict: z.string(),
});

export type TcoView = z.output<typeof tcoView>;
