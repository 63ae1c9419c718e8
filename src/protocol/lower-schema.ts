import { type Json, object } from './json.ts';
import type { Note } from './note.ts';

/** What becomes of one keyword: kept as it is, left out, or put in another way. */
export type Lowering = { drop: string } | { put: unknown; why: string } | undefined;

/** Keywords whose members are named by whoever wrote the schema, and keywords that hold values, not schemas. */
const NAMED: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs', 'definitions']);
const VALUES: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples']);

/**
 * A schema with the keywords changed that an engine's grammar cannot take, at every depth.
 * @param rule decides for a keyword and its value
 * @param notes gets one note for each change
 */
export function lowerSchema(schema: unknown, path: string, notes: Note[], rule: (key: string, value: unknown) => Lowering): unknown {
  return lowered(schema, path, false);

  function lowered(value: unknown, at: string, isNames: boolean): unknown {
    if (Array.isArray(value)) return value.map((one, place) => lowered(one, `${at}[${place}]`, false));
    const fields = object(value);
    if (!fields) return value;
    const kept: Json = {};
    for (const key in fields) {
      const here = `${at}.${key}`;
      const change = isNames ? undefined : rule(key, fields[key]);
      if (change) {
        if ('put' in change) kept[key] = change.put;
        notes.push(
          'put' in change ? { path: here, action: 'changed', why: change.why } : { path: here, action: 'dropped', why: change.drop },
        );
      } else if (!isNames && VALUES.has(key)) kept[key] = fields[key];
      else kept[key] = lowered(fields[key], here, !isNames && NAMED.has(key));
    }
    return kept;
  }
}

/** Shorthands of patterns, as the inside of a list of characters. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  d: '0-9',
  w: 'A-Za-z0-9_',
  s: ' \\t\\n\\r',
  D: '^0-9',
  W: '^A-Za-z0-9_',
  S: '^ \\t\\n\\r',
};
/** What has no counterpart in llama.cpp's grammars: looking around, named and numbered groups, word bounds, lazy repetition, properties. */
const BEYOND = /\(\?|\\[bBkpPuxc0-9]|[*+?}]\?/;

/**
 * A pattern as llama.cpp's grammars take it: anchored at both ends, without shorthands
 * (https://github.com/ggml-org/llama.cpp/issues/26930 and /27580). The same text when nothing has to change, undefined when it cannot be put.
 */
export function plainPattern(pattern: string): string | undefined {
  if (BEYOND.test(pattern)) return undefined;
  const starts = pattern.startsWith('^');
  const ends = pattern.endsWith('$') && !pattern.endsWith('\\$');
  let inner = '';
  let isList = false;
  for (let at = starts ? 1 : 0; at < pattern.length - (ends ? 1 : 0); at++) {
    const character = pattern[at]!;
    const escaped = character === '\\' ? pattern[++at] : undefined;
    const list = escaped === undefined ? undefined : SHORTHANDS[escaped];
    if (list !== undefined) {
      if (isList && list.startsWith('^')) return undefined;
      inner += isList ? list : `[${list}]`;
    } else if (escaped !== undefined) inner += character + escaped;
    else if (!isList && (character === '^' || character === '$')) return undefined;
    else {
      if (character === '[') isList = true;
      else if (character === ']') isList = false;
      inner += character;
    }
  }
  if (starts && ends) return `^${inner}$`;
  if (inner.includes('|') && (starts || ends)) return undefined;
  const whole = inner.includes('|') ? `(${inner})` : inner;
  return `^${starts ? '' : '.*'}${whole}${ends ? '' : '.*'}$`;
}

/** The rule for `pattern` where grammars are llama.cpp's. */
export function patternRule(key: string, value: unknown): Lowering {
  if (key !== 'pattern' || typeof value !== 'string') return undefined;
  const put = plainPattern(value);
  if (put === undefined) return { drop: "the engine's grammar has no such pattern" };
  return put === value ? undefined : { put, why: "written as the engine's grammar takes it" };
}
