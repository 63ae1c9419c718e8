import type { Zone } from '../protocol/zone.ts';

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
  /** Patterns of model addresses (`*` for any text) it may ask for; absent: all. */
  models?: readonly string[];
}
