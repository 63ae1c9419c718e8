import { textOf } from '../../protocol/block.ts';
import type { Target, WireRequest } from '../../protocol/dialect.ts';
import { repair, splitSystem } from '../../protocol/history.ts';
import { type Json, list, object } from '../../protocol/json.ts';
import { noteLosses } from '../../protocol/losses.ts';
import type { Note } from '../../protocol/note.ts';
import type { OutputFormat, Prompt, Reasoning } from '../../protocol/prompt.ts';
import { wireName } from '../../protocol/tools.ts';
import { newItems, sameItems } from './ask-items.ts';
import { newChoice, newTools, sameChoice, sameTools } from './ask-tools.ts';
import { INPUT_TEXT, INSTRUCTIONS, NAME, SEALED } from './shapes.ts';

const PATH = '/v1/responses';

/** A prompt as a request of this dialect, with a note for all that it cannot carry. */
export function ask(prompt: Prompt, target: Target): { request: WireRequest; notes: Note[] } {
  const notes: Note[] = [];
  const body = prompt.dialect === NAME ? sameBody(prompt, notes) : newBody(prompt, target, notes);
  if (prompt.dialect === NAME && target.quirks?.has(THOUGHTLESS)) unasked(body);
  return { request: { path: PATH, headers: {}, body: { model: target.model, ...body } }, notes };
}

const THOUGHTLESS = 'no-sealed-reasoning';

/** Looks at bytes only: whether the client asks a model for sealed thoughts that would refuse because it has none. */
export function needsMending(body: Buffer, { quirks }: Target): boolean {
  return quirks?.has(THOUGHTLESS) === true && body.includes(SEALED);
}

/** Takes the wish for sealed thoughts out; nothing is lost with a model that has none. */
function unasked(body: Json): void {
  const others = list(body.include).filter((name) => name !== SEALED);
  if (others.length) body.include = others;
  else delete body.include;
}

function formatOf(output: OutputFormat): Json {
  if (output.kind === 'text') return { type: 'text' };
  if (output.kind === 'json') return { type: 'json_object' };
  const { schema, name, description, strict } = output;
  const format: Json = { type: 'json_schema', schema };
  if (name !== undefined) format.name = name;
  if (description !== undefined) format.description = description;
  if (strict !== undefined) format.strict = strict;
  return format;
}

/** What a client of this dialect asked, all but its `model` and `input`, as it asked it. */
export function settings(prompt: Prompt): Json {
  const { form, rest } = prompt;
  const body: Json = {};
  const instructions = prompt.turns.find((turn) => turn.form === INSTRUCTIONS);
  if (instructions) body.instructions = textOf(instructions.blocks);
  if (prompt.tools.length || form?.tools) body.tools = sameTools(prompt.tools);
  const choice = sameChoice(prompt);
  if (choice !== undefined) body.tool_choice = choice;
  const { temperature, topP } = prompt.sampling;
  const plain: Json = {
    parallel_tool_calls: prompt.parallelTools,
    max_output_tokens: prompt.maxTokens,
    temperature,
    top_p: topP,
    prompt_cache_key: prompt.cacheKey,
    [form?.user === 'user' ? 'user' : 'safety_identifier']: prompt.user,
  };
  for (const key in plain) if (plain[key] !== undefined) body[key] = plain[key];
  if (prompt.output) body.text = { format: formatOf(prompt.output) };
  const { effort, summary } = prompt.reasoning ?? {};
  if (prompt.reasoning) body.reasoning = { ...(effort !== undefined && { effort }), ...(summary !== undefined && { summary }) };
  for (const key in form) if (!NOT_A_FIELD.has(key)) body[key] = JSON.parse(form[key] as string);
  for (const key in rest) put(body, key, rest[key]);
  return body;
}

/** Names in `Prompt.form` that say how something was spelled; the others are fields as JSON. */
const NOT_A_FIELD: ReadonlySet<string> = new Set(['input', 'tools', 'tool_choice', 'user', 'stream']);

/** Sets a field of `rest`; the dotted names that `accept` made go back where they came from. */
function put(body: Json, key: string, value: unknown): void {
  const [, path, name] = /^(reasoning|text(?:\.format)?)\.(.*)$/s.exec(key) ?? [];
  if (path === undefined || name === undefined) {
    body[key] = value;
    return;
  }
  let at = body;
  for (const step of path.split('.')) at = at[step] = object(at[step]) ?? {};
  at[name] = value;
}

function sameBody(prompt: Prompt, notes: Note[]): Json {
  const turns = prompt.turns.filter((turn) => turn.form !== INSTRUCTIONS);
  const [first] = turns;
  const body: Json = {};
  if (turns.length === 1 && first?.form === INPUT_TEXT) body.input = textOf(first.blocks);
  else if (prompt.form?.input !== 'absent' || turns.length) body.input = sameItems(turns, notes);
  Object.assign(body, settings(prompt));
  if (prompt.stream) body.stream = true;
  else if (prompt.form?.stream) body.stream = false;
  return body;
}

