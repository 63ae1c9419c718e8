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
