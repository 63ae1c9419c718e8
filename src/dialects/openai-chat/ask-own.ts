import type { Block, ReasoningBlock, TextBlock, ToolCallBlock, ToolResultBlock } from '../../protocol/block.ts';
import { markFailure } from '../../protocol/history.ts';
import { type Json, object } from '../../protocol/json.ts';
import type { OutputFormat, Prompt, Reasoning, Tool, ToolChoice, Turn } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';
import { mediaPart } from './ask-parts.ts';
import { CALL_SEAL, callSeal, detailsOf } from './seals.ts';
import { SAMPLING, type Spelling, spelled } from './shapes.ts';

/** A prompt that came in this dialect, as it came: the reverse of `accept`, no repair. `model` is the client's own. */
export function ownBody(prompt: Prompt): Json {
  const { form = {} } = prompt;
  const body: Json = { ...prompt.rest, ...(form['silent'] ? (JSON.parse(form['silent']) as Json) : undefined) };
  const set = (key: string, value: unknown) => {
    if (value !== undefined) body[key] = value;
  };
  body['model'] = prompt.model;
  body['messages'] = prompt.turns.map(messageOf);
  set('stream', prompt.stream || (form['stream'] === 'false' ? false : undefined));
  const legacy = form['tools'] === 'functions';
  if (prompt.tools.length) body[legacy ? 'functions' : 'tools'] = prompt.tools.map((tool) => toolOf(tool, legacy));
  if (prompt.toolChoice)
    body[legacy ? 'function_call' : 'tool_choice'] = ownChoice(prompt.toolChoice, form['toolChoice'], legacy, prompt.tools);
  set('parallel_tool_calls', prompt.parallelTools);
  set(form['maxTokens'] ?? 'max_tokens', prompt.maxTokens);
  set('stop', form['stop'] === 'string' ? prompt.stop?.[0] : prompt.stop);
  set(form['user'] ?? 'user', prompt.user);
  set('prompt_cache_key', prompt.cacheKey);
  if (prompt.streamUsage !== undefined) body['stream_options'] = { ...object(body['stream_options']), include_usage: prompt.streamUsage };
  if (prompt.reasoning && form['reasoning']) {
    body['reasoning'] = { ...object(body['reasoning']), ...reasoningOf(prompt.reasoning, form['reasoning']) };
  } else set('reasoning_effort', prompt.reasoning?.effort);
  if (prompt.output) body['response_format'] = outputOf(prompt.output, form['output'], object(body['response_format']));
  for (const [name, key] of SAMPLING) set(key, prompt.sampling[name]);
  return body;
}

function reasoningOf({ mode, effort, budget }: Reasoning, form: string): Json {
  const wish: Json = {};
  if (effort !== undefined) wish['effort'] = effort;
  if (budget !== undefined) wish['max_tokens'] = budget;
  if (form === 'switch') wish['enabled'] = mode === 'on';
  return wish;
}

function outputOf(output: OutputFormat, form: string | undefined, left: Json = {}): Json {
  if (output.kind === 'text') return { type: 'text', ...left };
  if (output.kind === 'json') return { type: 'json_object', ...left };
  const { kind: _, schema, ...facts } = output;
  if (form) return { type: form.replace('flat ', ''), schema, ...left };
  return { type: 'json_schema', ...left, json_schema: { ...facts, schema, ...object(left['json_schema']) } };
}

function toolOf(tool: Tool, legacy: boolean): unknown {
  if (tool.kind === 'opaque') return tool.raw;
  const key = tool.kind === 'function' ? 'function' : 'custom';
  const { [key]: left, ...outer } = tool.rest ?? {};
  const inner: Json = { name: tool.name };
  if (tool.description !== undefined) inner['description'] = tool.description;
  if (tool.kind === 'function') {
    if (tool.schema !== undefined) inner['parameters'] = tool.schema;
    if (tool.strict !== undefined) inner['strict'] = tool.strict;
  } else if (tool.format !== undefined) inner['format'] = formatOf(tool.format);
  Object.assign(inner, left);
  return legacy ? inner : { type: key, [key]: inner, ...outer };
}

/** A text tool's format: this wire holds a grammar one level deeper than the canonical form. */
export function formatOf(format: unknown): unknown {
  const { type, ...grammar } = object(format) ?? {};
  return type === 'grammar' && !object(grammar['grammar']) ? { type, grammar } : format;
}

