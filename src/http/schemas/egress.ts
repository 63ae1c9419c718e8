import { z } from 'zod';
import { ACTIONS } from '../../egress/policy.ts';
import { moment, time, zone } from './fields.ts';

/** A span; without a beginning all there is. */
export const egressQuery = z.object({ from: time.optional(), to: time.optional() });

const sums = z.object({
  name: z.string(),
  requests: z.number(),
  /** Refused or broken off. */
  failed: z.number(),
  /** No outcome is known. */
  open: z.number(),
  /** Of bodies, as the sockets took and gave them. */
  bytes_out: z.number(),
  bytes_in: z.number(),
  cost_nanos: z.number(),
  /** Of which nobody knows the price. */
  unpriced: z.number(),
  /** Finds that were replaced before they left. */
  replaced: z.number(),
});

const action = z.enum(ACTIONS).nullable();

export const egressView = z.object({
  from: moment.nullable(),
  to: moment.nullable(),
  /** What left in the span; null where no journal is kept. Of each list the most bytes first. */
  left: z
    .object({
      total: sums,
      destinations: z.array(sums),
      repositories: z.array(sums),
      keys: z.array(sums),
      /** Which rule let it go that far. */
      rules: z.array(sums),
    })
    .nullable(),
  journal: z
    .object({
      /** Ed25519, 32 bytes as base64url. */
      public_key: z.string(),
      fingerprint: z.string(),
      segments: z.number(),
      bytes: z.number(),
      /** Why it cannot be written now; then nothing leaves. */
      problems: z.array(z.string()),
    })
    .nullable(),
  ceilings: z.object({
    default: zone,
    rules: z.array(z.object({ rule: z.string(), conditions: z.record(z.string(), z.string()), zone })),
  }),
  detectors: z.object({
    on: z.boolean(),
    /** What happens to findings of a kind, or of a single rule, towards a zone; null: as its kind says. */
    actions: z.array(z.object({ rule: z.string(), own: action, leased: action, vendor: action })),
    /** Lists of words and expressions of the team's own, by name; never what is in them. */
    own: z.array(z.object({ name: z.string(), kind: z.enum(['words', 'pattern']), size: z.number() })),
  }),
});

const problem = z.object({ file: z.string(), line: z.number().nullable(), kind: z.string(), what: z.string() });

/** A check of the journals, under way or over. */
export const checkView = z.object({
  state: z.enum(['never', 'running', 'sound', 'broken', 'failed']),
  started_at: moment.nullable(),
  ended_at: moment.nullable(),
  /** Segments, and how many of them are checked. */
  files: z.number(),
  checked: z.number(),
  journals: z.array(
    z.object({
      stream: z.string(),
      public_key: z.string().nullable(),
      files: z.number(),
      lines: z.number(),
      checkpoints: z.number(),
      /** Behind the last signature; their MACs were checked. */
      unsigned: z.number(),
      problems: z.array(problem),
    }),
  ),
  /** Why there is no result. */
  reason: z.string().nullable(),
});

export type EgressView = z.output<typeof egressView>;
export type EgressSums = z.output<typeof sums>;
export type CheckView = z.output<typeof checkView>;
