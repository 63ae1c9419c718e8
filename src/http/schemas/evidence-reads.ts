import { z } from 'zod';
import { keptSchema, standingSchema } from '../../evals/evidence.ts';
import { caseGradesSchema, runSummarySchema } from '../../evals/run/summary.ts';

export const runList = z.object({
  /** Newest first. */
  runs: z.array(runSummarySchema),
  /** There are older ones. */
  more: z.boolean(),
});

/** A run with what each case came to. */
export const runView = z.object({ summary: runSummarySchema, grades: caseGradesSchema });

export const standingList = z.object({ standings: z.array(standingSchema) });

const listedCertificate = keptSchema.extend({
  /** It is the one that the router heeds for its model and work. */
  counts: z.boolean(),
});

export const certificateList = z.object({
  /** Newest first, also those that no longer count. */
  certificates: z.array(listedCertificate),
});

/** One certificate, checked when it was asked for. */
export const certificateDetail = listedCertificate.extend({
  /** What is wrong with it; none when signature and evidence hold. */
  problems: z.array(z.string()),
  /** Who signed: this data folder, a key that is trusted here, or somebody else. */
  signer: z.enum(['own', 'trusted', 'other']),
});

export type RunList = z.output<typeof runList>;
export type RunView = z.output<typeof runView>;
export type StandingList = z.output<typeof standingList>;
export type CertificateList = z.output<typeof certificateList>;
export type CertificateDetail = z.output<typeof certificateDetail>;
export type ListedCertificate = z.output<typeof listedCertificate>;