/** OpenAI refuses smaller limits. Tokens. */
const LEAST_OUTPUT = 16;
/** Longest `safety_identifier` and `prompt_cache_key` that OpenAI takes. */
const ID_LIMIT = 64;

function newBody(prompt: Prompt, target: Target, notes: Note[]): Json {
  noteLosses(prompt, NAME, notes);
  const { system, turns } = splitSystem(repair(prompt.turns, notes));
  const instructions = textOf(system, '\n\n');
  for (const block of system)
    if (block.kind === 'media') notes.push({ path: `system ${block.media}`, action: 'dropped', why: 'instructions are text here' });
  const body: Json = {};
  const input = newItems(turns, notes);
  if (input.length === 0 && instructions) {
    input.push({ type: 'message', role: 'user', content: [{ type: 'input_text', text: instructions }] });
    notes.push({ path: 'system', action: 'changed', why: 'there is no message besides it, so it is sent as the user message' });
  } else if (instructions) body.instructions = instructions;
  body.input = input;
  const tools = newTools(prompt.tools, notes);
  if (tools.length) body.tools = tools;
  const choice = newChoice(prompt);
  if (choice !== undefined) body.tool_choice = choice;
  if (tools.length && prompt.parallelTools !== undefined) body.parallel_tool_calls = prompt.parallelTools;
  if (prompt.maxTokens !== undefined) {
    body.max_output_tokens = Math.max(LEAST_OUTPUT, prompt.maxTokens);
    if (prompt.maxTokens < LEAST_OUTPUT)
      notes.push({ path: 'max tokens', action: 'changed', why: `${NAME} takes no limit below ${LEAST_OUTPUT}` });
  }
  const { temperature, topP } = prompt.sampling;
  if (temperature !== undefined) body.temperature = temperature;
  if (topP !== undefined) body.top_p = topP;
  const reasoning = prompt.reasoning && reasoningOf(prompt.reasoning, notes);
  if (reasoning) body.reasoning = reasoning;
  if (prompt.output && prompt.output.kind !== 'text') body.text = { format: named(formatOf(prompt.output)) };
  identify(body, 'safety_identifier', prompt.user, notes);
  identify(body, 'prompt_cache_key', prompt.cacheKey, notes);
  noteMissing(prompt, notes);
  // Nothing is kept at the provider, so thoughts have to come back sealed to be sent again. Models that do not think may refuse to be asked.
  body.store = false;
  if (!target.quirks?.has(THOUGHTLESS)) body.include = [SEALED];
  if (prompt.stream) body.stream = true;
  return body;
}

/** A schema must have a name here, of the same letters as a tool's. */
function named(format: Json): Json {
  if (format.type !== 'json_schema') return format;
  return { ...format, name: wireName({ name: typeof format.name === 'string' ? format.name : 'answer' }) };
}

function identify(body: Json, field: string, value: string | undefined, notes: Note[]): void {
  if (value === undefined) return;
  if (value.length <= ID_LIMIT) body[field] = value;
  else notes.push({ path: field, action: 'dropped', why: `${NAME} takes at most ${ID_LIMIT} characters` });
}

/** Thinking budgets as efforts. Tokens below which the effort holds. */
const EFFORTS: readonly (readonly [number, string])[] = [
  [4096, 'low'],
  [16384, 'medium'],
  [Number.POSITIVE_INFINITY, 'high'],
];

const SUMMARIES: ReadonlySet<string> = new Set(['auto', 'concise', 'detailed']);

function reasoningOf(reasoning: Reasoning, notes: Note[]): Json | undefined {
  if (reasoning.mode === 'off') return { effort: 'none' };
  const json: Json = {};
  if (reasoning.effort !== undefined) json.effort = reasoning.effort;
  else if (reasoning.budget !== undefined) {
    const { budget } = reasoning;
    json.effort = EFFORTS.find(([below]) => budget < below)?.[1];
    notes.push({
      path: 'reasoning budget',
      action: 'changed',
      why: `${NAME} knows efforts only: ${budget} tokens became "${json.effort}"`,
    });
  } else if (reasoning.mode !== undefined)
    notes.push({ path: 'reasoning', action: 'changed', why: 'how much to think is left to the model' });
  if (reasoning.summary !== undefined && SUMMARIES.has(reasoning.summary)) json.summary = reasoning.summary;
  // Who turned thinking on expects to see thoughts; here they are shown on request only.
  else if (reasoning.mode !== undefined && reasoning.summary !== 'omitted') json.summary = 'auto';
  return Object.keys(json).length ? json : undefined;
}

/** Notes for canonical fields that this dialect lacks. */
function noteMissing({ stop, sampling }: Prompt, notes: Note[]): void {
  const { topK, seed, frequencyPenalty, presencePenalty } = sampling;
  const missing = {
    stop: stop?.length ? stop : undefined,
    top_k: topK,
    seed,
    // Zero is what everyone has.
    frequency_penalty: frequencyPenalty || undefined,
    presence_penalty: presencePenalty || undefined,
  };
  for (const [path, value] of Object.entries(missing)) {
    if (value !== undefined) notes.push({ path, action: 'dropped', why: `${NAME} has no such field` });
  }
}
