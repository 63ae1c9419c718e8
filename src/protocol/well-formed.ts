import { isExact } from './json.ts';

/** Lone UTF-16 surrogates made U+FFFD, in keys too: strict servers refuse a whole session for one. The same value when there are none. */
export function wellFormed<T>(value: T): T {
  return isWellFormed(value) ? value : (mend(value) as T);
}

/** Walks without allocating, because nearly every body is sound. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  for (const key in value) if (!key.isWellFormed() || !isWellFormed((value as Record<string, unknown>)[key])) return false;
  return true;
}

function mend(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(mend);
  if (isExact(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toWellFormed(), mend(inner)]));
}

/** A request's body as it goes over the wire. `JSON.stringify` escapes lone surrogates, so most texts are seen to be sound without a walk. */
export function wireText(body: unknown): string {
  const text = JSON.stringify(body);
  return text.includes('\\ud') ? JSON.stringify(wellFormed(body)) : text;
}
