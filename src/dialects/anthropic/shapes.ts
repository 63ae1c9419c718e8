import { invalid } from '../../protocol/errors.ts';
import type { Rest } from '../../protocol/rest.ts';
import { restOf } from '../../protocol/rest.ts';

export const NAME = 'anthropic';

/** A JSON object of which only some fields are read. */
export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function stringIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

interface Primitives {
  string: string;
  number: number;
  boolean: boolean;
}

/** `from[key]` when it is there; null counts as absent. @throws GatewayError `invalid` at `path` when it has another type. */
export function optional<K extends keyof Primitives>(from: Json, key: string, kind: K, path: string): Primitives[K] | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== kind) throw invalid(path, `must be a ${kind}`);
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

/** What was not read. A null in a field that is read says nothing to us, but it was sent, so it is kept too. */
export function leftOver(value: Json, read: ReadonlySet<string>): Rest | undefined {
  let rest = restOf(value, read);
  for (const key of read) if (value[key] === null) rest = { ...rest, [key]: null };
  return rest;
}

/** `rest` put back onto what was written, one object inside another where both have it. */
export function putBack(written: Json, rest: Rest | undefined): Json {
  if (!rest) return written;
  const whole = { ...written };
  for (const [key, value] of Object.entries(rest)) {
    const before = whole[key];
    whole[key] = isObject(before) && isObject(value) ? putBack(before, value) : value;
  }
  return whole;
}

/**
 * How a turn was written: in the top-level `system` field or as a message with another role than user and assistant,
 * and with its content as one string or as blocks.
 */
export interface TurnForm {
  place: 'top' | 'message';
  /** The message's role as it was sent, where it is a system turn. */
  role?: string;
  string: boolean;
}

export function printForm(form: TurnForm): string | undefined {
  const content = form.string ? 'string' : 'blocks';
  if (form.place === 'top') return `${content} top`;
  if (form.role !== undefined) return `${content} role:${form.role}`;
  return form.string ? content : undefined;
}

export function readForm(text: string | undefined): TurnForm {
  if (text === undefined) return { place: 'message', string: false };
  const space = text.indexOf(' ');
  const place = space < 0 ? '' : text.slice(space + 1);
  return {
    place: place === 'top' ? 'top' : 'message',
    role: place.startsWith('role:') ? place.slice('role:'.length) : undefined,
    string: text.startsWith('string'),
  };
}
