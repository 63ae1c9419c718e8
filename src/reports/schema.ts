import { z } from 'zod';
import { HOLDS, MEASURES } from './slices.ts';

/** What reports hold. Times are Unix milliseconds, money whole nano-dollars (1e-9 US dollars), shares 0 to 1, absent values null. */

const moment = z.number();
const count = z.number();
const share = z.number();
const amounts = z.record(z.enum(MEASURES), count);
/** Null where there is nothing to take a share of, or where it is not known. */
const shares = z.record(z.enum(MEASURES), share.nullable());

const span = {
  /** Whole days, UTC. */
  from: moment,
  to: moment,
  generated_at: moment,
};

const supplier = z.object({ name: z.string(), amount: count, share });
const concentration = z.object({ suppliers: z.array(supplier), hhi: share.nullable(), effective: z.number().nullable() });

const STANDINGS = ['served', 'leased', 'proven', 'none', 'unexamined'] as const;

/** What is proven of a model at a class of work. */
const proof = z.object({
  candidate: z.string(),
  reference: z.string(),
  /** `undecided`: the cases so far prove neither. */
  outcome: z.enum(['good enough', 'not good enough', 'undecided']),
  candidate_score: share,
  reference_score: share,
  at: moment,
  /** About how many more cases until there are even odds for an outcome; null where that is not known. */
  more: count.nullable(),
});

const group = z.object({
  /** The class of work or the team; empty where nobody said. */
  name: z.string(),
  all: amounts,
  own: amounts,
  shares,
  /**
   * By who could answer: `served` by own models today; `leased` on rented hardware; `proven` replaceable; `none`: own models were tried and
   * are not good enough; `unexamined`: nothing is decided.
   */
  standings: z.record(z.enum(STANDINGS), amounts),
  /** What was paid. */
  cost_nanos: count,
});

const step = z.object({
  task: z.string(),
  /** Who answers now. */
  from: z.string(),
  /** Who could; null where no model of one's own is known. */
  to: z.string().nullable(),
  standing: z.enum(STANDINGS),
  /** Paid to the vendor in the span. */
  cost_nanos: count,
  amounts,
  /** What to do, as a command line. */
  command: z.string(),
  why: z.string(),
});

export const forecastView = z.object({
  state: z.enum(['reached', 'ahead', 'not-on-the-way', 'unknown']),
  reason: z.string(),
  at: moment.nullable(),
  from: moment.nullable(),
  to: moment.nullable(),
  now: share.nullable(),
  per_month: z.number().nullable(),
});

/** How much of the work models of one's own do. */
export const independenceView = z.object({
  ...span,
  /** The share that is aimed at. */
  target: share,
  /** Everything that was asked, answered or not: as the ledger has it. */
  total: z.object({ exchanges: count, tokens: count, cost_nanos: count, unpriced: count, baseline_nanos: count, baselined: count }),
  /** Of the total: what Freehold asked itself to try models, evaluations and shadows; no share counts it. */
  trials: z.object({ exchanges: count, tokens: count, cost_nanos: count }),
  answered: amounts,
  /** Requests that ended without an answer; no share counts them. */
  not_answered: z.object({ exchanges: count, tokens: count, cost_nanos: count }),
  holds: z.record(z.enum(HOLDS), amounts),
  shares,
  /** Tasks that own models did from beginning to end, of all tasks. */
  undivided: share.nullable(),
  standings: z.record(z.enum(STANDINGS), amounts),
  classes: z.array(group.extend({ proofs: z.array(proof) })),
  teams: z.array(group),
  /** Of what went to vendors, by provider. */
  concentration: z.object({ money: concentration, tokens: concentration }),
  /** Own and all work by the forecast's measure, of each day with any: of the span, and half a year back. */
  days: z.array(z.object({ at: moment, own: count, whole: count })),
  forecast: forecastView.extend({ measure: z.enum(MEASURES), assumptions: z.array(z.string()) }),
  /** Where a figure looks better than it is. */
  warnings: z.array(z.string()),
  /** What brings the most, the best first. */
  next: z.array(step),
});

const saving = z.object({
  name: z.string(),
  exchanges: count,
  cost_nanos: count,
  unpriced: count,
  /** Exchanges with both figures, and what these cost. */
  baselined: count,
  compared_nanos: count,
  baseline_nanos: count,
  /** Baseline less cost, of those. Below 0 where more was paid. */
  saved_nanos: z.number(),
  /** Of the cost: attempts that gave no answer. */
  wasted_nanos: count,
  /** Exchanges that went to a better model because the one before did not do, and what of the cost is theirs. */
  escalated: count,
  escalated_nanos: count,
});

/** What was paid, what would have been, and elsewhere. */
export const savingsView = z.object({
  ...span,
  total: saving,
  /** Of the baseline; null where there is none. */
  saved_share: z.number().nullable(),
  /** Exchanges whose asked model has no known price, or whose tokens nobody counted. */
  unbaselined: count,
  not_answered: z.object({ exchanges: count, cost_nanos: count }),
  /** Of the total: what Freehold asked itself to try models; nothing is compared with it. */
  trials: z.object({ exchanges: count, cost_nanos: count }),
  by: z.object({ zone: z.array(saving), model: z.array(saving), task: z.array(saving), team: z.array(saving) }),
  /** The same tokens at other models' list prices, the dearest first. */
  elsewhere: z.array(
    z.object({
      model: z.string(),
      /** Who sells it. */
      seller: z.string(),
      open: z.boolean(),
      nanos: count,
      /** With as much from prompt caches as vendors gave in this span; null where that is not known. */
      cached_nanos: count.nullable(),
      source: z.string(),
      date: z.string(),
    }),
  ),
  notes: z.array(z.string()),
});

export type IndependenceView = z.output<typeof independenceView>;
export type SavingsView = z.output<typeof savingsView>;
export type Standing = (typeof STANDINGS)[number];
export type Proof = z.output<typeof proof>;

export type StepView = z.output<typeof step>;
