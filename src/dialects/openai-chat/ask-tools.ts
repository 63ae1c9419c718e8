import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { FunctionTool, Prompt, TextTool } from '../../protocol/prompt.ts';
import { asFunction, declared, wireName } from '../../protocol/tools.ts';
import { formatOf } from './ask-own.ts';
import { NAME } from './shapes.ts';

/** `tools`, `tool_choice` and `parallel_tool_calls` for a prompt that came in another dialect. */
export function toolFields(prompt: Prompt, quirks: ReadonlySet<string>, notes: Note[]): Json {
  const { toolChoice: choice } = prompt;
  const tools: Json[] = [];
  const allowed = choice?.mode === 'named' ? undefined : choice?.allowed;
  prompt.tools.forEach((tool, at) => {
    if (tool.kind === 'opaque' || (allowed && !allowed.includes(tool.name) && !allowed.includes(wireName(tool)))) return;
    if (tool.kind === 'text' && !quirks.has('custom-tools')) {
      notes.push({ path: `tools[${at}]`, action: 'changed', why: 'sent as a function with one string' });
      tools.push(functionEntry(asFunction(tool)));
    } else tools.push(tool.kind === 'text' ? customEntry(tool) : functionEntry(tool));
  });
  const isThere = choice?.mode === 'named' ? declared(prompt, wireName(choice)) !== undefined : tools.length > 0;
  // Engines refuse a choice among nothing.
  if (!isThere && (choice?.mode === 'named' || choice?.mode === 'required')) {
    notes.push({ path: 'tool_choice', action: 'dropped', why: `${NAME} cannot be given the tool that was chosen` });
  }
  if (tools.length === 0) return {};
  const fields: Json = { tools };
  if (allowed) notes.push({ path: 'tool_choice', action: 'changed', why: 'only the allowed tools were sent' });
  if (choice?.mode === 'named') Object.assign(fields, isThere && { tool_choice: named(choice, prompt, quirks) });
  else if (choice) fields['tool_choice'] = choice.mode;
  // True is the default, and some engines refuse the field.
  if (prompt.parallelTools === false) fields['parallel_tool_calls'] = false;
  return fields;
}

function functionEntry(tool: FunctionTool): Json {
  const body: Json = { name: wireName(tool) };
  if (tool.description !== undefined) body['description'] = tool.description;
  body['parameters'] = tool.schema ?? { type: 'object', properties: {} };
  if (tool.strict) body['strict'] = true;
  return { type: 'function', function: body };
}

function customEntry(tool: TextTool): Json {
  const body: Json = { name: wireName(tool) };
  if (tool.description !== undefined) body['description'] = tool.description;
  if (tool.format !== undefined) body['format'] = formatOf(tool.format);
  return { type: 'custom', custom: body };
}

function named(choice: { name: string; namespace?: string }, prompt: Prompt, quirks: ReadonlySet<string>): Json {
  const name = wireName(choice);
  const type = quirks.has('custom-tools') && declared(prompt, name)?.kind === 'text' ? 'custom' : 'function';
  return { type, [type]: { name } };
}
