import { z } from 'zod';
import { measurementSchema } from '../../engines/measured.ts';

/** What `freehold engine bench` found on this machine, the newest first. */
export const measurementList = z.object({ measurements: z.array(measurementSchema) });

export type MeasurementView = z.output<typeof measurementSchema>;
