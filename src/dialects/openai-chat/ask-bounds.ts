import { type Json, list, object } from '../../protocol/json.ts';
import { type Lowering, lowerSchema, patternRule } from '../../protocol/lower-schema.ts';
import type { Note } from '../../protocol/note.ts';

/** Most repetitions that llama.cpp takes in a grammar (MAX_REPETITION_THRESHOLD in src/llama-grammar.cpp). */
const MOST = 2000;
const SIZES = ['minLength', 'maxLength', 'minItems', 'maxItems'];
/** The keywords of a schema that this file may take out. */
export const BOUNDS: readonly string[] = [...SIZES, 'pattern'];
/** A repetition in a pattern: {n}, {n,} or {n,m}. */
const REPEATED = /\{(\d+)(?:,(\d*))?\}/g;

/**
 * Takes out of schemas what the engine cannot turn into a grammar: it would refuse the whole request. In place of nothing less.
 * Quirks read here: `small-bounds` and `simple-patterns`.
 */
export function lowerBounds(body: Json, quirks: ReadonlySet<string>, notes: Note[]): void {
  const rule = ruleOf(quirks);
  const tools = list(body['tools']);
  if (tools.length) {
    body['tools'] = tools.map((tool, at) => {
      const fields = object(tool);
      const made = object(fields?.['function']);
      if (!made?.['parameters']) return tool;
      const parameters = lowerSchema(made['parameters'], `tools[${at}].parameters`, notes, rule);
      return { ...fields, function: { ...made, parameters } };
    });
  }
  const format = object(body['response_format']);
  const wish = object(format?.['json_schema']);
  if (wish?.['schema'])
    body['response_format'] = {
      ...format,
      json_schema: { ...wish, schema: lowerSchema(wish['schema'], 'response_format', notes, rule) },
    };
}

function ruleOf(quirks: ReadonlySet<string>): (key: string, value: unknown) => Lowering {
  const [bounds, patterns] = [quirks.has('small-bounds'), quirks.has('simple-patterns')];
  return (key, value) => {
    if (bounds && isTooLarge(key, value)) return { drop: `the engine's grammar repeats at most ${MOST} times` };
    return patterns ? patternRule(key, value) : undefined;
  };
}

function isTooLarge(key: string, value: unknown): boolean {
  if (SIZES.includes(key)) return typeof value === 'number' && value > MOST;
  if (key !== 'pattern' || typeof value !== 'string') return false;
  return [...value.matchAll(REPEATED)].some(([, least, most]) => Math.max(Number(least), Number(most || 0)) > MOST);
}
