import { z } from 'zod';
import { limited, time, zone } from './fields.ts';

export const contentsQuery = z.object({
  task: z.string().optional(),
  repository: z.string().optional(),
  from: time.optional(),
  to: time.optional(),
  cursor: z.string().optional(),
  limit: limited,
});

/** An exchange of which the content was kept: the columns of its row, and what went over the wire between client and gateway. */
export const contentView = z.looseObject({
  id: z.string(),
  content: z.object({ request: z.string(), answer: z.string() }),
  /** Whose words the answer is; several where one broke off and another went on. */
  authors: z.array(z.object({ provider: z.string(), model: z.string(), zone })),
});

/** `read` exchanges were looked at; those without content are not among `contents`. */
export const contentList = z.object({ contents: z.array(contentView), read: z.int(), next: z.string().nullable() });
