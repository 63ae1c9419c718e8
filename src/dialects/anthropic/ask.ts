import type { Target, WireRequest } from '../../protocol/dialect.ts';
import { repair } from '../../protocol/history.ts';
import type { Json } from '../../protocol/json.ts';
import { noteLosses } from '../../protocol/losses.ts';
import type { Note } from '../../protocol/note.ts';
import type { FunctionTool, Prompt, ToolChoice } from '../../protocol/prompt.ts';
import { putBack } from '../../protocol/rest.ts';
import { plainRoot } from '../../protocol/root-schema.ts';
import { asFunction, wireName } from '../../protocol/tools.ts';
import { wellFormed } from '../../protocol/well-formed.ts';
import { strictSchema } from './ask-schema.ts';
import type { ThinkingPlan } from './ask-thinking.ts';
import { maxTokensFor, planThinking } from './ask-thinking.ts';
import type { Conversation } from './ask-turns.ts';
import { writeForeignTurns, writeOwnTurns } from './ask-turns.ts';
import { NAME } from './shapes.ts';

const PATH = '/v1/messages';
/** There is no mode for JSON without a schema, so it is asked for in words. */
const JSON_ONLY = 'Answer with exactly one JSON object and nothing else: no code fence, no text before or after it.';

const CHOICES: Readonly<Record<ToolChoice['mode'], string>> = { auto: 'auto', none: 'none', required: 'any', named: 'tool' };
const THINKING: Readonly<Record<string, string>> = { on: 'enabled', off: 'disabled', adaptive: 'adaptive' };

/** A prompt as a Messages request, with a note for all that could not be carried or had to change. */
export function ask(prompt: Prompt, target: Target): { request: WireRequest; notes: Note[] } {
  const notes: Note[] = [];
  return { request: prompt.dialect === NAME ? askOwn(prompt, target, notes) : askForeign(prompt, target, notes), notes };
}

/** The request as the client wrote it, but for the model's name. */
function askOwn(prompt: Prompt, target: Target, notes: Note[]): WireRequest {
  const form = prompt.form ?? {};
  const { system, messages } = writeOwnTurns(prompt, notes);
  const { sampling, reasoning, output } = prompt;
  const body: Json = { model: target.model };
  const put = (key: string, value: unknown) => {
    if (value !== undefined) body[key] = value;
  };
  put('max_tokens', prompt.maxTokens);
  put('system', system);
  body.messages = messages;
  if (prompt.tools.length || form.tools === '[]')
    body.tools = prompt.tools.map((tool, at) => {
      if (tool.kind === 'opaque') return tool.raw;
      if (tool.kind === 'text') return writeTool(asFunction(tool));
      const type = form[`tools[${at}].type`];
      return { ...(type === undefined ? {} : { type }), ...writeTool(tool), ...tool.rest };
    });
  put('tool_choice', prompt.toolChoice && writeChoice(prompt.toolChoice, prompt.parallelTools));
  if (reasoning?.mode) {
    const thinking: Json = { type: THINKING[reasoning.mode] };
    if (reasoning.budget !== undefined) thinking.budget_tokens = reasoning.budget;
    if (reasoning.summary !== undefined) thinking.display = reasoning.summary;
    body.thinking = thinking;
  }
  const config: Json = {};
  if (reasoning?.effort !== undefined) config.effort = reasoning.effort;
  if (output?.kind === 'schema') {
    const format = { type: 'json_schema', schema: output.schema };
    if (form.output === 'output_format') body.output_format = format;
    else config.format = format;
  }
  if (Object.keys(config).length) body.output_config = config;
  put('temperature', sampling.temperature);
  put('top_p', sampling.topP);
  put('top_k', sampling.topK);
  put('stop_sequences', prompt.stop);
  if (prompt.user !== undefined) body.metadata = { user_id: prompt.user };
  if (prompt.stream || form.stream !== undefined) body.stream = prompt.stream;
  const headers: Record<string, string> = {};
  if (form['anthropic-beta'] !== undefined) headers['anthropic-beta'] = form['anthropic-beta'];
  const path = form.beta === undefined ? PATH : `${PATH}?beta=${encodeURIComponent(form.beta)}`;
  const whole = putBack(body, prompt.rest);
  if (whole.max_tokens === undefined) whole.max_tokens = maxTokensFor(prompt, target, 0, notes);
  return { path, headers, body: whole };
}

function askForeign(prompt: Prompt, target: Target, notes: Note[]): WireRequest {
  const turns = repair(prompt.turns, notes);
  noteLosses(prompt, NAME, notes);
  const plan = planThinking(prompt, turns, target, notes);
  const conversation = writeForeignTurns(turns, plan.mode !== 'off', notes);
  if (prompt.output?.kind === 'json') askForJson(conversation, notes);
  const body: Json = { model: target.model, max_tokens: plan.maxTokens };
  if (conversation.system) body.system = conversation.system;
  body.messages = conversation.messages;
  writeTools(prompt, plan, body, notes);
  if (plan.thinking) body.thinking = plan.thinking;
  const config: Json = {};
  if (plan.effort !== undefined) config.effort = plan.effort;
  const format = writeFormat(prompt, notes);
  if (format) config.format = format;
  if (Object.keys(config).length) body.output_config = config;
  writeSampling(prompt, plan, body, notes);
  const stop = prompt.stop?.filter((text) => text.trim() !== '');
  if (stop && stop.length !== prompt.stop?.length)
    notes.push({ path: 'stop', action: 'dropped', why: `${NAME} takes no stop sequence of white space alone` });
  if (stop?.length) body.stop_sequences = stop;
  if (prompt.user !== undefined) body.metadata = { user_id: prompt.user };
  if (prompt.cacheKey !== undefined) notes.push({ path: 'cacheKey', action: 'dropped', why: `${NAME} has no cache keys` });
  if (prompt.stream) body.stream = true;
  const mended = wellFormed(body);
  if (mended !== body)
    notes.push({ path: 'messages', action: 'changed', why: 'half characters (lone surrogates) were replaced by U+FFFD' });
  return { path: PATH, headers: {}, body: mended };
}

