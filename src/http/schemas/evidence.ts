import { z } from 'zod';
import { signedSchema, standingSchema } from '../../evals/evidence.ts';
import { caseGradesSchema, runSummarySchema } from '../../evals/run/summary.ts';

/** A run that is over or stands still, as the command that ran it sends it. Sent again it replaces what was there. */
export const newRun = z.strictObject({ summary: runSummarySchema, grades: caseGradesSchema.max(20_000) });

/** What is known of models without proof; of each model at each class of work the latest stays. */
export const newStandings = z.strictObject({ standings: z.array(standingSchema).max(1000) });

export const withdrawal = z.strictObject({ why: z.string().trim().min(1).max(500) });

export const newCertificate = signedSchema;
