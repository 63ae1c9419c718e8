import { invalid } from '../../protocol/errors.ts';
import { type Json, list, object, said } from '../../protocol/json.ts';
import type { FunctionTool, TextTool, Tool, ToolChoice } from '../../protocol/prompt.ts';
import { restOf } from '../../protocol/rest.ts';
import { formatOf, ownChoice } from './ask-own.ts';
import { isSame, NAME } from './shapes.ts';

/** Of an entry's outside only what `ask` writes again by itself counts as read: its type and the definition under that name. */
const OUTER_READ = { function: new Set(['type', 'function']), custom: new Set(['type', 'custom']) } as const;
const FUNCTION_READ = new Set(['name', 'description', 'parameters', 'strict']);
const CUSTOM_READ = new Set(['name', 'description', 'format']);

/** `tools`, or the older `functions`. @throws GatewayError `invalid` for a tool without a name */
export function toolsOf(value: readonly unknown[], field: 'tools' | 'functions'): Tool[] {
  return value.map((entry, at) => {
    const path = `${field}[${at}]`;
    const tool = object(entry);
    if (!tool) throw invalid(path, 'must be a tool such as {"type":"function","function":{"name":"…","parameters":{…}}}');
    if (field === 'functions') return functionOf(tool, undefined, path);
    const custom = tool['type'] === 'custom' ? object(tool['custom']) : undefined;
    if (custom) return textToolOf(custom, outside(tool, 'custom'), `${path}.custom`);
    const inner = object(tool['function']);
    if (inner) return functionOf(inner, outside(tool, 'function'), `${path}.function`);
    if (tool['type'] === 'function')
      throw invalid(`${path}.function`, 'is missing; put name, description and parameters inside "function"');
    if (typeof tool['type'] !== 'string') throw invalid(`${path}.type`, 'is missing; use "function"');
    return { kind: 'opaque', dialect: NAME, label: tool['type'], raw: entry };
  });
}

function outside(tool: Json, key: 'function' | 'custom'): Json | undefined {
  const rest = restOf(tool, OUTER_READ[key]);
  return tool['type'] === key || tool['type'] === undefined ? rest : { ...rest, type: tool['type'] };
}

function nameOf(inner: Json, path: string): string {
  const name = said(inner['name']);
  if (!name) throw invalid(`${path}.name`, 'must be the name of the tool');
  return name;
}

/** Unread fields beside the definition stay at the top of `rest`, those inside it under `function` or `custom`. */
function functionOf(inner: Json, outer: Json | undefined, path: string): FunctionTool {
  const tool: FunctionTool = { kind: 'function', name: nameOf(inner, path) };
  const left = restOf(inner, FUNCTION_READ) ?? {};
  const { description, parameters, strict } = inner;
  if (typeof description === 'string') tool.description = description;
  else if (description !== undefined) left['description'] = description;
  if (object(parameters)) tool.schema = object(parameters);
  else if (parameters !== undefined && parameters !== null) throw invalid(`${path}.parameters`, 'must be a JSON Schema object');
  else if (parameters === null) left['parameters'] = null;
  if (typeof strict === 'boolean') tool.strict = strict;
  else if (strict !== undefined) left['strict'] = strict;
  const rest = Object.keys(left).length ? { ...outer, function: left } : outer;
  if (rest) tool.rest = rest;
  return tool;
}

function textToolOf(inner: Json, outer: Json | undefined, path: string): TextTool {
  const tool: TextTool = { kind: 'text', name: nameOf(inner, path) };
  const left = restOf(inner, CUSTOM_READ) ?? {};
  const { description, format } = inner;
  if (typeof description === 'string') tool.description = description;
  else if (description !== undefined) left['description'] = description;
  const grammar = object(object(format)?.['grammar']);
  if (object(format)) tool.format = grammar ? { type: 'grammar', ...grammar } : format;
  if (format !== undefined && !isSame(formatOf(tool.format), format)) left['format'] = format;
  const rest = Object.keys(left).length ? { ...outer, custom: left } : outer;
  if (rest) tool.rest = rest;
  return tool;
}

const MODES: ReadonlyMap<unknown, 'auto' | 'none' | 'required'> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['required', 'required'],
  ['any', 'required'],
] as const);

/** The choice and its spelling for `ownChoice`; undefined for a kind not known here, which then stays in `rest`. */
export function choiceOf(
  value: unknown,
  field: 'tool_choice' | 'function_call',
  tools: readonly Tool[],
): { choice: ToolChoice; form?: string } | undefined {
  const read = typeof value === 'string' ? modeOf(value, field) : selectionOf(object(value), field);
  if (!read || isSame(ownChoice(read.choice, read.form, field === 'function_call', tools), value)) return read;
  return { choice: read.choice, form: JSON.stringify(value) };
}

function modeOf(value: string, field: string): { choice: ToolChoice; form?: string } {
  const mode = MODES.get(value);
  if (!mode) throw invalid(field, 'must be "auto", "none", "required" or an object that names a tool');
  return value === mode ? { choice: { mode } } : { choice: { mode }, form: value };
}

function selectionOf(choice: Json | undefined, field: string): { choice: ToolChoice; form?: string } | undefined {
  if (!choice) throw invalid(field, 'must be "auto", "none", "required" or an object that names a tool');
  if (field === 'function_call') {
    const name = said(choice['name']);
    if (!name) throw invalid('function_call.name', 'must name a function');
    return { choice: { mode: 'named', name } };
  }
  const type = choice['type'];
  if (type === 'function' || type === 'custom') {
    const name = said(object(choice[type])?.['name']);
    if (!name) throw invalid(`tool_choice.${type}.name`, 'must name a tool');
    return { choice: { mode: 'named', name }, form: type };
  }
  const allowed = type === 'allowed_tools' ? object(choice['allowed_tools']) : undefined;
  const mode = MODES.get(allowed?.['mode']);
  if (!allowed || !mode) return undefined;
  const names: string[] = [];
  for (const entry of list(allowed['tools'])) {
    const tool = object(entry);
    const name = said(object(tool?.[said(tool?.['type']) ?? ''])?.['name']);
    if (!name) return undefined;
    names.push(name);
  }
  return { choice: { mode, allowed: names } };
}
