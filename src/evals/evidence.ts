import { z } from 'zod';
import { TASKS } from '../tasks/task.ts';

/** What evaluation keeps and others read: verdicts that stand, and certificates that prove them. */

const share = z.number().min(0).max(1);

/** A model as it was tried: an address may come to mean other weights. */
const tried = z.object({
  /** `provider/model`. */
  address: z.string().min(1),
  /** What tells its weights from others of that name, where that is known: a digest, a date, a quantisation. */
  version: z.string().optional(),
});

/** On which cases two models were compared. */
const basis = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('suite'), name: z.string(), version: z.string(), hash: z.string() }),
  /** Requests of the team's own traffic that both answered. */
  z.object({ kind: z.literal('traffic'), from: z.int(), to: z.int() }),
]);

const margin = z.union([z.object({ keep: share }), z.object({ lose: share })]);

/** What a comparison on one class of work came to. Scores from 0 to 1. */
export const certificateSchema = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-z-]{8,64}$/),
  task: z.enum(TASKS),
  candidate: tried,
  reference: tried,
  basis,
  outcome: z.enum(['good enough', 'not good enough']),
  /** What was still good enough, set before the first pair. */
  margin,
  /** Chance of a wrong certificate, over all candidates that were tried together. */
  alpha: share,
  candidates: z.int().positive(),
  pairs: z.int().positive(),
  candidate_score: share,
  reference_score: share,
  /** The candidate's score with 95 % credibility. */
  interval: z.tuple([share, share]),
  /** Evidence for the outcome; 1/α is proof for a single candidate. */
  e: z.number().nonnegative(),
  /** How many of the grades came from running something, and how many were an opinion. */
  executed: z.int().nonnegative(),
  judged: z.int().nonnegative(),
  /** The model whose opinion it was. */
  judge: z.string().optional(),
  /** The run whose results these are, where there was one. */
  run: z.string().optional(),
  /** Unix milliseconds. */
  at: z.int().nonnegative(),
  /** Version of Freehold. */
  freehold: z.string(),
});
export type Certificate = z.output<typeof certificateSchema>;

/** A certificate and who vouches for it. */
export const signedSchema = z.object({
  certificate: certificateSchema,
  /** Ed25519 public key: 32 bytes as base64url. */
  key: z.string(),
  /** Over the certificate's canonical JSON (RFC 8785), as base64url. */
  signature: z.string(),
});
export type Signed = z.output<typeof signedSchema>;

/** A certificate as it is kept. */
export const keptSchema = signedSchema.extend({
  /** From when on it no longer counts, and why: the model has fallen, its weights changed, a person took it back. Unix milliseconds. */
  withdrawn: z.object({ at: z.int(), why: z.string(), by: z.string() }).optional(),
});
export type Kept = z.output<typeof keptSchema>;

/** What is known of one model at one class of work before there is proof: for people, and for what to try next. */
export const standingSchema = z.object({
  task: z.enum(TASKS),
  candidate: tried,
  reference: tried,
  basis,
  outcome: z.enum(['good enough', 'not good enough', 'undecided', 'not decidable with this budget']),
  reason: z.string(),
  margin,
  pairs: z.int().nonnegative(),
  candidate_score: share,
  reference_score: share,
  e: z.number().nonnegative(),
  against: z.number().nonnegative(),
  /** About how many more pairs until there are even odds for an outcome. */
  more: z.int().optional(),
  at: z.int(),
});
export type Standing = z.output<typeof standingSchema>;
