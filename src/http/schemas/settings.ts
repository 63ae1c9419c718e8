import { z } from 'zod';
import { moment } from './fields.ts';

const text = z.string().nullable();

/** How the gateway is set up and how it stands. Secrets are never in it. */
export const settingsView = z.object({
  /** Models and people do not exist: a demonstration. */
  simulated: z.boolean(),
  versions: z.object({ freehold: z.string(), node: z.string(), platform: z.string() }),
  started_at: moment,
  node: text,
  config: z.object({
    /** Absolute path of the file; null where there is none. */
    file: text,
    /** When it was last taken; null where a program handed it in. */
    taken_at: moment.nullable(),
    /** A later version of the file that was not taken, and what is wrong with it. */
    refused: z
      .object({
        at: moment,
        problems: z.array(
          z.object({ path: z.string(), message: z.string(), source: text, line: z.number().nullable(), column: z.number().nullable() }),
        ),
      })
      .nullable(),
    /** Variables and options that had a say. */
    overrides: z.array(z.string()),
    /** What was found on this machine, where nothing is configured. */
    found: z.array(z.string()),
  }),
  settings: z.array(
    z.object({
      path: z.string(),
      value: z.string(),
      /** `file`, `default`, `found`, `program`, or the variable or option that said so. */
      source: z.string(),
    }),
  ),
  readiness: z.object({ ready: z.boolean(), reasons: z.array(z.string()) }),
  /** What should be seen to: what it is, and the mend. */
  advice: z.array(z.object({ level: z.enum(['problem', 'warning', 'hint']), what: z.string(), mend: text })),
  data: z
    .object({
      folder: z.string(),
      /** Bytes that are free where it lies; null where that cannot be told. */
      free: z.number().nullable(),
      /** Of the store's file; null for a server. */
      ledger: z.number().nullable(),
      journal: z.object({ segments: z.number(), bytes: z.number() }),
    })
    .nullable(),
  store: z
    .object({
      kind: z.enum(['file', 'server']),
      ok: z.boolean(),
      reason: text,
      queued: z.number(),
      written: z.number(),
      dropped: z.number(),
      refused: z.number(),
      rejected: z.number(),
      commit_ms: z.number(),
    })
    .nullable(),
});

export type SettingsView = z.output<typeof settingsView>;
