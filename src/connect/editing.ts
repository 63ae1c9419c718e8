import type { Json } from './tool.ts';

/** One value to stand in a file. */
export interface Edit {
  at: readonly string[];
  to?: Json;
  /** An element for the list at `at`; the one with the same member `by` gives way. */
  add?: Json;
  by?: string;
}

/** A file that cannot be changed without risk, and what to put into it by hand. */
export class EditError extends Error {}

/** How a file ends its lines: as its first line does. */
export function lineEnd(text: string): '\n' | '\r\n' {
  return /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
}

/** Where a new element goes: its place, and whether an older one stands there. */
export function placeIn(list: unknown, { add, by }: Edit): { index: number; replaces: boolean } {
  if (list !== undefined && list !== null && !Array.isArray(list)) throw new EditError('there is something else where a list should be');
  const all = (list ?? []) as readonly unknown[];
  const at = by === undefined ? -1 : all.findIndex((one) => member(one, by) === member(add, by));
  return at < 0 ? { index: all.length, replaces: false } : { index: at, replaces: true };
}

function member(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[name] : undefined;
}
