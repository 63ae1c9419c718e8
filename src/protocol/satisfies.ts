import type { JsonSchema } from './prompt.ts';

type Json = Record<string, unknown>;

/** References followed in one another before a schema counts as a circle without end. */
const DEPTH = 64;

/** What JSON calls the type of a value; whole numbers are `integer`. */
function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

export function isJson(value: unknown): value is Json {
  return typeOf(value) === 'object';
}

/** The types a schema allows; undefined when it names none. */
export function typesIn(schema: JsonSchema): string[] | undefined {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.filter((one) => typeof one === 'string') : undefined;
}

/** The schema that a local `$ref` means, or the schema itself. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref } = schema;
  if (typeof $ref !== 'string' || !$ref.startsWith('#')) return schema;
  let found: unknown = root;
  for (const key of $ref.slice(1).split('/').filter(Boolean)) {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isJson(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return isJson(found) ? found : {};
}

/**
 * Whether a value is what a JSON Schema describes, by the keywords that tools and answers are made of: types, members, items, choices,
 * combinations, sizes and local references. A keyword that is not known allows everything.
 */
export function satisfies(value: unknown, schema: unknown, root: JsonSchema = isJson(schema) ? schema : {}, depth = 0): boolean {
  if (schema === false) return false;
  if (!isJson(schema) || depth > DEPTH) return true;
  const inner = (one: unknown, by: unknown) => satisfies(one, by, root, depth + 1);
  const meant = resolved(schema, root);
  if (meant !== schema && !inner(value, meant)) return false;
  const type = typeOf(value);
  const types = typesIn(schema);
  if (types && !types.includes(type) && !(type === 'integer' && types.includes('number'))) return false;
  if (Array.isArray(schema.enum) && !schema.enum.some((one) => isEqual(one, value))) return false;
  if ('const' in schema && !isEqual(schema.const, value)) return false;
  const { anyOf, oneOf, allOf } = schema;
  if (Array.isArray(anyOf) && !anyOf.some((one) => inner(value, one))) return false;
  if (Array.isArray(oneOf) && oneOf.filter((one) => inner(value, one)).length !== 1) return false;
  if (Array.isArray(allOf) && !allOf.every((one) => inner(value, one))) return false;
  if (typeof value === 'string') return within([...value].length, schema.minLength, schema.maxLength);
  if (typeof value === 'number') return within(value, schema.minimum, schema.maximum);
  if (Array.isArray(value)) {
    const { items } = schema;
    return within(value.length, schema.minItems, schema.maxItems) && (items === undefined || value.every((one) => inner(one, items)));
  }
  return !isJson(value) || membersFit(value, schema, inner);
}

function membersFit(value: Json, schema: JsonSchema, inner: (one: unknown, by: unknown) => boolean): boolean {
  const { required, additionalProperties } = schema;
  const properties = isJson(schema.properties) ? schema.properties : {};
  if (Array.isArray(required) && !required.every((name) => typeof name !== 'string' || Object.hasOwn(value, name))) return false;
  return Object.keys(value).every((name) => {
    if (Object.hasOwn(properties, name)) return inner(value[name], properties[name]);
    return additionalProperties === undefined || schema.patternProperties !== undefined || inner(value[name], additionalProperties);
  });
}

function within(size: number, least: unknown, most: unknown): boolean {
  return (typeof least !== 'number' || size >= least) && (typeof most !== 'number' || size <= most);
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, at) => isEqual(one, b[at]));
  if (!isJson(a) || !isJson(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}
