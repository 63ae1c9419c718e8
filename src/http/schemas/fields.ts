import { z } from 'zod';
import { ZONES } from '../../protocol/zone.ts';

/** Fields that several parts of the contract have. */
export const name = z.string().trim().min(1).max(100);
/** Unix milliseconds. */
export const moment = z.int().nonnegative();
export const zone = z.enum(ZONES);
/** Rows of a page. */
export const limited = z.coerce.number().pipe(z.int().min(1).max(500)).default(100);
/** A moment in a query. */
export const time = z.coerce.number().pipe(moment);
