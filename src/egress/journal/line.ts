import { hash } from 'node:crypto';
import { canonical, type Plain } from './canonical.ts';
import { isSigned, type JournalKeys } from './keys.ts';

/** What happened: one line of a journal without its place in the chain. */
export type Event = { readonly type: string } & { readonly [name: string]: Plain | undefined };

/** Where a chain stands: the number of its last line and that line's hash. */
export interface Head {
  n: number;
  hash: string;
}

/** In front of the first line. */
export const GENESIS: Head = { n: 0, hash: '' };

/** A line that was read. */
export interface Line {
  event: Event;
  /** Number in the stream, from 1, without gaps across segments. */
  n: number;
  /** Hash of the line before. */
  prev: string;
  /** Unix time in milliseconds. */
  at: number;
  mac: string;
  /** What the MAC is over. */
  body: string;
}

/** SHA-256 of a whole line without its line end, as base64url. */
export function hashOf(line: string): string {
  return hash('sha256', line, 'base64url');
}

/** `~` sorts behind every letter, so the MAC can be put behind the rest. */
const MAC = /,"~mac":"([A-Za-z0-9_-]{43})"\}$/;

/** The line for an event, and where the chain stands with it. @param at Unix time in milliseconds */
export function encodeLine(event: Event, after: Head, at: number, keys: JournalKeys): { text: string; head: Head } {
  const n = after.n + 1;
  const plain = { ...event, at, n, prev: after.hash };
  const signed = SIGNED.has(event.type) ? { ...plain, sig: keys.sign(canonical(plain)) } : plain;
  const body = canonical(signed);
  const text = `${body.slice(0, -1)},"~mac":"${keys.mac(body)}"}`;
  return { text, head: { n, hash: hashOf(text) } };
}

/** Types of lines that are signed: each vouches for all before it, because it holds the hash of the line before. */
const SIGNED: ReadonlySet<string> = new Set(['checkpoint', 'stop']);

/** A line as it was written, or undefined when this program would not have written it so. */
export function decodeLine(text: string): Line | undefined {
  const mac = MAC.exec(text);
  if (!mac) return undefined;
  const body = `${text.slice(0, mac.index)}}`;
  let value: unknown;
  try {
    value = JSON.parse(body);
    if (value === null || typeof value !== 'object' || canonical(value as Plain) !== body) return undefined;
  } catch {
    return undefined;
  }
  const { at, n, prev, ...event } = value as Event;
  if (typeof n !== 'number' || typeof at !== 'number' || typeof prev !== 'string' || typeof event.type !== 'string') return undefined;
  return { event: event as Event, n, prev, at, mac: mac[1]!, body };
}

export function isSignedType({ event }: Line): boolean {
  return SIGNED.has(event.type);
}

/** Whether a line bears a signature by this key over all that it says. */
export function hasSignature({ event, at, n, prev }: Line, publicKey: string): boolean {
  const { sig, ...rest } = event;
  return typeof sig === 'string' && isSigned(canonical({ ...rest, at, n, prev }), sig, publicKey);
}
