import type { Block, MediaBlock, ReasoningBlock, ToolCallBlock, ToolResultBlock } from '../../protocol/block.ts';
import { markFailure } from '../../protocol/history.ts';
import { type Json, list, object } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt, Tool, Turn } from '../../protocol/prompt.ts';
import { OPTION, SAMPLING } from './accept.ts';
import { callSignature } from './seals.ts';
import { CALL_SIGNATURE, type CallSpelling, NAME, SIGNATURES, type Spelling, spelled } from './shapes.ts';

/**
 * A prompt that came in this dialect, as it came: the reverse of `accept`, no repair. `model` is the client's own.
 * Only seals of other dialects stay behind.
 */
export function ownBody(prompt: Prompt, notes: Note[]): Json {
  const { form = {} } = prompt;
  const silent = form['silent'] ? (JSON.parse(form['silent']) as Json) : {};
  const body: Json = { ...silent, model: prompt.model };
  const options: Json = { ...object(silent['options']), ...optionsOf(prompt) };
  for (const [key, value] of Object.entries(prompt.rest ?? {})) {
    if (key.startsWith(OPTION)) options[key.slice(OPTION.length)] = value;
    else body[key] = value;
  }
  if (Object.keys(options).length) body['options'] = options;
  if (form['door'] === 'generate') Object.assign(body, question(prompt.turns));
  else if (!('messages' in body)) body['messages'] = prompt.turns.map((turn, at) => messageOf(turn, `turns[${at}]`, notes));
  if (form['stream'] !== 'unsaid') body['stream'] = prompt.stream;
  const { output, reasoning } = prompt;
  if (prompt.tools.length) body['tools'] = prompt.tools.map((tool, at) => toolOf(tool, form[`tools[${at}].type`]));
  if (output?.kind === 'json') body['format'] = 'json';
  else if (output?.kind === 'schema') body['format'] = output.schema;
  if (reasoning) body['think'] = reasoning.effort ?? reasoning.mode === 'on';
  return body;
}

/** What of a prompt stands among the options. */
function optionsOf(prompt: Prompt): Json {
  const options: Json = {};
  for (const [name, key] of SAMPLING) if (prompt.sampling[name] !== undefined) options[key] = prompt.sampling[name];
  if (prompt.maxTokens !== undefined) options['num_predict'] = prompt.maxTokens;
  if (prompt.stop !== undefined) options['stop'] = prompt.stop;
  return options;
}

function toolOf(tool: Tool, type: string | undefined): unknown {
  if (tool.kind === 'opaque') return tool.raw;
  const { function: left, ...outer } = tool.rest ?? {};
  const body: Json = { name: tool.name };
  if (tool.description !== undefined) body['description'] = tool.description;
  if (tool.kind === 'function' && tool.schema !== undefined) body['parameters'] = tool.schema;
  const entry = { function: { ...body, ...object(left) }, ...outer };
  return type === 'absent' ? entry : { type: 'function', ...entry };
}

function question(turns: readonly Turn[]): Json {
  const body: Json = {};
  for (const { role, blocks, form } of turns) {
    const text = textIn(blocks);
    if (text !== undefined) body[role === 'system' ? 'system' : 'prompt'] = text;
    Object.assign(body, imagesOf(blocks, spelled(form)));
  }
  return body;
}

function textIn(blocks: readonly Block[]): string | undefined {
  const texts = blocks.filter((block) => block.kind === 'text');
  return texts.length ? texts.map(({ text }) => text).join('') : undefined;
}

function imagesOf(blocks: readonly Block[], spelling: Spelling): Json {
  const images = blocks.filter((block): block is MediaBlock => block.kind === 'media').flatMap(({ source }) => source);
  if (images.length === 0) return {};
  return {
    images: images.map((source, at) => {
      const data = source.from === 'base64' ? source.data : '';
      return source.from === 'base64' && spelling.urls?.includes(at) ? `data:${source.mime};base64,${data}` : data;
    }),
  };
}

function messageOf(turn: Turn, path: string, notes: Note[]): Json {
  const spelling = spelled(turn.form);
  const result = turn.blocks.find((block) => block.kind === 'tool-result');
  let message: Json;
  if (turn.role === 'assistant') message = answered(turn.blocks, spelling, path, notes);
  else if (result) message = returned(result, spelling);
  else message = { role: turn.role, ...spoken(turn.blocks, spelling) };
  if (spelling.role !== undefined) message['role'] = spelling.role;
  return { ...message, ...spelling.silent, ...turn.rest };
}

function spoken(blocks: readonly Block[], spelling: Spelling): Json {
  const text = textIn(blocks);
  const content = text === undefined ? (spelling.content === 'null' ? { content: null } : {}) : { content: text };
  return { ...content, ...imagesOf(blocks, spelling) };
}

function returned(result: ToolResultBlock, spelling: Spelling): Json {
  const message: Json = { role: 'tool', ...spoken(markFailure(result), spelling) };
  if (spelling.name !== undefined) message['tool_name'] = spelling.name;
  if (!spelling.id) message['tool_call_id'] = result.id;
  return message;
}

function answered(blocks: readonly Block[], spelling: Spelling, path: string, notes: Note[]): Json {
  const message: Json = { role: 'assistant', ...spoken(blocks, spelling) };
  const thoughts = blocks.filter((block): block is ReasoningBlock => block.kind === 'reasoning');
  const thought = thoughts.map(({ text }) => text).join('');
  if (thought) message['thinking'] = thought;
  const calls = blocks.filter((block): block is ToolCallBlock => block.kind === 'tool-call');
  const signatures = thoughts.flatMap(({ seal }) => (seal?.by === NAME ? list(seal.raw) : []));
  if (signatures.length) message[SIGNATURES] = signatures;
  if (calls.length) message['tool_calls'] = calls.map((call, at) => callOf(call, spelling.calls?.[at] ?? {}));
  for (const { seal } of [...thoughts, ...calls])
    if (seal && seal.by !== NAME)
      notes.push({ path: `${path}.seal`, action: 'dropped', why: 'only the provider that made it can read it' });
  return message;
}

function callOf(call: ToolCallBlock, form: CallSpelling): Json {
  const { function: left, ...outer } = call.rest ?? {};
  const body: Json = { name: call.name };
  if (form.arguments === 'null') body['arguments'] = null;
  else if (form.arguments !== 'absent') body['arguments'] = form.arguments === 'string' ? call.arguments : JSON.parse(call.arguments);
  if (form.index !== undefined) body['index'] = form.index;
  const entry: Json = { function: { ...body, ...object(left) } };
  if (form.id !== 'absent') entry['id'] = call.id;
  if (form.type) entry['type'] = form.type;
  if (call.seal?.by === NAME) entry[CALL_SIGNATURE] = callSignature(call.seal);
  return { ...entry, ...outer };
}