/** The choice as `tool_choice`, or as the older `function_call`; `form` is its spelling, JSON where it was an odd one. */
export function ownChoice(choice: ToolChoice, form: string | undefined, isLegacy: boolean, tools: readonly Tool[]): unknown {
  if (form?.startsWith('{')) return JSON.parse(form) as unknown;
  if (choice.mode === 'named') return isLegacy ? { name: choice.name } : { type: form, [form ?? 'function']: { name: choice.name } };
  if (!choice.allowed) return form ?? choice.mode;
  const allowed = choice.allowed.map((name) => {
    const type = tools.some((tool) => tool.kind === 'text' && tool.name === name) ? 'custom' : 'function';
    return { type, [type]: { name } };
  });
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools: allowed } };
}

function messageOf(turn: Turn): Json {
  const spelling = spelled(turn.form);
  const result = turn.blocks.find((block) => block.kind === 'tool-result');
  const message =
    turn.role === 'assistant' ? answered(turn.blocks, spelling) : result ? returned(result, spelling) : spoken(turn, spelling);
  return { ...message, ...spelling.silent, ...turn.rest };
}

function spoken(turn: Turn, spelling: Spelling): Json {
  return { role: spelling.role ?? turn.role, ...contentOf(turn.blocks, spelling) };
}

function returned(result: ToolResultBlock, spelling: Spelling): Json {
  const content = contentOf(markFailure(result), spelling);
  if (spelling.role) return { role: spelling.role, name: spelling.name, ...content };
  return spelling.id ? { role: 'tool', ...content } : { role: 'tool', tool_call_id: result.id, ...content };
}

function answered(blocks: readonly Block[], spelling: Spelling): Json {
  const message: Json = { role: 'assistant' };
  const { text, details } = detailsOf(blocks.filter((block): block is ReasoningBlock => block.kind === 'reasoning'));
  if (text && spelling.thought !== 'none') message[spelling.thought ?? 'reasoning_content'] = text;
  if (details.length) message['reasoning_details'] = details;
  const refusal = spelling.refusal && blocks.findLast((block): block is TextBlock => block.kind === 'text' && block.refusal === true);
  if (refusal) message['refusal'] = refusal.text;
  const isContent = (block: Block) => block.kind !== 'reasoning' && block.kind !== 'tool-call' && block !== refusal;
  Object.assign(message, contentOf(blocks.filter(isContent), spelling));
  const calls = blocks.filter((block): block is ToolCallBlock => block.kind === 'tool-call').map(callOf);
  if (spelling.calls) message['function_call'] = calls[0]?.['function'];
  else if (calls.length) message['tool_calls'] = calls;
  return message;
}

function contentOf(blocks: readonly Block[], spelling: Spelling): Json {
  if (blocks.length === 0 && spelling.content !== 'parts') return spelling.content === 'absent' ? {} : { content: null };
  const [first] = blocks;
  if (spelling.content !== 'parts' && blocks.length === 1 && first?.kind === 'text') return { content: first.text };
  return { content: blocks.map((block, at) => partOf(block, spelling.bare?.includes(at) ?? false)) };
}

function partOf(block: Block, isBare: boolean): unknown {
  if (block.kind === 'opaque') return block.raw;
  if (block.kind === 'text' && isBare) return block.text;
  if (block.kind === 'text')
    return { type: block.refusal ? 'refusal' : 'text', [block.refusal ? 'refusal' : 'text']: block.text, ...block.rest };
  const part = block.kind === 'media' ? mediaPart(block, true) : undefined;
  if (!part || block.kind !== 'media') return undefined;
  const key = String(part['type']);
  return isBare ? { ...part, [key]: object(part[key])?.['url'], ...block.rest } : withRest(part, key, block.rest);
}

/** Puts back what `accept` kept: beside the payload, and inside it. */
function withRest(part: Json, key: string, rest: Rest | undefined): Json {
  if (!rest) return part;
  const { [key]: left, ...outer } = rest;
  return { ...part, [key]: { ...object(part[key]), ...object(left) }, ...outer };
}

function callOf(call: ToolCallBlock): Json {
  const key = call.input === 'text' ? 'custom' : 'function';
  const body = key === 'custom' ? { name: call.name, input: call.arguments } : { name: call.name, arguments: call.arguments };
  const entry: Json = { id: call.id, type: key, [key]: body };
  if (call.seal) entry[CALL_SEAL] = callSeal(call.seal);
  return withRest(entry, key, call.rest);
}
