import { z } from 'zod';
import { moment, zone } from './fields.ts';

/** An exchange as it goes on, without content. Each event of the feed holds all of it as it is then. */
export const liveEvent = z.strictObject({
  id: z.string(),
  at: moment,
  /** `waiting`: nothing of the answer has come yet. `answering`: content has begun. `ended`: it is over and stands in the store. */
  state: z.enum(['waiting', 'answering', 'ended']),
  key: z.string().nullable(),
  team: z.string().nullable(),
  client: z.string().nullable(),
  dialect: z.string(),
  task: z.string().nullable(),
  /** The model as the client named it. */
  asked: z.string(),
  stream: z.boolean(),
  /** Who answers, or is asked at the moment. */
  provider: z.string().nullable(),
  model: z.string().nullable(),
  zone: zone.nullable(),
  /** Targets asked so far. */
  attempts: z.number(),
  first_token_ms: z.number().nullable(),
  /** Since arrival; at its end, all of it. */
  total_ms: z.number(),
  /** Of the answer, so far, as the socket gave them. */
  bytes_in: z.number(),
  /** Of the answer; while it goes on, told from its bytes by what answers of this model have had before, null where there were none. */
  output_tokens: z.number().nullable(),
  /** Since content began. */
  tokens_per_second: z.number().nullable(),
  cost_nanos: z.number().nullable(),
  /** Null until it is over. */
  outcome: z.string().nullable(),
  outcome_class: z.enum(['ok', 'client', 'provider', 'policy', 'freehold', 'cancelled', 'interrupted']).nullable(),
  status: z.number().nullable(),
});

export type LiveExchange = z.output<typeof liveEvent>;
