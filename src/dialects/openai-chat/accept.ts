import type { Call } from '../../protocol/dialect.ts';
import { invalid } from '../../protocol/errors.ts';
import { isSilent, type Json, object } from '../../protocol/json.ts';
import type { OutputFormat, Prompt, Reasoning, Sampling } from '../../protocol/prompt.ts';
import { choiceOf, toolsOf } from './accept-tools.ts';
import { turnsOf } from './accept-turns.ts';
import { acceptCompletion, COMPLETIONS } from './completion.ts';
import { isSame, NAME, SAMPLING } from './shapes.ts';

/** The body's fields, taken out as they are read; what stays becomes `rest`. A null says nothing and stays. */
class Fields {
  /** What was taken is undefined here: an object out of which members are deleted is slow from then on. */
  readonly left: Json;
  /** Spellings, for this dialect's own `ask`. */
  readonly form: Record<string, string> = {};

  constructor(body: Json) {
    this.left = { ...body };
  }

  take<T>(key: string, read: (value: unknown) => T | undefined, mend: string): T | undefined {
    const value = this.left[key];
    if (value === null || value === undefined) return undefined;
    const taken = read(value);
    if (taken === undefined) throw invalid(key, mend);
    this.left[key] = undefined;
    return taken;
  }

  number(key: string): number | undefined {
    return this.take(key, (value) => (Number.isFinite(value) ? (value as number) : undefined), 'must be a number');
  }

  /** A string with something in it; an empty one stays. */
  string(key: string): string | undefined {
    if (this.left[key] === '') return undefined;
    return this.take(key, (value) => (typeof value === 'string' ? value : undefined), 'must be a string');
  }

  boolean(key: string): boolean | undefined {
    return this.take(key, (value) => (typeof value === 'boolean' ? value : undefined), 'must be true or false');
  }

  /** A list with something in it; an empty one stays, as it says nothing. */
  list(key: string): unknown[] | undefined {
    const value = this.left[key];
    if (Array.isArray(value) && value.length === 0) return undefined;
    return this.take(key, (given) => (Array.isArray(given) ? given : undefined), 'must be a list');
  }
}

/**
 * A Chat Completions request (https://platform.openai.com/docs/api-reference/chat/create) as a prompt.
 * @throws GatewayError `invalid` naming the field that is missing or of a wrong type
 */
export function accept(call: Call): Prompt {
  if (call.path === COMPLETIONS) return acceptCompletion(call.body);
  const body = object(call.body);
  if (!body) throw invalid('body', 'must be a JSON object with "model" and "messages"');
  const fields = new Fields(body);
  const model = fields.string('model');
  if (!model) throw invalid('model', 'is missing; name the model that shall answer');
  const messages = fields.left['messages'];
  if (!Array.isArray(messages) || messages.length === 0) throw invalid('messages', 'must be a list with at least one message');
  fields.left['messages'] = undefined;

  const prompt: Prompt = {
    dialect: NAME,
    model,
    stream: fields.boolean('stream') ?? false,
    turns: turnsOf(messages),
    tools: [],
    sampling: {},
  };
  if (!prompt.stream && body['stream'] === false) fields.form['stream'] = 'false';
  readTools(fields, prompt);
  readLimits(fields, prompt);
  readWishes(fields, prompt);
  prompt.sampling = samplingOf(fields);
  settle(fields, prompt);
  return prompt;
}

function readTools(fields: Fields, prompt: Prompt): void {
  const tools = fields.list('tools');
  const functions = tools ? undefined : fields.list('functions');
  prompt.tools = toolsOf(tools ?? functions ?? [], functions ? 'functions' : 'tools');
  if (functions) fields.form['tools'] = 'functions';
  const field = functions ? 'function_call' : 'tool_choice';
  const given = fields.left[field];
  const read = given === null || given === undefined ? undefined : choiceOf(given, field, prompt.tools);
  if (read) {
    fields.left[field] = undefined;
    prompt.toolChoice = read.choice;
    if (read.form) fields.form['toolChoice'] = read.form;
  }
  prompt.parallelTools = fields.boolean('parallel_tool_calls');
}

function readLimits(fields: Fields, prompt: Prompt): void {
  for (const key of ['max_completion_tokens', 'max_tokens']) {
    // Local servers read -1 as "no limit".
    if (prompt.maxTokens !== undefined || fields.left[key] === -1) continue;
    prompt.maxTokens = fields.number(key);
    if (prompt.maxTokens !== undefined) fields.form['maxTokens'] = key;
  }
  if (typeof fields.left['stop'] === 'string') {
    const stop = fields.string('stop');
    if (stop === undefined) return;
    prompt.stop = [stop];
    fields.form['stop'] = 'string';
  } else {
    const stop = fields.list('stop');
    if (stop?.some((entry) => typeof entry !== 'string')) throw invalid('stop', 'must be a string or a list of strings');
    prompt.stop = stop as string[] | undefined;
  }
}

