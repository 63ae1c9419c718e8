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
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member !== undefined) text += `${text && ','}${JSON.stringify(name)}:${canonical(member)}`;
  }
  return `{${text}}`;
}

/** Whether a journal may hold a value: everything in it is text, a truth value, nothing, or a whole number. */
export function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return true;
  return typeof value === 'object' && Object.values(value).every(isPlain);
}
