import type { KeptAnswer } from '../protocol/memory.ts';

/**
 * Where answers are kept. Every owner has a world of its own: what belongs to another is not there. An answer's history lives as long as
 * the answer, also when earlier answers of it were removed or have expired.
 */
export interface AnswerStore {
  /** False where nothing is kept at all, so that no client is told otherwise. */
  readonly keeps: boolean;
  /** Keeps an answer. One that continues an answer which is gone by now is not kept: its history would have a hole. */
  put(owner: string, answer: KeptAnswer): Promise<void>;
  /** The answer and all it continues, oldest first; undefined when the id is unknown, expired or another owner's. */
  chain(owner: string, id: string): Promise<KeptAnswer[] | undefined>;
  /** The answer that holds an item of this id. */
  holding(owner: string, itemId: string): Promise<KeptAnswer | undefined>;
  /** False when there was none. */
  remove(owner: string, id: string): Promise<boolean>;
}

/** How much is kept and for how long. */
export interface Limits {
  /** Milliseconds; 0 keeps nothing. */
  keep: number;
  /** Answers, with those that only serve as history. */
  answers: number;
  /** UTF-8 bytes of their texts. */
  bytes: number;
}