function readWishes(fields: Fields, prompt: Prompt): void {
  for (const key of ['safety_identifier', 'user']) {
    if (prompt.user !== undefined) continue;
    prompt.user = fields.string(key);
    if (prompt.user !== undefined) fields.form['user'] = key;
  }
  prompt.cacheKey = fields.string('prompt_cache_key');
  const options = object(fields.left['stream_options']);
  if (typeof options?.['include_usage'] === 'boolean') {
    const { include_usage, ...others } = options;
    prompt.streamUsage = include_usage as boolean;
    if (Object.keys(others).length) fields.left['stream_options'] = others;
    else fields.left['stream_options'] = undefined;
  }
  prompt.reasoning = reasoningOf(fields);
  const format = object(fields.left['response_format']);
  const read = format && outputOf(format);
  if (read) {
    prompt.output = read.output;
    if (read.form) fields.form['output'] = read.form;
    if (read.left) fields.left['response_format'] = read.left;
    else fields.left['response_format'] = undefined;
  } else if (!format && !isSilent(fields.left['response_format'] ?? null)) {
    throw invalid('response_format', 'must be an object such as {"type":"json_object"}');
  }
}

function reasoningOf(fields: Fields): Reasoning | undefined {
  const effort = fields.string('reasoning_effort');
  if (effort !== undefined) return effort === 'none' ? { mode: 'off', effort } : { effort };
  const given = object(fields.left['reasoning']);
  if (!given) return undefined;
  const { effort: how, max_tokens: budget, enabled, ...others } = given;
  const known = (how === undefined || typeof how === 'string') && (budget === undefined || typeof budget === 'number');
  if (!known || (enabled !== undefined && typeof enabled !== 'boolean')) return undefined;
  const reasoning: Reasoning = {};
  if (enabled !== undefined) reasoning.mode = enabled ? 'on' : 'off';
  else if (how === 'none') reasoning.mode = 'off';
  if (how !== undefined) reasoning.effort = how as string;
  if (budget !== undefined) reasoning.budget = budget as number;
  if (Object.keys(reasoning).length === 0) return undefined;
  fields.form['reasoning'] = enabled === undefined ? 'object' : 'switch';
  if (Object.keys(others).length) fields.left['reasoning'] = others;
  else fields.left['reasoning'] = undefined;
  return reasoning;
}

/**
 * `response_format`. The schema stands in `json_schema.schema`; some engines also take it as `schema` beside `type`
 * ("flat"), and under the type `json_object`. Undefined for a type not known here.
 */
function outputOf(format: Json): { output: OutputFormat; form?: string; left?: Json } | undefined {
  const { type, ...others }: Json = format;
  const left = (rest: Json) => (Object.keys(rest).length ? rest : undefined);
  if (type === 'text') return { output: { kind: 'text' }, left: left(others) };
  const flat = object(format['schema']);
  if (flat && (type === 'json_object' || type === 'json_schema')) {
    const { schema: _, ...beside } = others;
    return { output: { kind: 'schema', schema: flat }, form: `flat ${type}`, left: left(beside) };
  }
  if (type === 'json_object') return { output: { kind: 'json' }, left: left(others) };
  const inner = type === 'json_schema' ? object(format['json_schema']) : undefined;
  const schema = object(inner?.['schema']);
  if (!inner || !schema) return undefined;
  const output: OutputFormat = { kind: 'schema', schema };
  const { schema: _, ...inside } = inner;
  const { json_schema: __, ...beside } = others;
  for (const key of ['name', 'description'] as const) {
    if (typeof inner[key] !== 'string') continue;
    output[key] = inner[key];
    delete inside[key];
  }
  if (typeof inner['strict'] === 'boolean') {
    output.strict = inner['strict'];
    delete inside['strict'];
  }
  return { output, left: left(Object.keys(inside).length ? { ...beside, json_schema: inside } : beside) };
}

function samplingOf(fields: Fields): Sampling {
  const sampling: Sampling = {};
  for (const [name, key] of SAMPLING) {
    const value = fields.number(key);
    if (value !== undefined) sampling[name] = value;
  }
  return sampling;
}

/** Fields without which the answer would mean something else, or lack what the client reads. */
const MEANING: ReadonlySet<string> = new Set([
  ...['n', 'audio', 'modalities', 'web_search_options', 'logprobs', 'top_logprobs', 'documents', 'continue_final_message'],
  ...['structured_outputs', 'guided_json', 'guided_regex', 'guided_choice', 'guided_grammar', 'grammar', 'json_schema'],
  ...['response_format', 'tool_choice'],
]);

/** What is left: fields that only repeat a default are kept as spelling, the others as `rest`. */
function settle(fields: Fields, prompt: Prompt): void {
  const silent: Json = {};
  const rest: Json = {};
  for (const key in fields.left) {
    const value = fields.left[key];
    if (value === undefined) continue;
    const isDefault =
      (key === 'n' && value === 1) || (key.endsWith('logprobs') && !value) || (key === 'modalities' && isSame(value, ['text']));
    if (value !== null && (isDefault || isSilent(value))) silent[key] = value;
    else rest[key] = value;
  }
  if (Object.keys(silent).length) fields.form['silent'] = JSON.stringify(silent);
  if (Object.keys(fields.form).length) prompt.form = fields.form;
  if (Object.keys(rest).length === 0) return;
  prompt.rest = rest;
  // Of a format that was read only side remarks are left.
  const meaning = Object.keys(rest).filter(
    (key) => MEANING.has(key) && rest[key] !== null && !(key === 'response_format' && prompt.output),
  );
  if (meaning.length) prompt.meaning = new Set(meaning);
}
