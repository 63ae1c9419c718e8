import type { Zone } from '../protocol/zone.ts';
import { vendorOf } from './catalog.ts';
import { licenceOf } from './licence.ts';
import table from './training.json' with { type: 'json' };

/** Whether answers of a model may be learned from. */
export interface TrainingRight {
  /** `clear`: nothing stands against it. `terms`: it depends on terms that somebody must read. `barred`: terms forbid it. */
  right: 'clear' | 'terms' | 'barred' | 'unknown';
  /** The licence of the weights, or whose terms, in words. */
  under: string;
  why: string;
  source?: string;
}

interface Row {
  training: boolean | null;
  why: string;
  source: string;
}

const LICENCES: Readonly<Record<string, Row>> = table.licences;
const VENDORS: Readonly<Record<string, Row>> = table.vendors;

/** When the table was made, ISO date. */
export const TRAINING_DATE = table.date;

/**
 * What licence and terms say of training on a model's answers. Weights run on own or rented hardware are judged by their licence, a
 * vendor's models by the vendor's terms.
 * @param url of its provider; undefined for engines of our own and for providers that are configured no more
 */
export function trainingRight(model: string, zone: Zone, url: string | undefined): TrainingRight {
  if (zone === 'vendor') {
    const vendor = url === undefined ? undefined : vendorOf(url);
    return judged(vendor === undefined ? undefined : VENDORS[vendor], `terms of ${vendor ?? 'a vendor that is not known here'}`);
  }
  const found = licenceOf(model);
  if (!found) return { right: 'unknown', under: 'a licence that is not known here', why: 'its weights are in no table' };
  return judged(LICENCES[found.licence], found.licence);
}

function judged(row: Row | undefined, under: string): TrainingRight {
  if (!row) return { right: 'unknown', under, why: 'nobody has looked' };
  const { training, why, source } = row;
  return { right: training === null ? 'terms' : training ? 'clear' : 'barred', under, why, source };
}
