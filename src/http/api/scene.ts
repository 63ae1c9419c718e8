import type { Provenance } from '../../config/provenance.ts';
import type { Config } from '../../config/schema.ts';
import type { Hosted } from '../../engines/hosted.ts';
import type { Candidates } from '../../exchange/candidates.ts';
import type { Resilience } from '../../exchange/resilience.ts';
import type { Stage } from '../../exchange/stage.ts';
import type { RoutingDesk } from '../../exchange/stages/routing-desk.ts';
import type { Surroundings } from '../../exchange/surroundings.ts';
import type { Registry } from '../../providers/registry.ts';
import type { Store } from '../../store/ports.ts';
import type { Readiness } from '../readiness.ts';

/** What feedback and questions why or what if stand on. */
export interface RoutingApiParts {
  desk: RoutingDesk;
  around: Surroundings;
  /** Stages that decide where a request goes, as a rehearsal asks them. */
  stages: readonly Stage[];
  /** Absent where nothing is kept. */
  store?: Store;
}

/** What a gateway serves now, how it fares, and how it decides: what the pages show beside the records. */
export interface Scene {
  config(): Config;
  /** Absent where a program handed the configuration in. */
  provenance?: Provenance;
  readiness(): Readiness;
  registry: Pick<Registry, 'world' | 'states'>;
  candidates: Pick<Candidates, 'of'>;
  /** Our own, by name: they are providers too. */
  engines: ReadonlyMap<string, Pick<Hosted, 'state' | 'config'>>;
  resilience: Pick<Resilience, 'health' | 'ttft'>;
  /** Exchanges of people and their tools that go on now, and when the last of them ended here, Unix milliseconds; Freehold's own work is none. */
  people(): { others: number; last_at: number | null };
  routing: RoutingApiParts;
}
