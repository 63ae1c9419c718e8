import type { Dialect } from '../protocol/dialect.ts';

/** Every door's path and the dialect behind it. @throws Error when two dialects claim one path */
export function doorsOf(dialects: readonly Dialect[]): ReadonlyMap<string, Dialect> {
  const doors = new Map<string, Dialect>();
  for (const dialect of dialects) {
    for (const door of dialect.doors) {
      if (doors.has(door)) throw new Error(`two dialects claim ${door}`);
      doors.set(door, dialect);
    }
  }
  return doors;
}

const VERSIONED = /^\/(?:chat|responses|messages|models|completions|embeddings)(?:\/|$)/;

/**
 * The path as the doors spell it. Clients build base URLs with and without `/v1`, with trailing and with double slashes:
 * all of them mean the same door.
 */
export function canonicalPath(path: string): string {
  let clean = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
  if (clean.length > 1 && clean.endsWith('/')) clean = clean.slice(0, -1);
  while (clean.startsWith('/v1/v1/')) clean = clean.slice(3);
  return VERSIONED.test(clean) ? `/v1${clean}` : clean;
}
