import { expect } from 'vitest';

/** What must and must not stand in a JSON value: by path (`messages[1].content`), or as a piece of its text. */
export interface Wanted {
  has?: Record<string, unknown>;
  lacks?: string[];
  never?: string[];
}

/** The value at a path like `a.b[0].c`. */
function at(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

export function expectWanted(value: unknown, { has = {}, lacks = [], never = [] }: Wanted, where: string): void {
  for (const [path, wanted] of Object.entries(has)) {
    const found = at(value, path);
    if (wanted !== null && typeof wanted === 'object') expect(found, `${where} ${path}`).toMatchObject(wanted);
    else expect(found, `${where} ${path}`).toEqual(wanted);
  }
  for (const path of lacks) expect(at(value, path), `${where} ${path}`).toBeUndefined();
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  for (const piece of never) expect(text, where).not.toContain(piece);
}

/** Whether `value` holds all that `wanted` names. */
export function matches(value: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== 'object') return value === wanted;
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(wanted).every(([key, inner]) => matches((value as Record<string, unknown>)[key], inner));
}
