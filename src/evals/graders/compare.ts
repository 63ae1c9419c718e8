/** Relative difference below which two numbers are one: floating point is not judged. */
const TOLERANCE = 1e-9;

/** Whether two JSON values are equal, whatever the order of keys. */
export function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as Record<string, unknown>];
  return left.length === Object.keys(right).length && left.every(([key, value]) => key in right && same(value, right[key]));
}

/** A value for people, cut where it gets long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/** An edit of a text by what stands there. */
export interface Edit {
  replace: string;
  by: string;
}

/** @throws Error when the text to replace is not there, or there more than once */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const { replace, by } of edits) {
    const at = result.indexOf(replace);
    if (at < 0) throw new Error(`nothing reads ${shown(replace)}`);
    if (result.indexOf(replace, at + 1) >= 0) throw new Error(`${shown(replace)} stands there more than once; take more of the line`);
    result = result.slice(0, at) + by + result.slice(at + replace.length);
  }
  return result;
}
