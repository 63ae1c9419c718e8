import { parseExact } from './json.ts';
import type { FunctionTool, Prompt, TextTool, Tool } from './prompt.ts';

/** Strictest limit among providers: 64 letters, digits, `_` and `-`. */
const NAME_LIMIT = 64;

/**
 * A tool's name as it goes to dialects without namespaces: `namespace__name`, held to 64 of [A-Za-z0-9_-]. No two tools with namespaces
 * get one name: where the last `__` is not the one between the two, the length of the namespace stands behind, as in `a__b__c_n1` for
 * `b__c` of `a`. A name that had to be cut ends in a hash of the whole, so that two long names stay apart.
 */
export function wireName({ name, namespace }: { name: string; namespace?: string }): string {
  const joined = namespace ? `${namespace}__${name}` : name;
  const isPlain = !namespace || (joined.lastIndexOf('__') === namespace.length && !/_n\d+$/.test(name));
  const full = isPlain ? joined : `${joined}_n${namespace.length}`;
  const legal = full.replace(/[^A-Za-z0-9_-]/g, '_');
  if (legal === full && full.length <= NAME_LIMIT) return full;
  const mark = `_${hash(full)}`;
  return legal.slice(0, NAME_LIMIT - mark.length) + mark;
}

/** FNV-1a, 32 bit, base 36: tells names apart, nothing more. */
function hash(text: string): string {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(36);
}

/** The declared tool a model means by `name`: its own name first, then its wire name. */
export function declared(prompt: Pick<Prompt, 'tools'>, name: string): FunctionTool | TextTool | undefined {
  const called = (tool: Tool): tool is FunctionTool | TextTool => tool.kind !== 'opaque';
  const tools = prompt.tools.filter(called);
  return tools.find((tool) => tool.name === name && !tool.namespace) ?? tools.find((tool) => wireName(tool) === name);
}

/** The one parameter under which a text tool's raw string travels in dialects that know only JSON tools. */
export const TEXT_PARAMETER = 'input';

/** A text tool as a function with one string, for dialects that know only functions. */
export function asFunction(tool: TextTool): FunctionTool {
  const grammar =
    tool.format && typeof tool.format === 'object' && 'definition' in tool.format ? String(tool.format.definition) : undefined;
  const schema = {
    type: 'object',
    properties: {
      [TEXT_PARAMETER]: { type: 'string', description: grammar ? `Must match this grammar:\n${grammar}` : 'The whole input, as raw text.' },
    },
    required: [TEXT_PARAMETER],
    additionalProperties: false,
  };
  return { kind: 'function', name: tool.name, namespace: tool.namespace, description: tool.description, schema };
}

/** A text tool's raw string as JSON arguments, and back. Text that is no such object is taken as the raw string itself. */
export function wrapText(text: string): string {
  return JSON.stringify({ [TEXT_PARAMETER]: text });
}
export function unwrapText(json: string): string {
  const value = parseObject(json);
  const text = value?.[TEXT_PARAMETER];
  return typeof text === 'string' ? text : json;
}

/** JSON arguments as an object; empty text is the empty object; undefined when it is neither. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  try {
    const value = parseExact(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function isJsonObject(text: string): boolean {
  return parseObject(text) !== undefined;
}

/**
 * Arguments of a call in the history as the object that some dialects demand. A broken text is kept under one visible name:
 * never silently `{}`, never a bare string.
 */
export function argumentsObject(text: string): { value: Record<string, unknown>; broken: boolean } {
  const value = parseObject(text);
  return value ? { value, broken: false } : { value: { unparsed_arguments: text }, broken: true };
}
