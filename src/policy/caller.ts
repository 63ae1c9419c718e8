import type { Zone } from '../protocol/zone.ts';
import type { Limit } from './meter.ts';

/** Who asks: what is known of the key that came with a request. Without keys there is no caller, and only the general rules hold. */
export interface Caller {
  /** Stable, stands in records; never the key itself or its hash. */
  id: string;
  /** For people. */
  name: string;
  team?: string;
  project?: string;
  /** The farthest zone its requests may reach; absent: as far as the configuration goes. */
  zone?: Zone;
  /** Patterns of model names and addresses (`*` for any text). A model must fit one of each list. Absent: all may be asked for. */
  models?: readonly (readonly string[])[];
  /** Classes of work it may be used for, in the same way. */
  tasks?: readonly (readonly string[])[];
  /** Its own limits, its team's and its project's. */
  limits?: readonly Limit[];
  /** False: answers that break off are not continued by another target. */
  resume?: boolean;
  /** Unix milliseconds from which on it is no longer good. */
  expiresAt?: number;
}
