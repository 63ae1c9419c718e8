import { invalid } from '../../protocol/errors.ts';
import { optionalObject, required } from '../../protocol/fields.ts';
import { isObject, type Json, stringIn } from '../../protocol/json.ts';
import type { FunctionTool, Tool, ToolChoice } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';
import { leftOver } from '../../protocol/rest.ts';
import { readApiSchema } from './accept-config.ts';
import { dotted, NAME, optionalList, optionalStrings } from './shapes.ts';

const DECLARATIONS = 'functionDeclarations';

/** How the client grouped its tools: for each entry of the list, its keys with the number of functions under each. */
export type Layout = [key: string, functions?: number][][];

/**
 * The tools of a request: an entry holds function declarations, or settings of tools that the provider runs, or both.
 * @throws GatewayError `invalid` naming the field
 */
export function readTools(body: Json, form: Record<string, string>): Tool[] {
  const list = optionalList(body, 'tools', 'tools');
  if (!list) return [];
  const tools: Tool[] = [];
  const layout: Layout = list.map((entry: unknown, at) => {
    const path = `tools[${at}]`;
    if (!isObject(entry)) throw invalid(path, 'must be an object, e.g. with "functionDeclarations"');
    return Object.entries(entry).map(([key, value]): Layout[number][number] => {
      if (key !== DECLARATIONS || value === null) {
        tools.push({ kind: 'opaque', dialect: NAME, label: key, raw: { [key]: value } });
        return [key];
      }
      const functions = optionalList(entry, key, `${path}.${key}`) ?? [];
      for (const [n, one] of functions.entries()) tools.push(readFunction(one, `${path}.${key}[${n}]`, tools.length, form));
      return [key, functions.length];
    });
  });
  form.tools = JSON.stringify(layout);
  return tools;
}

function readFunction(value: unknown, path: string, at: number, form: Record<string, string>): FunctionTool {
  if (!isObject(value)) throw invalid(path, 'must be an object with "name" and "parametersJsonSchema" or "parameters"');
  const known = new Set(['name', 'description']);
  const tool: FunctionTool = { kind: 'function', name: required(value, 'name', 'string', `${path}.name`) };
  const description = stringIn(value.description);
  if (description !== undefined) tool.description = description;
  const key = isObject(value.parametersJsonSchema) ? 'parametersJsonSchema' : 'parameters';
  const schema = optionalObject(value, key, `${path}.${key}`);
  if (schema) {
    known.add(key);
    tool.schema = key === 'parameters' ? readApiSchema(schema, `tools[${at}]`, form) : schema;
  }
  if (description === undefined) known.delete('description');
  const rest = leftOver(value, known);
  if (rest) tool.rest = rest;
  return tool;
}

const MODES: ReadonlyMap<unknown, 'auto' | 'none' | 'required'> = new Map([
  ['AUTO', 'auto'],
  ['NONE', 'none'],
  ['ANY', 'required'],
  // Either text or a call, and the call keeps to its schema.
  ['VALIDATED', 'auto'],
]);
const CONFIG = 'toolConfig';
const CALLING = `${CONFIG}.functionCallingConfig` as const;

/** `toolConfig.functionCallingConfig`. @throws GatewayError `invalid` */
export function readToolChoice(body: Json, form: Record<string, string>): { choice?: ToolChoice; rest?: Rest } {
  const config = optionalObject(body, CONFIG, CONFIG);
  if (!config) return {};
  form[CONFIG] = '{}';
  const rest = dotted(CONFIG, leftOver(config, new Set(['functionCallingConfig'])));
  const calling = optionalObject(config, 'functionCallingConfig', CALLING);
  if (!calling) return { rest };
  form[CALLING] = '{}';
  const mode = MODES.get(calling.mode);
  const names = optionalStrings(calling, 'allowedFunctionNames', `${CALLING}.allowedFunctionNames`);
  if (!mode) return { rest: { ...rest, ...dotted(CALLING, calling) } };
  if (calling.mode === 'VALIDATED') form[`${CALLING}.mode`] = 'VALIDATED';
  const allowed = names?.length ? names : undefined;
  const [only] = allowed ?? [];
  const choice: ToolChoice =
    mode === 'required' && allowed?.length === 1 && only !== undefined
      ? { mode: 'named', name: only }
      : { mode, ...(allowed && { allowed }) };
  const known = new Set(['mode', ...(allowed ? ['allowedFunctionNames'] : [])]);
  return { choice, rest: { ...rest, ...dotted(CALLING, leftOver(calling, known)) } };
}
