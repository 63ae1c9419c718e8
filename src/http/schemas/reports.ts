import { z } from 'zod';
import { time } from './fields.ts';

export * from '../../reports/schema.ts';

export const reportQuery = z.object({
  /** By default the last 30 days. Reports are of whole days, UTC. */
  from: time.optional(),
  to: time.optional(),
  /** Whether tasks are counted; by default where the span holds not too many exchanges. */
  tasks: z.stringbool().optional(),
});
