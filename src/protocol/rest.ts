import { isObject, type Json } from './json.ts';
import type { Note } from './note.ts';

/**
 * Fields of the source dialect that the canonical form does not model, kept beside what was read.
 * Asked in the same dialect they go out again unchanged; in any other each becomes one note.
 */
export type Rest = Record<string, unknown>;

/** `value` without the keys that were read; undefined when nothing is left, so that most nodes carry nothing. */
export function restOf(value: object, read: ReadonlySet<string>): Rest | undefined {
  let rest: Rest | undefined;
  for (const key in value) {
    if (read.has(key)) continue;
    rest ??= {};
    rest[key] = (value as Rest)[key];
  }
  return rest;
}

/** One note per field of `rest`, as it goes to a dialect that has no place for it. Nulls say nothing and are not announced. */
export function noteRest(rest: Rest | undefined, path: string, why: string, into: Note[], meaning?: ReadonlySet<string>): void {
  if (!rest) return;
  for (const key in rest) {
    if (rest[key] === null || rest[key] === undefined) continue;
    into.push({ path: path ? `${path}.${key}` : key, action: meaning?.has(key) ? 'refused' : 'dropped', why });
  }
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
