/** What can be written in one form only. Journals hold whole numbers, so that also programs with other numbers print them alike. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain | undefined };

/**
 * JSON in the one form that every program agrees on: members in the order of their names' UTF-16 units, no white space, absent members left
 * out. RFC 8785, whose numbers are those of ECMAScript. @throws Error for a number that is none, or whole and not exact
 */
export function canonical(value: Plain): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
      throw new Error(`${value} cannot be written exactly`);
    return JSON.stringify(value);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = value as { readonly [name: string]: Plain | undefined };
  let text = '';
  for (const name of inOrder(Object.keys(members))) {
    const member = members[name];
    if (member !== undefined) text += (text === '' ? '' : ',') + quoted(name) + canonical(member);
  }
  return `{${text}}`;
}

/** More names than this are left to the engine's own sort. */
const FEW = 40;

/** Names in the order of their UTF-16 units. Lines are made nearly in order: then insertion compares each name once and allocates nothing. */
function inOrder(names: string[]): string[] {
  if (names.length > FEW) return names.sort();
  for (let at = 1; at < names.length; at++) {
    const name = names[at]!;
    let to = at;
    for (; to > 0 && names[to - 1]! > name; to--) names[to] = names[to - 1]!;
    names[to] = name;
  }
  return names;
}

/** Names as they stand in a line, colon included. Bounded, because some of them are not ours. */
const NAMES = new Map<string, string>();
const MOST_NAMES = 1000;

function quoted(name: string): string {
  let text = NAMES.get(name);
  if (text === undefined) {
    text = `${JSON.stringify(name)}:`;
    if (NAMES.size < MOST_NAMES) NAMES.set(name, text);
  }
  return text;
}

/** Whether a journal may hold a value: everything in it is text, a truth value, nothing, or a whole number. */
export function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every(isPlain);
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) if (!isPlain(members[name])) return false;
  return true;
}
