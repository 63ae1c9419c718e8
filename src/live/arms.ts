import { z } from 'zod';

/** What was seen of one of the two models of a swap. */
const armSchema = z.object({
  conversations: z.int(),
  exchanges: z.int(),
  failed: z.int(),
  /** Sum of the base-2 logarithms of the milliseconds until the first content, and of how many exchanges. */
  log_ms: z.number(),
  timed: z.int(),
  /** Nano-dollars, and of how many exchanges; with the sum of the base-2 logarithms. */
  cost_nanos: z.number(),
  log_cost: z.number(),
  priced: z.int(),
  /** Words on its answers, asked or not, and how bad they were together: 0 each (good) to 1 (bad). */
  words: z.int(),
  bad: z.number(),
});
export type ArmState = z.output<typeof armSchema>;

export const armsSchema = z.object({
  version: z.literal(1),
  /** Since when this is counted: the time at which the swap came into force. Unix milliseconds. */
  since: z.int(),
  /** Exchanges with the new model since the swap stands where it stands, and since when that is. */
  step_at: z.int(),
  step_exchanges: z.int(),
  old: armSchema,
  new: armSchema,
  detector: z.object({
    seen: z.int(),
    evidence: z.record(z.string(), z.array(z.number())),
    alarm: z.object({ at: z.int(), signal: z.string(), e: z.number() }).optional(),
  }),
});
export type ArmsState = z.output<typeof armsSchema>;

/** Exchanges that are told of when something is wrong. */
const LATELY = 20;

/** Conversations that are told apart. */
const MOST = 20_000;

/** What one exchange showed. */
export interface Seen {
  /** The conversation's hash, where there is one. */
  session: string | undefined;
  failed: boolean;
  /** Until its first content; of an answer that is not streamed, until its end. Absent where that says nothing. */
  ms: number | undefined;
  /** Absent where no price is known. */
  costNanos: number | undefined;
}

/** One of the two models of a swap, counted. */
export class Arm {
  readonly state: ArmState;
  readonly #sessions = new Set<string>();
  readonly #measured = new Set<string>();
  readonly #last: Seen[] = [];

  constructor(state: ArmState = emptyArm()) {
    this.state = state;
  }

  add({ session, failed, ms, costNanos }: Seen): void {
    const { state } = this;
    this.#last.push({ session, failed, ms, costNanos });
    if (this.#last.length > LATELY) this.#last.shift();
    count(state, { failed, ms, costNanos });
    if (session === undefined) state.conversations++;
    else if (!this.#sessions.has(session)) {
      state.conversations++;
      if (this.#sessions.size < MOST) this.#sessions.add(session);
    }
  }

  /** The same of its last exchanges alone, which show what changed; words as a whole, because they are few. */
  lately(): ArmState {
    const state = { ...emptyArm(), words: this.state.words, bad: this.state.bad };
    for (const seen of this.#last) count(state, seen);
    return state;
  }

  /**
   * Whether an exchange's time and cost may be compared: those of one conversation are alike, and a swap is drawn by conversation, so each
   * counts once. Failures count every time.
   */
  measures({ session, ms, costNanos }: Seen): boolean {
    if (ms === undefined && costNanos === undefined) return false;
    if (session === undefined) return true;
    if (this.#measured.has(session)) return false;
    if (this.#measured.size < MOST) this.#measured.add(session);
    return true;
  }

  /** @param bad 0 (good) to 1 */
  hear(bad: number): void {
    this.state.words++;
    this.state.bad += bad;
  }
}

function count(state: ArmState, { failed, ms, costNanos }: Omit<Seen, 'session'>): void {
  state.exchanges++;
  if (failed) state.failed++;
  if (ms !== undefined) {
    state.timed++;
    state.log_ms += logMs(ms);
  }
  if (costNanos !== undefined) {
    state.priced++;
    state.cost_nanos += costNanos;
    state.log_cost += logCost(costNanos);
  }
}

export function emptyArm(): ArmState {
  return { conversations: 0, exchanges: 0, failed: 0, log_ms: 0, timed: 0, cost_nanos: 0, log_cost: 0, priced: 0, words: 0, bad: 0 };
}

/** Both together, e.g. of two nodes. */
export function addArms(a: ArmState, b: ArmState): ArmState {
  const sum = { ...a };
  for (const key of Object.keys(a) as (keyof ArmState)[]) sum[key] = a[key] + b[key];
  return sum;
}

/** Ratios are what matters of times and prices: a doubling is 1. What is shorter than a millisecond or costs less than a millionth of a dollar is taken for that. */
export const logMs = (ms: number): number => Math.log2(Math.max(1, ms));
export const logCost = (nanos: number): number => Math.log2(Math.max(1000, nanos));
