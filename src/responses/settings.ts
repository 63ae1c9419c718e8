import { z } from 'zod';
import type { Limits } from './ports.ts';

const HOUR = 3_600_000;
const MIB = 1024 * 1024;

/** The section `responses` of the configuration. */
export const responsesSchema = z
  .strictObject({
    keep_hours: z.number().nonnegative().max(8760).default(24).meta({
      description:
        'How long an answer of /v1/responses can be continued and read by its id, unless the client said store: false. 0 keeps none.',
    }),
    max_count: z
      .int()
      .positive()
      .default(10_000)
      .meta({ description: 'How many answers are kept; the oldest of the busiest key go first.' }),
    max_mib: z.number().positive().max(65_536).default(256).meta({ description: 'How much memory kept answers may take, in MiB.' }),
  })
  .transform(({ keep_hours, max_count, max_mib }): Limits => ({ keep: keep_hours * HOUR, answers: max_count, bytes: max_mib * MIB }));
