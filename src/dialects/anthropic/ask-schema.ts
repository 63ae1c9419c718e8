import type { Json } from '../../protocol/json.ts';
import { isObject } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { JsonSchema } from '../../protocol/prompt.ts';

/**
 * Structured output and strict tools take a part of JSON Schema only, and answer 400 to the rest
 * (https://platform.claude.com/docs/en/build-with-claude/structured-outputs): objects must be closed, and bounds are not known.
 */
const BOUNDS: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const NESTED: ReadonlySet<string> = new Set(['items', 'anyOf', 'allOf', 'oneOf', 'not', 'additionalProperties']);
const NAMED: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);

/** The schema as this API takes it: objects closed, bounds said in the description instead. Noted once when anything changed. */
export function strictSchema(schema: JsonSchema, path: string, notes: Note[]): JsonSchema {
  const changes = new Set<string>();
  const strict = tighten(schema, changes);
  if (changes.size)
    notes.push({ path, action: 'changed', why: `this API takes no ${[...changes].join(', ')} here; bounds went into the description` });
  return strict;
}

function tighten(schema: Json, changes: Set<string>): Json {
  const strict: Json = {};
  const said: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (BOUNDS.has(key) || (key === 'minItems' && value !== 0 && value !== 1)) {
      changes.add(key);
      said.push(`${key}: ${JSON.stringify(value)}`);
    } else if (NAMED.has(key) && isObject(value))
      strict[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, tightenAny(inner, changes)]));
    else if (NESTED.has(key))
      strict[key === 'oneOf' ? 'anyOf' : key] = Array.isArray(value)
        ? value.map((inner) => tightenAny(inner, changes))
        : tightenAny(value, changes);
    else strict[key] = value;
  }
  if (schema.type === 'object' && strict.additionalProperties !== false) {
    changes.add('open objects');
    strict.additionalProperties = false;
  }
  if ('oneOf' in schema) changes.add('oneOf');
  if (said.length) strict.description = [schema.description, `(${said.join(', ')})`].filter(Boolean).join(' ');
  return strict;
}

function tightenAny(value: unknown, changes: Set<string>): unknown {
  return isObject(value) ? tighten(value, changes) : value;
}
