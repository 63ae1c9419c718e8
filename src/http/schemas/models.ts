import { z } from 'zod';
import { TASKS } from '../../tasks/task.ts';
import { moment, time, zone } from './fields.ts';
import { priceView } from './money.ts';

/** The span over which use is counted; the last seven days when left out. */
export const spanQuery = z.object({ from: time.optional(), to: time.optional() });

const share = z.number().min(0).max(1);

/** What is proven of a model at a class of work. Scores from 0 to 1. */
export const verdictView = z.object({
  task: z.enum(TASKS),
  outcome: z.enum(['good enough', 'not good enough']),
  /** Of the certificate. */
  id: z.string(),
  reference: z.string(),
  candidate_score: share,
  reference_score: share,
  /** The candidate's score with 95 % credibility. */
  interval: z.tuple([share, share]),
  at: moment,
});

/** What is expected of a model at a class of work: a belief, with the interval in which its success lies with 95 % credibility. */
export const expectationView = z.object({
  task: z.enum(TASKS),
  mean: share,
  low: share,
  high: share,
  /** Observations that the belief is worth. */
  weight: z.number(),
  /** What public tables say of it, and on what ground. */
  prior: z.object({ mean: share, weight: z.number(), ground: z.enum(['model', 'family', 'traits', 'nothing']), source: z.string() }),
  /** What was seen here, as it weighs now; null while nothing was. */
  seen: z.object({ good: z.number(), bad: z.number() }).nullable(),
  verdict: verdictView.nullable(),
});

const known = z.boolean().nullable();

export const modelView = z.object({
  /** `provider/model`. */
  address: z.string(),
  provider: z.string(),
  model: z.string(),
  zone,
  /** What its provider speaks. */
  dialect: z.string(),
  /** Named in the configuration, or found by asking. */
  listed: z.enum(['config', 'discovered']),
  /** Its provider answered when it was last asked; why not, or what was odd. */
  healthy: z.boolean(),
  reason: z.string().nullable(),
  /** Of its breaker: closed lets requests through. */
  breaker: z.enum(['closed', 'open', 'probing']),
  /** In memory now; null where its server does not tell. */
  loaded: known,
  /** Of an engine of our own. */
  engine: z
    .object({
      state: z.enum(['loading', 'ready', 'failed', 'stopped']),
      progress: share.nullable(),
      reason: z.string().nullable(),
      weights: z.string(),
    })
    .nullable(),
  abilities: z.object({ tools: known, vision: known, reasoning: known, embeddings: known }),
  /** Its weights can be downloaded. */
  open: known,
  released: z.string().nullable(),
  licence: z
    .object({
      name: z.string(),
      /** A company may run it itself; null: that depends on its terms. */
      self_hosting: known,
      /** Why it is not chosen here. */
      barred: z.string().nullable(),
    })
    .nullable(),
  price: priceView,
  /** Measured here, of late; null where too little is known. */
  speed: z
    .object({
      first_ms: z.number(),
      tokens_per_second: z.number().nullable(),
      answers: z.number(),
    })
    .nullable(),
  /** Until the first content of an answer: of streams of late, else in the span; null where too little is known. Milliseconds. */
  first_token: z.object({ p50: z.number(), p95: z.number() }).nullable(),
  /** In the span; null where nothing is kept. */
  use: z
    .object({
      exchanges: z.number(),
      /** Of all exchanges of the span. */
      share,
      input_tokens: z.number(),
      output_tokens: z.number(),
      cost_nanos: z.number(),
      unpriced: z.number(),
    })
    .nullable(),
  verdicts: z.array(verdictView),
});

const providerView = z.object({
  name: z.string(),
  zone,
  healthy: z.boolean(),
  reason: z.string().nullable(),
  models: z.number(),
  /** How long its last list of models took, in milliseconds. */
  latency_ms: z.number().nullable(),
});

export const modelList = z.object({ from: moment, to: moment, models: z.array(modelView), providers: z.array(providerView) });

/** One model, with what is expected of it at every class of work. */
export const modelDetail = modelView.extend({ expectations: z.array(expectationView) });

export type VerdictView = z.output<typeof verdictView>;
export type ExpectationView = z.output<typeof expectationView>;
export type ModelView = z.output<typeof modelView>;
export type ModelList = z.output<typeof modelList>;
export type ModelDetail = z.output<typeof modelDetail>;
