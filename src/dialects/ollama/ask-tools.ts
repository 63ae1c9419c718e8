import { type Json, object } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { FunctionTool, JsonSchema, Prompt } from '../../protocol/prompt.ts';
import { asFunction, wireName } from '../../protocol/tools.ts';
import { NAME } from './shapes.ts';

/** `tools` for a prompt that came in another dialect. The wire has no choice among them, so a choice narrows what is offered. */
export function toolsFor(prompt: Prompt, notes: Note[]): Json[] | undefined {
  const { toolChoice: choice, parallelTools } = prompt;
  const offered = offeredBy(prompt);
  const tools: Json[] = [];
  prompt.tools.forEach((tool, at) => {
    if (tool.kind === 'opaque' || !offered(tool)) return;
    if (tool.kind === 'text') notes.push({ path: `tools[${at}]`, action: 'changed', why: 'sent as a function with one string' });
    else if (tool.strict)
      notes.push({ path: `tools[${at}].strict`, action: 'changed', why: `${NAME} holds no model to the schema of its arguments` });
    tools.push(entryOf(tool.kind === 'text' ? asFunction(tool) : tool));
  });
  if (prompt.tools.length && choice && (choice.mode !== 'auto' || choice.allowed)) {
    const why = tools.length ? 'the other tools were not sent, and the model may still choose not to call' : 'no tools were sent';
    notes.push({ path: 'tool_choice', action: 'changed', why: `${NAME} has no such field; ${why}` });
  }
  if (tools.length && parallelTools === false)
    notes.push({ path: 'parallel_tool_calls', action: 'dropped', why: `${NAME} has no such field` });
  return tools.length ? tools : undefined;
}

/** Which tools the choice leaves. */
function offeredBy({ toolChoice: choice }: Prompt): (tool: { name: string; namespace?: string }) => boolean {
  if (choice?.mode === 'none') return () => false;
  if (choice?.mode === 'named') return (tool) => wireName(tool) === wireName(choice);
  const allowed = choice?.allowed;
  return allowed ? (tool) => allowed.includes(tool.name) || allowed.includes(wireName(tool)) : () => true;
}

function entryOf(tool: FunctionTool): Json {
  const body: Json = { name: wireName(tool) };
  if (tool.description !== undefined) body['description'] = tool.description;
  body['parameters'] = { type: 'object', properties: {}, ...(tool.schema && readable(tool.schema)) };
  return { type: 'function', function: body };
}

/**
 * The schema as the server's typed reader takes it: it wants an object for each property and answers 400 to the booleans that stand for
 * "anything" and "nothing".
 */
function readable(schema: JsonSchema): JsonSchema {
  const properties = object(schema['properties']);
  if (!properties || Object.values(properties).every((value) => object(value))) return schema;
  return { ...schema, properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, object(value) ?? {}])) };
}
