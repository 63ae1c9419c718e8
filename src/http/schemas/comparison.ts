import { z } from 'zod';
import { certificateSchema, standingSchema } from '../../evals/evidence.ts';
import { TASKS } from '../../tasks/task.ts';
import { moment } from './fields.ts';
import { modelView } from './models.ts';

const list = z.string().transform((text) => text.split(',').map((part) => part.trim()));

/** One model in the place of another: what would be otherwise. Names are addresses, or mean one model. */
export const comparisonQuery = z.object({
  from: z.string().trim().min(1).max(300),
  to: z.string().trim().min(1).max(300),
  tasks: list.pipe(z.array(z.enum(TASKS)).min(1)).optional(),
  /** Days of traffic that are looked at. */
  days: z.coerce.number().pipe(z.number().positive().max(366)).default(30),
});

const quantiles = z.object({ count: z.int(), p50: z.number(), p95: z.number() });
const share = z.number().min(0).max(1);

const side = z.object({
  model: modelView,
  /** Milliseconds, over the span, of exchanges that it answered; null where none did. */
  latency: z.object({ first_token: quantiles.nullable(), total: quantiles.nullable() }),
  /** What clients may ask for and it does not get, with the reason. */
  lost: z.array(z.object({ feature: z.string(), action: z.enum(['dropped', 'changed', 'refused']), why: z.string() })),
});

export const comparisonView = z.object({
  from: side,
  to: side,
  /** Classes that it is about: those asked for, else those that `from` answered in the span, most exchanges first. */
  tasks: z.array(z.enum(TASKS)),
  span: z.object({ from: moment, to: moment }),
  /** What `from` did for these classes in the span; null where nothing is kept. */
  traffic: z
    .object({
      exchanges: z.int(),
      input_tokens: z.int(),
      cache_read_tokens: z.int(),
      output_tokens: z.int(),
      cost_nanos: z.int(),
      unpriced: z.int(),
      /** Exchanges whose work was not told apart, because they named the model; they are in the other figures only where no class was asked for. */
      unclassified: z.int(),
      /** The same tokens at the price of `to`; null where nobody knows it. Hardware that costs the same whether it answers or not counts 0. */
      cost_at_to_nanos: z.int().nullable(),
    })
    .nullable(),
  /** Where `to` is own or rented hardware: how busy the busiest hour of the last three days would make it. */
  queue: z
    .object({
      hour: moment,
      exchanges: z.int(),
      output_tokens: z.int(),
      /** Measured, of one answer; null where nobody was answered by it lately. */
      tokens_per_second: z.number().nullable(),
      at_once: z.int(),
      /** Share of the time; above 1 it cannot keep up. */
      utilisation: z.number().nullable(),
    })
    .nullable(),
  evidence: z.array(
    z.object({
      task: z.enum(TASKS),
      /** Expected success of both. */
      from_mean: share,
      to_mean: share,
      /** What is proven of `to`, and against whom. */
      certificate: z
        .object({
          id: z.string(),
          outcome: certificateSchema.shape.outcome,
          reference: z.string(),
          margin: certificateSchema.shape.margin,
          /** Of the weights that were tried, where that is known. */
          version: z.string().nullable(),
          at: moment,
        })
        .nullable(),
      /** What is known without proof. */
      standing: standingSchema.nullable(),
    }),
  ),
});
export type ComparisonView = z.output<typeof comparisonView>;
