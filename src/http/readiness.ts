import { type Hosted, tellState } from '../engines/hosted.ts';
import type { Registry } from '../providers/registry.ts';
import type { Health } from '../store/ports.ts';

export interface Readiness {
  ready: boolean;
  /** Sentences on what is missing or under way. */
  reasons: string[];
  [detail: string]: unknown;
}

/**
 * Whether something can answer, and what is missing or under way.
 * @param engines our own, by name: they are providers too @param journals why what leaves cannot be recorded
 */
export function readinessOf(
  engines: ReadonlyMap<string, Pick<Hosted, 'state'>>,
  registry: Pick<Registry, 'states' | 'world'>,
  store?: Health,
  journals: readonly string[] = [],
): Readiness {
  const { models, providers } = registry.world();
  const ofEngines = [...engines].flatMap(([name, { state }]) => tellState(name, state) ?? []);
  const ofProviders = registry
    .states()
    .filter(({ name, healthy }) => !healthy && !engines.has(name))
    .map(({ name, reason }) => `${name}: ${reason ?? 'not reachable'}`);
  // Without it models of our own go on, so this alone makes nobody unready.
  const ofStore = store && !store.ok ? [`store: ${store.reason}`] : [];
  const reasons = [...ofEngines, ...ofProviders, ...ofStore, ...journals];
  // A provider whose list is not known takes any name, so it can answer.
  const ready = models.some(({ healthy }) => healthy) || providers.some(({ healthy, complete }) => healthy && !complete);
  if (!ready && reasons.length === 0) reasons.push('no provider is configured and none was found');
  return { ready, reasons, engines: Object.fromEntries([...engines].map(([name, { state }]) => [name, state])) };
}
