import { z } from 'zod';
import { hardwareQuery } from '../../catalog/hardware.ts';
import { time } from './fields.ts';

export type { Block, Document, DocumentView } from '../../reports/document.ts';
export * from '../../reports/schema.ts';

export const reportQuery = z.object({
  /** By default the last 30 days. Reports are of whole days, UTC. */
  from: time.optional(),
  to: time.optional(),
  /** Whether tasks are counted; by default where the span holds not too many exchanges. */
  tasks: z.stringbool().optional(),
});

export * from '../../reports/tco-schema.ts';

const rate = z.coerce.number().pipe(z.number().positive());

export const tcoQuery = z.object({
  ...hardwareQuery.shape,
  /** By default the last 14 days, from the first hour with traffic on. */
  from: time.optional(),
  to: time.optional(),
  /** All that was answered, or what own models answered. */
  scope: z.enum(['all', 'own']).default('all'),
  /** Whose measurement counts: `provider/model`; by default the newest. */
  model: z.string().optional(),
  /** Tokens a second, in place of what was measured. */
  prefill: rate.optional(),
  decode: rate.optional(),
  /** Compare with this model. */
  against: z.string().optional(),
});
