import { z } from 'zod';
import { MODES } from '../../policy/plan.ts';
import { moment, time, zone } from './fields.ts';
import { expectationView } from './models.ts';

const share = z.number().min(0).max(1);

export const routingQuery = z.object({
  from: time.optional(),
  to: time.optional(),
  /** Models shown; those that answered most come first. */
  models: z.coerce.number().pipe(z.int().min(1).max(60)).default(12),
});

const cell = expectationView.omit({ prior: true }).extend({
  model: z.string(),
  /** In the span; `share` is of this class of work. */
  exchanges: z.number(),
  share,
  cost_nanos: z.number(),
  unpriced: z.number(),
});

/** Who is expected to do what how well, and who did it. */
export const routingView = z.object({
  from: moment,
  to: moment,
  /** How a model is chosen where a name leaves the choice. */
  mode: z.enum(MODES),
  worth_usd: z.number(),
  second_usd: z.number(),
  rules: z.array(
    z.object({
      name: z.string(),
      /** All of it must hold; empty: it holds for everything that no rule before it took. */
      when: z.record(z.string(), z.unknown()),
      mode: z.enum(MODES).nullable(),
      /** In the order in which to try them, with their weights where chance decides. */
      models: z.array(z.object({ name: z.string(), weight: z.number().nullable() })),
    }),
  ),
  aliases: z.array(z.object({ name: z.string(), means: z.array(z.string()) })),
  /** Classes of work, the most frequent first; exchanges that were not classified are under an empty name. */
  tasks: z.array(z.object({ task: z.string(), exchanges: z.number(), share, cost_nanos: z.number(), unpriced: z.number() })),
  models: z.array(z.object({ address: z.string(), zone, exchanges: z.number(), share, cost_nanos: z.number() })),
  /** Served models that are not shown. */
  more: z.number(),
  cells: z.array(cell),
});

/** A question who would answer. */
export const tryRequest = z.strictObject({
  /** A request as a door takes it, or a text. */
  request: z.union([z.string().min(1), z.record(z.string(), z.unknown())]),
  /** The path at which it would come in. */
  door: z.string().optional(),
  /** The id of the key that would ask. */
  key: z.string().optional(),
  /** Headers that it would bring, e.g. x-freehold-mode. */
  headers: z.record(z.string().toLowerCase(), z.string()).default({}),
});

export type RoutingView = z.output<typeof routingView>;
export type RoutingCell = z.output<typeof cell>;
