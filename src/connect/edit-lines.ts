import { type Edit, lineEnd } from './editing.ts';

/** `NAME=value` lines: one that is there is replaced, the others come last. @param lead what stands in front of a name */
export function editLines(text: string, edits: readonly Edit[], lead: string): string {
  const eol = lineEnd(text);
  let now = text;
  for (const { at, to } of edits) {
    const name = at[0]!;
    const line = `${lead}${name}=${quoted(String(to))}`;
    const last = [...now.matchAll(new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}=[^\\r\\n]*`, 'gm'))].at(-1);
    // A value over several lines would be cut: the last line that sets a name counts, so one more is as good.
    const isWhole = last !== undefined && !/=(?:"[^"]*|'[^']*)$|\\$/.test(last[0]);
    if (isWhole) now = now.slice(0, last.index) + line + now.slice(last.index + last[0].length);
    else now = `${now}${now === '' || now.endsWith('\n') ? '' : eol}${line}${eol}`;
  }
  return now;
}

/** Safe in a shell and in a dotenv file. */
function quoted(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
