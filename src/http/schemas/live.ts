import type { Zone } from '../../protocol/zone.ts';
import type { OutcomeClass } from '../../store/ports.ts';

/** An exchange as it goes on, without content. Each event of the feed holds all of it as it is then. */
export interface LiveExchange {
  id: string;
  at: number;
  /** `waiting`: nothing of the answer has come yet. `answering`: content has begun. `ended`: it is over and stands in the store. */
  state: 'waiting' | 'answering' | 'ended';
  key: string | null;
  team: string | null;
  client: string | null;
  dialect: string;
  task: string | null;
  /** The model as the client named it. */
  asked: string;
  stream: boolean;
  /** Who answers, or is asked at the moment. */
  provider: string | null;
  model: string | null;
  zone: Zone | null;
  /** Targets asked so far. */
  attempts: number;
  first_token_ms: number | null;
  /** Since arrival; at its end, all of it. */
  total_ms: number;
  /** Of the answer, so far, as the socket gave them. */
  bytes_in: number;
  /** Of the answer; while it goes on, told from its bytes by what answers of this model have had before, null where there were none. */
  output_tokens: number | null;
  /** Since content began. */
  tokens_per_second: number | null;
  cost_nanos: number | null;
  /** Null until it is over. */
  outcome: string | null;
  outcome_class: OutcomeClass | null;
  status: number | null;
}
