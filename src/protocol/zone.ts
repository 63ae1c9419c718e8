/** How far a provider is from home, nearest first: hardware we hold, a rented box whose weights and disk we control, somebody's API. */
export const ZONES = ['own', 'leased', 'vendor'] as const;
export type Zone = (typeof ZONES)[number];

const DISTANCE: Readonly<Record<Zone, number>> = { own: 0, leased: 1, vendor: 2 };

/** Whether what may go as far as `ceiling` may go to `zone`. */
export function isWithin(zone: Zone, ceiling: Zone): boolean {
  return DISTANCE[zone] <= DISTANCE[ceiling];
}

/** The nearer of two limits: what several rules allow together. */
export function stricter(a: Zone, b: Zone): Zone {
  return DISTANCE[a] < DISTANCE[b] ? a : b;
}

/** For sorting: negative when `a` is nearer to home. */
export function byDistance(a: Zone, b: Zone): number {
  return DISTANCE[a] - DISTANCE[b];
}
