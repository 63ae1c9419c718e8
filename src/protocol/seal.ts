import type { Seal } from './block.ts';

/**
 * A seal of one dialect inside a string field of another, so that it survives the trip through a client that speaks the other one
 * and comes home byte-identical. Format: `~fh1.` + dialect + `.` + base64url(JSON). It begins with a byte that is rare in code and prose,
 * because every relayed body is searched for it: 1 µs for 100 KB, where a letter in front takes 25.
 */
export const SEAL_MARK = '~fh1.';

/** UTF-8 → base64url without Node: the ground imports nothing. */
function encode(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function decode(text: string): string {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
}

/** A foreign seal as a string that any dialect's signature field can carry. */
export function wrapSeal(seal: Seal): string {
  return `${SEAL_MARK}${seal.by}.${encode(JSON.stringify(seal.raw))}`;
}

/** The seal inside a string made by `wrapSeal`; undefined for anything else, which is then the dialect's own signature. */
export function unwrapSeal(text: unknown): Seal | undefined {
  if (typeof text !== 'string' || !text.startsWith(SEAL_MARK)) return undefined;
  const dot = text.indexOf('.', SEAL_MARK.length);
  if (dot < 0) return undefined;
  try {
    return { by: text.slice(SEAL_MARK.length, dot), raw: JSON.parse(decode(text.slice(dot + 1))) };
  } catch {
    return undefined;
  }
}
