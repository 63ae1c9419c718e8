import { type Json, object } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { FunctionTool, Prompt, TextTool, Tool } from '../../protocol/prompt.ts';
import { plainRoot } from '../../protocol/root-schema.ts';
import { declared, wireName } from '../../protocol/tools.ts';
import { NAME } from './shapes.ts';

function isCallable(tool: Tool): tool is FunctionTool | TextTool {
  return tool.kind !== 'opaque';
}

/** Tools that came in this dialect as they came, their groups rebuilt. */
export function sameTools(list: readonly Tool[]): unknown[] {
  const written: unknown[] = [];
  let group: { name: string; tools: Json[] } | undefined;
  for (const tool of list) {
    if (!isCallable(tool)) {
      group = undefined;
      written.push(tool.raw);
      continue;
    }
    const { namespace: head, ...rest } = tool.rest ?? {};
    const json = sameTool(tool, tool.namespace ? rest : (tool.rest ?? {}));
    if (!tool.namespace) {
      group = undefined;
      written.push(json);
      continue;
    }
    if (group?.name !== tool.namespace || head !== undefined) {
      group = { name: tool.namespace, tools: [] };
      written.push({ type: 'namespace', ...object(head), ...group });
    }
    group.tools.push(json);
  }
  return written;
}

function sameTool(tool: FunctionTool | TextTool, rest: Json): Json {
  const json: Json = { type: tool.kind === 'text' ? 'custom' : 'function', name: tool.name };
  if (tool.description !== undefined) json.description = tool.description;
  if (tool.kind === 'text') {
    if (tool.format !== undefined) json.format = tool.format;
  } else {
    if (tool.strict !== undefined) json.strict = tool.strict;
    if (tool.schema !== undefined) json.parameters = tool.schema;
  }
  return { ...json, ...rest };
}

/** Tools of another dialect. Hosted tools of that dialect are left out (`noteLosses` has said so). */
export function newTools(list: readonly Tool[], notes: Note[]): Json[] {
  return list.filter(isCallable).map((tool) => {
    const json: Json = { type: tool.kind === 'text' ? 'custom' : 'function', name: wireName(tool) };
    if (tool.description !== undefined) json.description = tool.description;
    if (tool.kind === 'text') return tool.format === undefined ? json : { ...json, format: flatGrammar(tool.format) };
    // Left out, `strict` means true here, and a schema that was never written for it is refused.
    const { schema, isWider } = plainRoot(tool.schema);
    if (isWider)
      notes.push({ path: `${tool.name}.schema`, action: 'changed', why: 'several schemas at its root became one that takes all of them' });
    return { ...json, strict: tool.strict ?? false, parameters: { properties: {}, ...schema } };
  });
}

/** A grammar is one flat object here; the other dialect that has grammars nests it. */
function flatGrammar(format: unknown): unknown {
  const grammar = object(object(format)?.grammar);
  return grammar ? { type: 'grammar', ...grammar } : format;
}

/** A tool choice of another dialect; undefined without one, or without tools to choose from. */
export function newChoice({ toolChoice: choice, tools }: Pick<Prompt, 'toolChoice' | 'tools'>): unknown {
  if (!choice || !tools.some(isCallable)) return undefined;
  const reference = (name: string): Json => {
    const tool = declared({ tools: [...tools] }, name);
    return { type: tool?.kind === 'text' ? 'custom' : 'function', name: wireName(tool ?? { name }) };
  };
  if (choice.mode === 'named') return reference(choice.namespace ? wireName(choice) : choice.name);
  if (!choice.allowed || choice.mode === 'none') return choice.mode;
  return { type: 'allowed_tools', mode: choice.mode, tools: choice.allowed.map(reference) };
}

/** The tool choice a client of this dialect made, as it made it. */
export function sameChoice(prompt: Prompt): unknown {
  const spelled = prompt.dialect === NAME ? prompt.form?.tool_choice : undefined;
  return spelled === undefined ? newChoice(prompt) : JSON.parse(spelled);
}
