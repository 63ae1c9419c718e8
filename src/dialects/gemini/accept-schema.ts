import { isObject, type Json } from '../../protocol/json.ts';
import type { JsonSchema } from '../../protocol/prompt.ts';

/** The API writes limits as strings of digits, as protocol buffers do with 64-bit numbers. */
const NUMBERS: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
]);
/** Read by this API alone: strict providers refuse keywords that JSON Schema does not have. */
const OWN: ReadonlySet<string> = new Set(['propertyOrdering', 'nullable']);

/**
 * A schema of the API's own kind (a part of OpenAPI 3.0, https://ai.google.dev/api/caching#Schema) as JSON Schema: types in lower case,
 * `nullable` as a second type. Anything else stays as it is.
 */
export function fromApiSchema(schema: Json): JsonSchema {
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (OWN.has(key)) return [];
    if (key === 'type') return typeOf(schema);
    if (key === 'enum') return [[key, enumOf(schema)]];
    if (key === 'format' && value === 'enum') return [];
    if (NUMBERS.has(key) && typeof value === 'string' && /^\d+$/.test(value)) return [[key, Number(value)]];
    if (key === 'properties' && isObject(value)) return [[key, Object.fromEntries(Object.entries(value).map(([n, v]) => [n, inner(v)]))]];
    if (key === 'anyOf' && Array.isArray(value))
      return [[key, nullIn(schema) ? [...value.map(inner), { type: 'null' }] : value.map(inner)]];
    return [[key, key === 'items' ? inner(value) : value]];
  });
  return Object.fromEntries(entries);
}

function inner(value: unknown): unknown {
  return isObject(value) ? fromApiSchema(value) : value;
}

function nullIn({ nullable, anyOf }: Json): boolean {
  return nullable === true && !(Array.isArray(anyOf) && anyOf.some((one) => isObject(one) && nameOf(one.type) === 'null'));
}

/** A type in lower case; clients send anything. */
function nameOf(type: unknown): string {
  return typeof type === 'string' ? type.toLowerCase() : '';
}

function typeOf(schema: Json): [string, unknown][] {
  const { type } = schema;
  if (typeof type !== 'string') return [['type', type]];
  if (type === 'TYPE_UNSPECIFIED') return [];
  const name = nameOf(type);
  return [['type', schema.nullable === true && name !== 'null' ? [name, 'null'] : name]];
}

/** Values of numbers are written as strings; what may be null must have null among its values. */
function enumOf(schema: Json): unknown {
  if (!Array.isArray(schema.enum)) return schema.enum;
  const isNumber = /^(?:integer|number)$/.test(nameOf(schema.type));
  const values = schema.enum.map((value: unknown) =>
    isNumber && typeof value === 'string' && value.trim() !== '' ? Number(value) : value,
  );
  return schema.nullable === true && !values.includes(null) ? [...values, null] : values;
}
