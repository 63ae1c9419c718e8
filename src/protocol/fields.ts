import { invalid } from './errors.ts';
import { isObject, type Json } from './json.ts';

interface Primitives {
  string: string;
  number: number;
  boolean: boolean;
}

/** `from[key]` when it is there; null counts as absent. @throws GatewayError `invalid` at `path` when it has another type. */
export function optional<K extends keyof Primitives>(from: Json, key: string, kind: K, path: string): Primitives[K] | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  // 1e999 is a number in JSON and has no end here; it would go out as null.
  if (typeof value !== kind || value === Infinity || value === -Infinity) throw invalid(path, `must be a ${kind}`);
  return value as Primitives[K];
}

/** `from[key]`, which has to be there. @throws GatewayError `invalid` at `path`. */
export function required<K extends keyof Primitives>(from: Json, key: string, kind: K, path: string): Primitives[K] {
  const value = optional(from, key, kind, path);
  if (value === undefined) throw invalid(path, `is missing; it must be a ${kind}`);
  return value;
}

/** A field that is an object where it is there. @throws GatewayError `invalid` at `path`. */
export function optionalObject(from: Json, key: string, path: string): Json | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid(path, 'must be an object');
  return value;
}
