import { isExact } from '../protocol/json.ts';
import type { Path } from './finding.ts';

/** One text of a JSON document: a string, a long number, or the name of a member. */
export interface Leaf {
  text: string;
  /** The member whose value it is; items of a list have the list's. */
  name: string;
  /** How deep it lies. */
  depth: number;
  /** It is the name itself. */
  key: boolean;
  /** Made when asked for: most leaves are never spoken of. */
  path(): Path;
}

/** Numbers from here on may be a card or an account. */
const LONG_NUMBER = 1e8;

/** A number, also one that was kept as it was written because a double cannot hold it. */
export function isNumber(value: unknown): boolean {
  return typeof value === 'number' || isExact(value);
}

/** A number's digits. */
export function numeral(value: unknown): string {
  return typeof value === 'number' ? String(value) : (value as { rawJSON: string }).rawJSON;
}

/**
 * Every text of a parsed JSON body, in order, names of members included. This one walk is the view for all dialects: what is not in
 * the body does not leave, so nothing that leaves is missed, fields nobody has heard of included. The leaf handed to `visit` is only
 * good during the call, except for what `path` returned. Depth is bounded by the stack: a body too deep throws a RangeError.
 */
export function walk(body: unknown, visit: (leaf: Leaf) => void): void {
  const steps: (string | number)[] = [];
  const leaf: Leaf = { text: '', name: '', depth: 0, key: false, path: () => steps.slice() };
  const say = (text: string, name: string, key: boolean): void => {
    leaf.text = text;
    leaf.name = name;
    leaf.depth = steps.length;
    leaf.key = key;
    visit(leaf);
  };
  const into = (value: unknown, name: string): void => {
    if (typeof value === 'string') say(value, name, false);
    else if (typeof value === 'number') {
      if (Math.abs(value) >= LONG_NUMBER) say(String(value), name, false);
    } else if (Array.isArray(value))
      for (let at = 0; at < value.length; at++) {
        steps.push(at);
        into(value[at], name);
        steps.pop();
      }
    else if (isExact(value)) say(numeral(value), name, false);
    else if (typeof value === 'object' && value !== null)
      for (const key in value) {
        steps.push(key);
        say(key, '', true);
        into((value as Record<string, unknown>)[key], key);
        steps.pop();
      }
  };
  into(body, '');
}

const QUOTE = '"';

/**
 * Whether the parsed body holds every string of the bytes that it was parsed from. It does not when a member is there twice: then the
 * first is lost in parsing and would leave unread, if the client's own bytes left. One search for quotes, no parsing.
 */
export function holdsAll(raw: string, body: unknown): boolean {
  let quotes = 0;
  for (let at = raw.indexOf(QUOTE); at >= 0; at = raw.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (before >= 0 && raw.charCodeAt(before) === 92) before--;
    if ((at - before) % 2 === 1) quotes++;
  }
  return quotes === 2 * stringsOf(body);
}

function stringsOf(value: unknown): number {
  if (typeof value === 'string') return 1;
  if (typeof value !== 'object' || value === null || isExact(value)) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += stringsOf(item);
  else for (const key in value) count += 1 + stringsOf((value as Record<string, unknown>)[key]);
  return count;
}
