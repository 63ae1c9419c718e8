import { invalid } from '../../protocol/errors.ts';
import type { FunctionTool, TextTool, Tool, ToolChoice } from '../../protocol/prompt.ts';
import { restOf } from '../../protocol/rest.ts';
import { type Json, list, NAME, object, said } from './shapes.ts';

const TOOL_READ = new Set(['type', 'function', 'custom']);
const FUNCTION_READ = new Set(['name', 'description', 'parameters', 'strict']);
const CUSTOM_READ = new Set(['name', 'description', 'format']);

/** `tools`, or the older `functions`. @throws GatewayError `invalid` for a tool without a name */
export function toolsOf(value: readonly unknown[], field: 'tools' | 'functions'): Tool[] {
  return value.map((entry, at) => {
    const path = `${field}[${at}]`;
    const tool = object(entry);
    if (!tool) throw invalid(path, 'must be a tool such as {"type":"function","function":{"name":"…","parameters":{…}}}');
    if (field === 'functions') return functionOf(tool, undefined, path);
    const inner = object(tool['function']);
    if (inner) return functionOf(inner, restOf(tool, TOOL_READ), `${path}.function`);
    const custom = object(tool['custom']);
    if (custom && tool['type'] === 'custom') return textToolOf(custom, restOf(tool, TOOL_READ), `${path}.custom`);
    if (tool['type'] === 'function')
      throw invalid(`${path}.function`, 'is missing; put name, description and parameters inside "function"');
    if (typeof tool['type'] !== 'string') throw invalid(`${path}.type`, 'is missing; use "function"');
    return { kind: 'opaque', dialect: NAME, label: tool['type'], raw: entry };
  });
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
  if (typeof inner['description'] === 'string') tool.description = inner['description'];
  const format = object(inner['format']);
  if (format) tool.format = object(format['grammar']) ? { type: 'grammar', ...object(format['grammar']) } : format;
  const left = restOf(inner, CUSTOM_READ);
  const rest = left ? { ...outer, custom: left } : outer;
  if (rest) tool.rest = rest;
  return tool;
}

const MODES: Readonly<Record<string, 'auto' | 'none' | 'required'>> = { auto: 'auto', none: 'none', required: 'required', any: 'required' };

/** The choice and its spelling; undefined for a form not known here, which then stays in `rest`. */
export function choiceOf(value: unknown, field: 'tool_choice' | 'function_call'): { choice: ToolChoice; form?: string } | undefined {
  if (typeof value === 'string') {
    const mode = MODES[value];
    if (!mode) throw invalid(field, 'must be "auto", "none", "required" or an object that names a tool');
    return value === mode ? { choice: { mode } } : { choice: { mode }, form: value };
  }
  const choice = object(value);
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
  const mode = MODES[String(allowed?.['mode'])];
  if (!allowed || !mode) return undefined;
  const names: string[] = [];
  for (const entry of list(allowed['tools'])) {
    const tool = object(entry);
    const name = said(object(tool?.[String(tool?.['type'])])?.['name']);
    if (!name) return undefined;
    names.push(name);
  }
  return { choice: { mode, allowed: names } };
}
