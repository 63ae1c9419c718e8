import type { Call } from '../../protocol/dialect.ts';
import { invalid } from '../../protocol/errors.ts';
import { type Json, object, said } from '../../protocol/json.ts';
import type { OutputFormat, Prompt, Reasoning, Turn } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';
import { items } from './accept-items.ts';
import { toolChoice, tools } from './accept-tools.ts';
import { INPUT_TEXT, INSTRUCTIONS, NAME } from './shapes.ts';

/** Without these the model would read another conversation than the client means. */
const CONVERSATION: ReadonlySet<string> = new Set(['previous_response_id', 'conversation', 'prompt']);
/** `background` too: its answer is a ticket instead of a reply. */
const CONVERSATION_OR_TICKET: ReadonlySet<string> = new Set([...CONVERSATION, 'background']);

/** Values that ask for what every answer of ours is anyway; no other dialect misses them. As JSON. */
const SAYS_NOTHING: Readonly<Record<string, readonly string[]>> = {
  background: ['false'],
  include: ['[]', '["reasoning.encrypted_content"]'],
  metadata: ['{}'],
  service_tier: ['"auto"'],
  store: ['false'],
  stream_options: ['{}', '{"include_obfuscation":false}'],
  text: ['{}'],
  top_logprobs: ['0'],
  truncation: ['"disabled"'],
};

/** The fields of a body, taken one by one; what nobody took is `rest`. A null is never taken: it means the same as absent. */
class Fields {
  readonly #left: Json;

  constructor(body: Json) {
    this.#left = { ...body };
  }

  peek(key: string): unknown {
    return this.#left[key];
  }

  take(key: string): unknown {
    const value = this.#left[key];
    if (value === null) return undefined;
    delete this.#left[key];
    return value;
  }

  /** @throws GatewayError `invalid` when it is there in another type. */
  #typed(key: string, type: string, mend: string): unknown {
    const value = this.take(key);
    if (value !== undefined && (typeof value !== type || Number.isNaN(value))) throw invalid(key, mend);
    return value;
  }

  text(key: string): string | undefined {
    return this.#typed(key, 'string', 'send a string') as string | undefined;
  }

  number(key: string): number | undefined {
    return this.#typed(key, 'number', 'send a number') as number | undefined;
  }

  flag(key: string): boolean | undefined {
    return this.#typed(key, 'boolean', 'send true or false') as boolean | undefined;
  }

  object(key: string): Json | undefined {
    const value = this.take(key);
    const found = object(value);
    if (value !== undefined && !found) throw invalid(key, 'send an object');
    return found;
  }

  /** What is left, with the fields of `inner` under dotted names, so that each becomes a note of its own. */
  keep(prefix: string, inner: Json): void {
    for (const key in inner) this.#left[`${prefix}.${key}`] = inner[key];
  }

  rest(): Rest {
    return this.#left;
  }
}

function reasoningOf(fields: Fields): Reasoning | undefined {
  const object = fields.object('reasoning');
  if (!object) return undefined;
  const { effort, summary, ...others } = object;
  const reasoning: Reasoning = {};
  if (typeof effort === 'string') {
    reasoning.effort = effort;
    if (effort === 'none') reasoning.mode = 'off';
  } else if (effort !== undefined) others.effort = effort;
  if (typeof summary === 'string') reasoning.summary = summary;
  else if (summary !== undefined) others.summary = summary;
  fields.keep('reasoning', others);
  return reasoning;
}

