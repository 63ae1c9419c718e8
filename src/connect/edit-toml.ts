import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'smol-toml';
import { type Edit, EditError, lineEnd } from './editing.ts';
import type { Json } from './tool.ts';

/**
 * TOML by whole lines: a plain value stands above the first table, a table at the end or in the place of its namesake. What comes out is
 * read again and must say what it said before, and the edits. @throws EditError with the lines to put by hand
 */
export function editToml(text: string, edits: readonly Edit[]): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const before = text.slice(mark.length);
  const eol = lineEnd(before);
  const wanted = read(before);
  let now = before;
  for (const { at, to = '' } of edits) {
    put(wanted, at, to);
    now = isTable(to) ? withTable(now, at, to, eol) : withValue(now, at.join('.'), JSON.stringify(to), eol);
  }
  let after: unknown;
  try {
    after = parse(now);
  } catch {
    after = undefined;
  }
  if (!isDeepStrictEqual(plain(after), plain(wanted)))
    throw new EditError(`it is written in a way that cannot be changed with certainty; put these in by hand:\n${byHand(edits)}`);
  return mark + now;
}

type Table = Record<string, unknown>;
const isTable = (value: unknown): value is Table => value !== null && typeof value === 'object' && !Array.isArray(value);
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (_, one) => (typeof one === 'bigint' ? `${one}n` : one)));

function read(text: string): Table {
  try {
    return parse(text);
  } catch (error) {
    throw new EditError(`it is no valid TOML: ${(error as Error).message.split('\n')[0]}`);
  }
}

function put(table: Table, at: readonly string[], to: Json): void {
  const [name = '', ...rest] = at;
  if (rest.length === 0) table[name] = to;
  else {
    if (!isTable(table[name])) table[name] = {};
    put(table[name] as Table, rest, to);
  }
}

/** A header of a table, or the end. */
const HEADER = /^[ \t]*\[/m;

function withValue(text: string, name: string, value: string, eol: string): string {
  const top = text.slice(0, HEADER.exec(text)?.index ?? text.length);
  const line = new RegExp(`^([ \\t]*${name}[ \\t]*=[ \\t]*)("(?:[^"\\\\\\n]|\\\\.)*"|'[^'\\n]*')`, 'm').exec(top);
  if (!line) return `${name} = ${value}${eol}${text}`;
  const [whole, lead = ''] = line;
  return text.slice(0, line.index) + lead + value + text.slice(line.index + whole.length);
}

function withTable(text: string, at: readonly string[], to: Table, eol: string): string {
  const header = `[${at.join('.')}]`;
  const lines = [header, ...stringify(to).trimEnd().split('\n')].join(eol) + eol;
  const old = new RegExp(`^[ \\t]*\\[[ \\t]*${at.join('[ \\t]*\\.[ \\t]*')}[ \\t]*\\][^\\n]*\\n?`, 'm').exec(text);
  if (!old) {
    const gap = text === '' ? '' : /\n$/.test(text) ? eol : eol + eol;
    return text + gap + lines;
  }
  const rest = text.slice(old.index + old[0].length);
  const next = HEADER.exec(rest)?.index ?? rest.length;
  return text.slice(0, old.index) + lines + (next < rest.length ? eol : '') + rest.slice(next);
}

function byHand(edits: readonly Edit[]): string {
  return edits
    .map(({ at, to = '' }) => (isTable(to) ? `[${at.join('.')}]\n${stringify(to)}` : `${at.join('.')} = ${JSON.stringify(to)}`))
    .join('\n');
}
