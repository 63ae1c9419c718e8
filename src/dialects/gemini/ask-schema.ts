import { isObject, type Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { JsonSchema } from '../../protocol/prompt.ts';

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const NESTED: ReadonlySet<string> = new Set(['items', 'anyOf', 'allOf', 'oneOf', 'not', 'additionalProperties', 'prefixItems']);
const NAMED: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
/** What stays outside when a schema becomes one of several. */
const ABOUT: ReadonlySet<string> = new Set(['title', 'description', 'default', 'examples']);

/**
 * A JSON Schema in which no `type` is a list: each type becomes one of `anyOf`, which means the same and is what this API and servers
 * that imitate it understand everywhere. The same object when nothing has to change.
 */
export function singleTypes(schema: JsonSchema): JsonSchema {
  let changed = false;
  const entries = Object.entries(schema).map(([key, value]): [string, unknown] => {
    const inner = NAMED.has(key) && isObject(value) ? byName(value) : NESTED.has(key) ? nested(value) : value;
    changed ||= inner !== value;
    return [key, inner];
  });
  const whole = changed ? Object.fromEntries(entries) : schema;
  return Array.isArray(whole.type) ? apart(whole, whole.type) : whole;
}

function byName(schemas: Json): Json {
  const entries = Object.entries(schemas).map(([name, value]): [string, unknown] => [name, nested(value)]);
  return entries.every(([name, value]) => value === schemas[name]) ? schemas : Object.fromEntries(entries);
}

function nested(value: unknown): unknown {
  if (isObject(value)) return singleTypes(value);
  if (!Array.isArray(value)) return value;
  const list = value.map(nested);
  return list.every((one, at) => one === value[at]) ? value : list;
}

/** One schema per type. Values that a type cannot have are not among its values. */
function apart(schema: Json, types: readonly unknown[]): Json {
  const outside = Object.entries(schema).filter(([key]) => ABOUT.has(key));
  const inside = Object.fromEntries(Object.entries(schema).filter(([key]) => !ABOUT.has(key)));
  const anyOf = types.map((type) => {
    if (type === 'null') return { type };
    const values = Array.isArray(inside.enum) && { enum: inside.enum.filter((value) => value !== null) };
    return { ...inside, type, ...values };
  });
  return anyOf.length === 1 ? { ...Object.fromEntries(outside), ...anyOf[0] } : { ...Object.fromEntries(outside), anyOf };
}

/** Keywords of the API's own kind of schema: https://ai.google.dev/api/caching#Schema. */
const KNOWN: ReadonlySet<string> = new Set([
  'title',
  'description',
  'nullable',
  'default',
  'format',
  'enum',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
  'pattern',
  'required',
]);
/** How deep a schema that refers to itself is written out. */
const DEPTH = 4;

interface Lowering {
  root: Json;
  dropped: Set<string>;
  /** References followed on the way here. */
  followed: readonly string[];
}

/**
 * A JSON Schema as the API's own kind (a part of OpenAPI 3.0), for servers that take nothing else: null becomes `nullable`, references
 * are written out, one value becomes a list of one. What it cannot say is left out with one note.
 */
export function toApiSchema(schema: JsonSchema, path: string, notes: Note[]): JsonSchema {
  const dropped = new Set<string>();
  const lowered = lower(schema, { root: schema, dropped, followed: [] });
  if (dropped.size) notes.push({ path, action: 'changed', why: `this provider's schemas know no ${[...dropped].join(', ')}` });
  return lowered;
}

function lower(given: Json, on: Lowering): Json {
  const schema = merged(given, on);
  const written: Json = {};
  const { followed } = schema;
  const deeper = { ...on, followed };
  for (const [key, value] of Object.entries(schema.value)) {
    if (key === 'type') Object.assign(written, typeOf(value));
    else if (key === 'const') written.enum = [value];
    else if (key === 'properties' && isObject(value))
      written.properties = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, lowerAny(one, deeper)]));
    else if (key === 'items') written.items = lowerAny(value, deeper);
    else if ((key === 'anyOf' || key === 'oneOf') && Array.isArray(value)) Object.assign(written, oneOf(value, deeper));
    else if (KNOWN.has(key)) written[key] = value;
    else if (!key.startsWith('$') && key !== 'definitions' && key !== 'additionalProperties') on.dropped.add(key);
  }
  return mended(written, on);
}

function lowerAny(value: unknown, on: Lowering): unknown {
  return isObject(value) ? lower(value, on) : {};
}

/** A reference and `allOf` as the schema they stand for. */
function merged(given: Json, on: Lowering): { value: Json; followed: readonly string[] } {
  let value = given;
  let { followed } = on;
  const { $ref: ref, allOf } = given;
  if (typeof ref === 'string') {
    const { $ref: _, ...beside } = given;
    const target = followed.filter((one) => one === ref).length < DEPTH ? resolve(ref, on.root) : undefined;
    if (!target) on.dropped.add('$ref');
    value = { ...target, ...beside };
    followed = [...followed, ref];
  }
  if (Array.isArray(allOf)) {
    const { allOf: _, ...beside } = value;
    value = allOf.filter(isObject).reduce<Json>((all, one) => join(all, merged(one, { ...on, followed }).value), beside);
  }
  return { value, followed };
}

function join(a: Json, b: Json): Json {
  const properties = isObject(a.properties) && isObject(b.properties) && { properties: { ...a.properties, ...b.properties } };
  const required = Array.isArray(a.required) && Array.isArray(b.required) && { required: [...new Set([...a.required, ...b.required])] };
  return { ...b, ...a, ...properties, ...required };
}

function resolve(ref: string, root: Json): Json | undefined {
  if (!ref.startsWith('#/')) return undefined;
  const found = ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, step) => (isObject(at) ? at[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined), root);
  return isObject(found) ? found : undefined;
}

/** The API's names of types are in capitals. */
function typeOf(value: unknown): Json {
  const types = (Array.isArray(value) ? value : [value]).filter((type): type is string => typeof type === 'string');
  const [one, ...others] = types.filter((type) => type !== 'null').map((type) => type.toUpperCase());
  const nullable = types.includes('null') && { nullable: true };
  if (one === undefined) return { type: 'NULL' };
  return others.length ? { anyOf: [one, ...others].map((type) => ({ type })), ...nullable } : { type: one, ...nullable };
}

/** Null as one of several is `nullable`; one that is left is the schema itself. */
function oneOf(value: readonly unknown[], on: Lowering): Json {
  const schemas = value.filter(isObject);
  const others = schemas.filter((one) => one.type !== 'null').map((one) => lower(one, on));
  const nullable = others.length < schemas.length && { nullable: true };
  return others.length === 1 ? { ...others[0], ...nullable } : { anyOf: others, ...nullable };
}

/** Lists need a type of their items, and values are strings only. */
function mended(written: Json, { dropped }: Lowering): Json {
  if (written.type === 'ARRAY' && !isObject(written.items)) written.items = {};
  if (Array.isArray(written.enum)) {
    const values = written.enum.filter((value) => value !== null);
    if (values.length < written.enum.length) written.nullable = true;
    if (values.every((value) => typeof value === 'string')) written.enum = values;
    else {
      dropped.add('values other than strings');
      delete written.enum;
    }
  }
  return written;
}
