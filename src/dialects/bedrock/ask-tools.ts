import type { ToolCallBlock } from '../../protocol/block.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { FunctionTool, Prompt, ToolChoice, Turn } from '../../protocol/prompt.ts';
import { asFunction, wireName } from '../../protocol/tools.ts';
import type { CachePoints } from './ask-cache.ts';
import { NAME } from './shapes.ts';

/** Tools and the choice among them; undefined when there are none and the history has no calls. */
export function toolConfig(prompt: Prompt, turns: readonly Turn[], thinks: boolean, points: CachePoints, notes: Note[]): Json | undefined {
  const past = turns.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'tool-call'));
  const choice = prompt.toolChoice;
  if (choice?.mode === 'none' && past.length === 0) {
    if (prompt.tools.length) notes.push({ path: 'toolChoice', action: 'changed', why: `${NAME} has no such choice; no tools are sent` });
    return undefined;
  }
  const tools = declaredTools(prompt, points, notes);
  if (tools.length === 0 && past.length === 0) {
    if (choice && choice.mode !== 'auto' && choice.mode !== 'none')
      notes.push({ path: 'toolChoice', action: 'dropped', why: 'there are no tools to choose from' });
    return undefined;
  }
  if (tools.length === 0) {
    notes.push({ path: 'tools', action: 'changed', why: `${NAME} takes no calls in the history without tools; they are declared by name` });
    return { tools: fromHistory(past) };
  }
  const written = choice && writeChoice(choice, thinks, notes);
  return written ? { tools, toolChoice: written } : { tools };
}

function declaredTools(prompt: Prompt, points: CachePoints, notes: Note[]): Json[] {
  const choice = prompt.toolChoice;
  const allowed = choice && 'allowed' in choice && choice.allowed ? new Set(choice.allowed) : undefined;
  if (allowed) notes.push({ path: 'toolChoice.allowed', action: 'changed', why: `${NAME} has no such list; the other tools are not sent` });
  return prompt.tools.flatMap((tool): Json[] => {
    if (tool.kind === 'opaque') return tool.dialect === NAME ? [tool.raw as Json] : [];
    if (allowed && !allowed.has(tool.name) && !allowed.has(wireName(tool))) return [];
    return [{ toolSpec: specOf(tool.kind === 'text' ? { ...asFunction(tool), rest: tool.rest } : tool) }, ...points.behind(tool)];
  });
}

function specOf(tool: FunctionTool): Json {
  const spec: Json = { name: wireName(tool) };
  // An empty description is refused.
  if (tool.description) spec.description = tool.description;
  spec.inputSchema = { json: { type: 'object', ...tool.schema } };
  if (tool.strict === true) spec.strict = true;
  return spec;
}

function fromHistory(calls: readonly ToolCallBlock[]): Json[] {
  const names = new Set(calls.map(wireName));
  return [...names].map((name) => ({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } }));
}

function writeChoice(choice: ToolChoice, thinks: boolean, notes: Note[]): Json | undefined {
  switch (choice.mode) {
    case 'auto':
      return { auto: {} };
    case 'none':
      notes.push({
        path: 'toolChoice',
        action: 'changed',
        why: `${NAME} cannot forbid calls, and the history has some; the model may call`,
      });
      return undefined;
    case 'required':
    case 'named':
      if (thinks) {
        notes.push({
          path: 'toolChoice',
          action: 'changed',
          why: 'this model cannot be forced to call a tool while it thinks; it may choose',
        });
        return { auto: {} };
      }
      return choice.mode === 'named' ? { tool: { name: wireName(choice) } } : { any: {} };
  }
}