function askForJson(conversation: Conversation, notes: Note[]): void {
  const instruction = { type: 'text', text: JSON_ONLY };
  conversation.system = Array.isArray(conversation.system) ? [...conversation.system, instruction] : [instruction];
  notes.push({ path: 'output', action: 'changed', why: `${NAME} has no JSON mode without a schema; an instruction asks for it instead` });
}

function writeFormat(prompt: Prompt, notes: Note[]): Json | undefined {
  const { output } = prompt;
  if (output?.kind !== 'schema') return undefined;
  for (const key of ['name', 'description'] as const)
    if (output[key] !== undefined) notes.push({ path: `output.${key}`, action: 'dropped', why: `${NAME} has no such field` });
  if (output.strict === false) notes.push({ path: 'output.strict', action: 'dropped', why: `${NAME} always keeps to the schema` });
  return { type: 'json_schema', schema: strictSchema(output.schema, 'output.schema', notes) };
}

function writeTool(tool: FunctionTool): Json {
  const written: Json = { name: tool.name };
  if (tool.description !== undefined) written.description = tool.description;
  if (tool.schema) written.input_schema = tool.schema;
  if (tool.strict !== undefined) written.strict = tool.strict;
  return written;
}

function writeChoice(choice: ToolChoice, parallel: boolean | undefined): Json {
  const written: Json = { type: CHOICES[choice.mode] };
  if (choice.mode === 'named') written.name = choice.name;
  if (parallel !== undefined && choice.mode !== 'none') written.disable_parallel_tool_use = !parallel;
  return written;
}

function writeTools(prompt: Prompt, plan: ThinkingPlan, body: Json, notes: Note[]): void {
  const choice = prompt.toolChoice;
  const allowed = choice && 'allowed' in choice ? choice.allowed && new Set(choice.allowed) : undefined;
  if (allowed) notes.push({ path: 'toolChoice.allowed', action: 'changed', why: `${NAME} has no such list; the other tools are not sent` });
  const tools: unknown[] = [];
  prompt.tools.forEach((tool, at) => {
    if (tool.kind === 'opaque') {
      if (tool.dialect === NAME) tools.push(tool.raw);
      return;
    }
    if (allowed && !allowed.has(tool.name) && !allowed.has(wireName(tool))) return;
    const called = tool.kind === 'text' ? asFunction(tool) : tool;
    const strict = called.strict === true ? true : undefined;
    // The API demands an object at the root; other dialects let it be left out.
    const root = plainRoot(called.schema);
    if (root.isWider)
      notes.push({ path: `tools[${at}].schema`, action: 'changed', why: 'several schemas at its root became one that takes all of them' });
    let schema: Json = root.schema;
    if (strict) schema = strictSchema(schema, `tools[${at}].schema`, notes);
    tools.push(writeTool({ ...called, name: wireName(called), schema, strict }));
  });
  if (tools.length === 0) {
    if (choice && choice.mode !== 'auto' && choice.mode !== 'none')
      notes.push({ path: 'toolChoice', action: 'dropped', why: 'there are no tools to choose from' });
    return;
  }
  body.tools = tools;
  const alone = prompt.parallelTools === false ? false : undefined;
  if (choice && plan.mode === 'manual' && (choice.mode === 'required' || choice.mode === 'named')) {
    notes.push({ path: 'toolChoice', action: 'changed', why: 'this model cannot be forced to call a tool while it thinks; it may choose' });
    body.tool_choice = writeChoice({ mode: 'auto' }, alone);
  } else if (choice || alone !== undefined)
    body.tool_choice = writeChoice(
      choice?.mode === 'named' ? { mode: 'named', name: wireName(choice) } : (choice ?? { mode: 'auto' }),
      alone,
    );
}

function writeSampling(prompt: Prompt, plan: ThinkingPlan, body: Json, notes: Note[]): void {
  const { temperature, topP, topK, seed, frequencyPenalty, presencePenalty } = prompt.sampling;
  const drop = (path: string, why: string) => notes.push({ path, action: 'dropped', why });
  const thinks = plan.mode === 'manual' || plan.mode === 'adaptive';
  if (temperature !== undefined) {
    if (!thinks) body.temperature = Math.min(temperature, 1);
    else if (temperature !== 1) drop('temperature', 'it cannot be set while the model thinks');
    if (!thinks && temperature > 1) notes.push({ path: 'temperature', action: 'changed', why: 'the highest this API takes is 1' });
  }
  if (topP !== undefined) {
    if (thinks && topP < 0.95) drop('top_p', 'it must be at least 0.95 while the model thinks');
    else if (body.temperature === undefined) body.top_p = topP;
    else if (topP !== 1) drop('top_p', 'newer models take either temperature or top_p');
  }
  if (topK !== undefined) {
    if (thinks) drop('top_k', 'it cannot be set while the model thinks');
    else body.top_k = topK;
  }
  if (seed !== undefined) drop('seed', `${NAME} has no such field`);
  if (frequencyPenalty) drop('frequency_penalty', `${NAME} has no such field`);
  if (presencePenalty) drop('presence_penalty', `${NAME} has no such field`);
}