function outputOf(fields: Fields): OutputFormat | undefined {
  const text = fields.object('text');
  if (!text) return undefined;
  const { format, ...others } = text;
  fields.keep('text', others);
  const shape = object(format);
  if (!shape) {
    if (format !== undefined) fields.keep('text', { format });
    return undefined;
  }
  const { type, ...inner } = shape;
  if (type === 'text' || type === 'json_object') {
    fields.keep('text.format', inner);
    return { kind: type === 'text' ? 'text' : 'json' };
  }
  if (type !== 'json_schema') {
    fields.keep('text', { format });
    return undefined;
  }
  const { schema, name, description, strict, ...more } = inner;
  const wanted = object(schema);
  if (!wanted) throw invalid('text.format.schema', 'send the JSON schema as an object');
  const output: OutputFormat = { kind: 'schema', schema: wanted };
  if (typeof name === 'string') output.name = name;
  else if (name !== undefined) more.name = name;
  if (typeof description === 'string') output.description = description;
  else if (description !== undefined) more.description = description;
  if (typeof strict === 'boolean') output.strict = strict;
  else if (strict !== undefined) more.strict = strict;
  fields.keep('text.format', more);
  return output;
}

function turnsOf(fields: Fields, form: Record<string, string>): Turn[] {
  const turns: Turn[] = [];
  const instructions = fields.text('instructions');
  if (instructions !== undefined) turns.push({ role: 'system', blocks: [{ kind: 'text', text: instructions }], form: INSTRUCTIONS });
  const input = fields.take('input');
  if (typeof input === 'string') turns.push({ role: 'user', blocks: [{ kind: 'text', text: input }], form: INPUT_TEXT });
  else if (Array.isArray(input)) turns.push(...items(input));
  else if (input !== undefined) throw invalid('input', 'send a string or an array of items');
  else {
    if (![...CONVERSATION].some((name) => fields.peek(name)))
      throw invalid('input', 'send what the model shall answer, as a string or an array of items');
    form.input = 'absent';
  }
  return turns;
}

/** A client's request as a prompt. @throws GatewayError `invalid` naming the field and the mend. */
export function accept(call: Call): Prompt {
  const body = object(call.body);
  if (!body) throw invalid('body', 'send a JSON object, e.g. {"model":"…","input":"…"}');
  const fields = new Fields(body);
  const form: Record<string, string> = {};
  const model = said(fields.take('model'));
  if (!model) throw invalid('model', 'name the model that shall answer, as a string');
  const stream = fields.flag('stream');
  if (stream === false) form.stream = 'false';
  if (Array.isArray(body.tools) && body.tools.length === 0) form.tools = 'empty';
  for (const key in SAYS_NOTHING) {
    const said = body[key];
    if (said === undefined || said === null || !SAYS_NOTHING[key]?.includes(JSON.stringify(said))) continue;
    fields.take(key);
    form[key] = JSON.stringify(said);
  }
  const prompt: Prompt = {
    dialect: NAME,
    model,
    stream: stream ?? false,
    turns: turnsOf(fields, form),
    tools: tools(fields.take('tools')),
    sampling: {},
    streamUsage: true,
  };
  const choice = toolChoice(fields.peek('tool_choice'));
  if (choice) {
    prompt.toolChoice = choice;
    form.tool_choice = JSON.stringify(fields.take('tool_choice'));
  }
  prompt.parallelTools = fields.flag('parallel_tool_calls');
  prompt.output = outputOf(fields);
  prompt.reasoning = reasoningOf(fields);
  prompt.maxTokens = fields.number('max_output_tokens');
  prompt.sampling = { temperature: fields.number('temperature'), topP: fields.number('top_p') };
  prompt.cacheKey = fields.text('prompt_cache_key');
  // `user` is the older spelling; the newer one wins where both are sent, and the other stays in `rest`.
  const who = fields.peek('safety_identifier') ?? undefined;
  prompt.user = fields.text(who === undefined ? 'user' : 'safety_identifier');
  if (prompt.user !== undefined && who === undefined) form.user = 'user';
  const rest = fields.rest();
  if (Object.keys(rest).length) {
    prompt.rest = rest;
    prompt.meaning = rest.background === true ? CONVERSATION_OR_TICKET : CONVERSATION;
  }
  if (Object.keys(form).length) prompt.form = form;
  return prompt;
}
