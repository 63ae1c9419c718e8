import { isObject, type Json, list } from './json.ts';
import type { JsonSchema } from './prompt.ts';

/** How a schema may be several at once. */
const SEVERAL = ['anyOf', 'oneOf', 'allOf'] as const;

/**
 * A tool's schema with one plain object at its root, because two of the largest APIs refuse any other ("does not support oneOf, allOf,
 * or anyOf at the top level"): what was said in several schemas is said in one that takes all of them.
 * @returns the schema, and whether it now takes more than before
 */
export function plainRoot(schema: JsonSchema | undefined): { schema: JsonSchema; isWider: boolean } {
  const given = { type: 'object', ...schema };
  if (!SEVERAL.some((key) => Array.isArray(given[key as keyof typeof given]))) return { schema: given, isWider: false };
  const { anyOf, oneOf, allOf, ...root } = given as Json;
  const all = list(allOf).filter(isObject);
  const some = [...list(anyOf), ...list(oneOf)].filter(isObject);
  const properties: Json = Object.fromEntries(
    [root, ...all, ...some].flatMap((one) => Object.entries(isObject(one['properties']) ? one['properties'] : {})).reverse(),
  );
  const [first, ...others] = some.map((one) => list(one['required']));
  // What every way demands is demanded still.
  const common = (first ?? []).filter((name) => others.every((names) => names.includes(name)));
  const required = [...new Set([...list(root['required']), ...all.flatMap((one) => list(one['required'])), ...common])];
  return { schema: { ...root, type: 'object', properties, ...(required.length && { required }) }, isWider: true };
}
