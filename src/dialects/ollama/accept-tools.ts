import { invalid } from '../../protocol/errors.ts';
import { type Json, object, said } from '../../protocol/json.ts';
import type { FunctionTool, Tool } from '../../protocol/prompt.ts';
import { type Rest, restOf } from '../../protocol/rest.ts';
import { NAME } from './shapes.ts';

const TOOL_READ = new Set(['type', 'function']);
const FUNCTION_READ = new Set(['name', 'description', 'parameters']);

/** `tools`. A type that is missing is noted in `form`. @throws GatewayError `invalid` for a tool without a name */
export function toolsOf(value: readonly unknown[], form: Record<string, string>): Tool[] {
  return value.map((entry, at) => {
    const path = `tools[${at}]`;
    const tool = object(entry);
    if (!tool) throw invalid(path, 'must be a tool such as {"type":"function","function":{"name":"…","parameters":{…}}}');
    const { type } = tool;
    const inner = object(tool['function']);
    if (!inner) {
      const label = said(type);
      if (!label || label === 'function') throw invalid(`${path}.function`, 'is missing; put name, description and parameters inside it');
      return { kind: 'opaque', dialect: NAME, label, raw: entry };
    }
    const rest = restOf(tool, TOOL_READ);
    if (type === undefined) form[`${path}.type`] = 'absent';
    return functionOf(inner, type === undefined || type === 'function' ? rest : { ...rest, type }, `${path}.function`);
  });
}

/** Unread fields beside the definition stay at the top of `rest`, those inside it under `function`. */
function functionOf(inner: Json, outer: Rest | undefined, path: string): FunctionTool {
  const name = said(inner['name']);
  if (!name) throw invalid(`${path}.name`, 'must be the name of the tool');
  const tool: FunctionTool = { kind: 'function', name };
  const left = restOf(inner, FUNCTION_READ) ?? {};
  const { description, parameters } = inner;
  if (typeof description === 'string') tool.description = description;
  else if (description !== undefined) left['description'] = description;
  const schema = object(parameters);
  if (schema) tool.schema = schema;
  else if (parameters === null) left['parameters'] = null;
  else if (parameters !== undefined) throw invalid(`${path}.parameters`, 'must be a JSON Schema object');
  const rest = Object.keys(left).length ? { ...outer, function: left } : outer;
  if (rest) tool.rest = rest;
  return tool;
}
