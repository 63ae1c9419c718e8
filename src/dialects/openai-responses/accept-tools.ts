import { invalid } from '../../protocol/errors.ts';
import { type Json, list, object, said } from '../../protocol/json.ts';
import type { FunctionTool, TextTool, Tool, ToolChoice } from '../../protocol/prompt.ts';
import { restOf } from '../../protocol/rest.ts';
import { wireName } from '../../protocol/tools.ts';
import { NAME } from './shapes.ts';

/** `tools` as canonical tools: groups flattened, hosted tools kept whole. @throws GatewayError `invalid` naming the tool and field. */
export function tools(list: unknown): Tool[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw invalid('tools', 'send an array of tools');
  return list.flatMap((value, at) => {
    const path = `tools[${at}]`;
    const tool = object(value);
    if (!tool) throw invalid(path, 'send each tool as an object with a "type"');
    const type = said(tool.type);
    if (!type) throw invalid(`${path}.type`, 'name the type of the tool, e.g. "function"');
    if (type === 'function' || type === 'custom') return [callable(tool, path)];
    const group = type === 'namespace' ? grouped(tool, path) : undefined;
    return group ?? [{ kind: 'opaque' as const, dialect: NAME, label: type, raw: tool }];
  });
}

/** A field that the canonical tool holds goes there when it has the right type; anything else stays in `rest` as it came. */
function callable(tool: Json, path: string): Tool {
  const name = said(tool.name);
  if (!name) throw invalid(`${path}.name`, 'name the tool; in this dialect the name stands beside "type", not inside "function"');
  const callers = tool.allowed_callers;
  // Other dialects cannot hold the model back, and a translation must not widen who may call a tool.
  if (Array.isArray(callers) && !callers.includes('direct')) {
    return { kind: 'opaque', dialect: NAME, label: `${tool.type} ${name}, not for the model to call,`, raw: tool };
  }
  const read = new Set(['type', 'name']);
  const built: FunctionTool | TextTool = tool.type === 'custom' ? { kind: 'text', name } : { kind: 'function', name };
  if (typeof tool.description === 'string') {
    built.description = tool.description;
    read.add('description');
  }
  if (built.kind === 'text') {
    if (tool.format !== undefined && tool.format !== null) {
      built.format = tool.format;
      read.add('format');
    }
  } else {
    const schema = object(tool.parameters);
    if (schema) {
      built.schema = schema;
      read.add('parameters');
    } else if (tool.parameters !== undefined && tool.parameters !== null) {
      throw invalid(`${path}.parameters`, 'send the parameters as a JSON schema object');
    }
    if (typeof tool.strict === 'boolean') {
      built.strict = tool.strict;
      read.add('strict');
    }
  }
  const rest = restOf(tool, read);
  if (rest) built.rest = rest;
  return built;
}

/**
 * The tools of a namespace group. What the group says beside its name is kept in the first tool's `rest.namespace` (null when it says
 * nothing), which also marks where a group begins. A group that holds anything but callable tools stays whole, by undefined.
 */
function grouped(group: Json, path: string): Tool[] | undefined {
  const namespace = said(group.name);
  const members = list(group.tools).map(object);
  const isCallable = (tool: Json | undefined) => (tool?.type === 'function' || tool?.type === 'custom') && !('namespace' in tool);
  if (!namespace || members.length === 0 || !members.every(isCallable)) return undefined;
  const built = members.map((tool, at) => callable(tool as Json, `${path}.tools[${at}]`));
  if (built.some((tool) => tool.kind === 'opaque')) return undefined;
  const head = restOf(group, new Set(['type', 'name', 'tools'])) ?? null;
  return (built as (FunctionTool | TextTool)[]).map((tool, at) => ({
    ...tool,
    namespace,
    ...(at === 0 && { rest: { ...tool.rest, namespace: head } }),
  }));
}

/** `tool_choice` in canonical form; undefined when only this dialect knows what it means. */
export function toolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice };
  const named = object(choice);
  if (!named) {
    if (typeof choice === 'string') throw invalid('tool_choice', 'send "auto", "none", "required" or an object naming a tool');
    return undefined;
  }
  const name = said(named.name);
  if ((named.type === 'function' || named.type === 'custom') && name) {
    const namespace = said(named.namespace);
    return { mode: 'named', name, ...(namespace && { namespace }) };
  }
  if (named.type !== 'allowed_tools') return undefined;
  const allowed = list(named.tools).flatMap((value) => {
    const tool = object(value);
    const called = said(tool?.name);
    const namespace = said(tool?.namespace);
    if (!called || (tool?.type !== 'function' && tool?.type !== 'custom')) return [];
    return [namespace ? wireName({ name: called, namespace }) : called];
  });
  return { mode: named.mode === 'required' ? 'required' : 'auto', allowed };
}
