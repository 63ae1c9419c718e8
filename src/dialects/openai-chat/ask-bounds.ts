import { type Json, list, object } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';

/** Most repetitions that llama.cpp takes in a grammar (MAX_REPETITION_THRESHOLD in src/llama-grammar.cpp). */
const MOST = 2000;
const SIZES = ['minLength', 'maxLength', 'minItems', 'maxItems'];
/** The keywords of a schema that this file may take out. */
export const BOUNDS: readonly string[] = [...SIZES, 'pattern'];
/** A repetition in a pattern: {n}, {n,} or {n,m}. */
const REPEATED = /\{(\d+)(?:,(\d*))?\}/g;

/** Takes sizes out of schemas that the engine cannot turn into a grammar: it would refuse the whole request. In place of nothing less. */
export function lowerBounds(body: Json, notes: Note[]): void {
  const tools = list(body['tools']);
  if (tools.length) {
    body['tools'] = tools.map((tool, at) => {
      const fields = object(tool);
      const made = object(fields?.['function']);
      if (!made?.['parameters']) return tool;
      return { ...fields, function: { ...made, parameters: lowered(made['parameters'], `tools[${at}].parameters`, notes) } };
    });
  }
  const format = object(body['response_format']);
  const wish = object(format?.['json_schema']);
  if (wish?.['schema'])
    body['response_format'] = { ...format, json_schema: { ...wish, schema: lowered(wish['schema'], 'response_format', notes) } };
}

function lowered(schema: unknown, path: string, notes: Note[], isNames = false): unknown {
  if (Array.isArray(schema)) return schema.map((one, at) => lowered(one, `${path}[${at}]`, notes));
  const fields = object(schema);
  if (!fields) return schema;
  const kept: Json = {};
  for (const key in fields) {
    const value = fields[key];
    if (!isNames && isTooLarge(key, value)) {
      notes.push({ path: `${path}.${key}`, action: 'dropped', why: `the engine's grammar repeats at most ${MOST} times` });
    } else if (!isNames && (key === 'enum' || key === 'const' || key === 'default' || key === 'examples')) kept[key] = value;
    else
      kept[key] = lowered(value, `${path}.${key}`, notes, !isNames && (key === 'properties' || key === '$defs' || key === 'definitions'));
  }
  return kept;
}

function isTooLarge(key: string, value: unknown): boolean {
  if (SIZES.includes(key)) return typeof value === 'number' && value > MOST;
  if (key !== 'pattern' || typeof value !== 'string') return false;
  return [...value.matchAll(REPEATED)].some(([, least, most]) => Math.max(Number(least), Number(most || 0)) > MOST);
}
