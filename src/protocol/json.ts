/** A JSON object as it comes from outside: every field may be missing, null or of another type. */
export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A whole number that a double cannot hold. */
const LONG = /\d{16}/;
const { rawJSON, isRawJSON } = JSON as unknown as { rawJSON(text: string): unknown; isRawJSON(value: unknown): boolean };

/**
 * JSON whose long whole numbers stay as they were written (ids of 64 bits are), for values that are written out again. Such a number is
 * an object that only `JSON.stringify` understands. @throws SyntaxError
 */
export function parseExact(text: string): unknown {
  if (!LONG.test(text)) return JSON.parse(text);
  const keep = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && context?.source
      ? rawJSON(context.source)
      : value;
  return JSON.parse(text, keep as Parameters<typeof JSON.parse>[1]);
}

/** Whether this is a number as `parseExact` keeps it. */
export function isExact(value: unknown): boolean {
  return isRawJSON(value);
}

export function object(value: unknown): Json | undefined {
  return isObject(value) ? value : undefined;
}

export function stringIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A string with something in it: servers send `""` and null for ids and names they do not have. */
export function said(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Null, '', [] and {}: a field that stands there and says nothing. Typed clients send many of them. */
export function isSilent(value: unknown): boolean {
  if (value === null || value === '') return true;
  if (typeof value !== 'object') return false;
  for (const _ in value as object) return false;
  return true;
}
