import { z } from 'zod';
import { watchEventSchema, watchStateSchema } from '../../evals/watch/state.ts';

/** What "freehold watch" remembers, and what it has found out now. */
export const watchChange = z.strictObject({ state: watchStateSchema, events: z.array(watchEventSchema).max(100).default([]) });

export const watchView = z.object({
  /** Null until it has run once. */
  state: watchStateSchema.nullable(),
  /** What goes on here but for evaluation, which a trial must not delay. */
  busy: z.object({ others: z.int(), last_at: z.int().nullable() }),
});
export type WatchView = z.output<typeof watchView>;
