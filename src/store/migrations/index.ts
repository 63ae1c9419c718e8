import type { Migration } from '../migrate.ts';
import { ledger } from './0001-ledger.ts';
import { waste } from './0002-waste.ts';
import { escalation } from './0003-escalation.ts';

/** In order. New ones are added at the end. */
export const migrations: readonly Migration[] = [ledger, waste, escalation];
