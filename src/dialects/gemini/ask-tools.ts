import type { Target } from '../../protocol/dialect.ts';
import { isObject, type Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { JsonSchema, Prompt } from '../../protocol/prompt.ts';
import { asFunction, wireName } from '../../protocol/tools.ts';
import { API_SCHEMAS } from './ask-config.ts';
import { singleTypes, toApiSchema } from './ask-schema.ts';
import { NAME } from './shapes.ts';

/**
 * Tools and the choice among them, for a prompt of another dialect. Schemas go as JSON Schema (`parametersJsonSchema`): it takes all
 * that clients write, while `parameters` refuses the whole request for one keyword it does not know.
 */
export function toolsOf(prompt: Prompt, target: Target, notes: Note[]): { tools?: Json[]; toolConfig?: Json } {
  const choice = prompt.toolChoice;
  const allowed = choice && 'allowed' in choice && choice.allowed ? new Set(choice.allowed) : undefined;
  const isAllowed = (tool: { name: string; namespace?: string }) => !allowed || allowed.has(tool.name) || allowed.has(wireName(tool));
  const isForced = choice?.mode === 'required';
  if (allowed && !isForced)
    notes.push({
      path: 'toolChoice.allowed',
      action: 'changed',
      why: `${NAME} lists functions that must be called; the others are not sent`,
    });
  const functions: Json[] = [];
  const hosted: Json[] = [];
  const names: string[] = [];
  prompt.tools.forEach((tool, at) => {
    if (tool.kind === 'opaque') {
      if (tool.dialect === NAME && isObject(tool.raw)) hosted.push(tool.raw);
      return;
    }
    if (isAllowed(tool)) names.push(wireName(tool));
    else if (!isForced) return;
    const called = tool.kind === 'text' ? asFunction(tool) : tool;
    const written: Json = { name: wireName(called) };
    if (called.description !== undefined) written.description = called.description;
    if (called.schema) Object.assign(written, schemaOf(called.schema, target, `tools[${at}].schema`, notes));
    if (called.strict)
      notes.push({ path: `tools[${at}].strict`, action: 'changed', why: `${NAME} has no strict functions; the schema guides the model` });
    functions.push(written);
  });
  const tools = functions.length ? [{ functionDeclarations: functions }, ...hosted] : hosted;
  if (functions.length === 0) {
    if (choice && choice.mode !== 'auto' && choice.mode !== 'none')
      notes.push({ path: 'toolChoice', action: 'dropped', why: 'there are no functions to choose from' });
    return tools.length ? { tools } : {};
  }
  if (prompt.parallelTools === false && choice?.mode !== 'none')
    notes.push({ path: 'parallelTools', action: 'dropped', why: `${NAME} models call in parallel as they like` });
  const calling = choice && callingOf(choice.mode === 'named' ? [wireName(choice)] : isForced && allowed ? names : undefined, choice.mode);
  return calling ? { tools, toolConfig: { functionCallingConfig: calling } } : { tools };
}

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY', named: 'ANY' } as const;

function callingOf(names: string[] | undefined, mode: keyof typeof MODES): Json {
  return names ? { mode: MODES[mode], allowedFunctionNames: names } : { mode: MODES[mode] };
}

function schemaOf(schema: JsonSchema, target: Target, path: string, notes: Note[]): Json {
  if (!target.quirks?.has(API_SCHEMAS)) return { parametersJsonSchema: singleTypes(schema) };
  const parameters = toApiSchema(schema, path, notes);
  // The API refuses an object without properties here, and takes a function without parameters.
  const isEmpty = !isObject(parameters.properties) || Object.keys(parameters.properties).length === 0;
  return isEmpty ? {} : { parameters };
}
