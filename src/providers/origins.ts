import { byDistance, type Zone } from '../protocol/zone.ts';

/** The zone of each origin: where several providers share one, the farthest of theirs. */
export function zonesByOrigin(providers: Iterable<{ url: string; zone: Zone }>): Map<string, Zone> {
  const zones = new Map<string, Zone>();
  for (const { url, zone } of providers) {
    const { origin } = new URL(url);
    const known = zones.get(origin);
    if (known === undefined || byDistance(known, zone) < 0) zones.set(origin, zone);
  }
  return zones;
}

/** The same providers, each as far as the farthest one at its origin: what one of them may not have could reach the other. */
export function raised<P extends { url: string; zone: Zone }>(
  providers: Readonly<Record<string, P>>,
  zones: ReadonlyMap<string, Zone>,
): Record<string, P> {
  const entries = Object.entries(providers).map(
    ([name, one]) => [name, { ...one, zone: zones.get(new URL(one.url).origin) ?? one.zone }] as const,
  );
  return Object.fromEntries(entries);
}
