import type { Call } from '../../protocol/dialect.ts';
import { invalid } from '../../protocol/errors.ts';
import { optional, optionalObject, required } from '../../protocol/fields.ts';
import type { Json } from '../../protocol/json.ts';
import { isObject, stringIn } from '../../protocol/json.ts';
import type { OutputFormat, Prompt, Reasoning, Tool, ToolChoice, Turn } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';
import { leftOver } from '../../protocol/rest.ts';
import { readBlocks } from './accept-blocks.ts';
import type { TurnForm } from './shapes.ts';
import { NAME, printForm } from './shapes.ts';

const BODY = new Set([
  'model',
  'messages',
  'system',
  'stream',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
]);
const MESSAGE = new Set(['role', 'content']);
const TOOL = new Set(['name', 'description', 'input_schema', 'strict']);

/** Without these the answer would be about something else: tools and files that only the provider can reach, messages that it keeps. */
const MEANING: ReadonlySet<string> = new Set(['mcp_servers', 'container', 'thread']);

/** Roles of other protocols that carry tool results: taking them for instructions would change who said what. */
const FOREIGN_ROLES = new Set(['tool', 'function']);

/**
 * A Messages request (https://platform.claude.com/docs/en/api/messages, and the wire types of @anthropic-ai/sdk) as a prompt.
 * @throws GatewayError `invalid` naming the field and the mend.
 */
export function accept(call: Call): Prompt {
  const { body } = call;
  if (!isObject(body)) throw invalid('body', 'must be a JSON object');
  const form: Record<string, string> = {};
  const choice = readToolChoice(body);
  const thinking = readThinking(body);
  const config = readOutput(body, form);
  const metadata = optionalObject(body, 'metadata', 'metadata');
  const user = stringIn(metadata?.user_id);
  const stream = optional(body, 'stream', 'boolean', 'stream');
  if (stream === false) form.stream = 'false';
  if (Array.isArray(body.tools) && body.tools.length === 0) form.tools = '[]';
  const betas = call.headers['anthropic-beta'];
  if (betas !== undefined) form['anthropic-beta'] = String(betas);
  if (call.query.has('beta')) form.beta = call.query.get('beta') ?? '';

  const nested: Rest = {
    tool_choice: choice.rest,
    thinking: thinking.rest,
    output_config: config.rest,
    output_format: config.formatRest,
    metadata: metadata && (user === undefined ? metadata : leftOver(metadata, new Set(['user_id']))),
  };
  const rest: Rest = { ...leftOver(body, BODY) };
  for (const key in nested) if (nested[key] !== undefined) rest[key] = nested[key];
  const some = Object.keys(rest).length > 0;

  const reasoning: Reasoning = { ...thinking.reasoning };
  if (config.effort !== undefined) reasoning.effort = config.effort;
  return {
    dialect: NAME,
    model: readModel(body),
    stream: stream ?? false,
    turns: readTurns(body, form),
    tools: readTools(body.tools, form),
    toolChoice: choice.choice,
    parallelTools: choice.parallel,
    output: config.output,
    reasoning: Object.keys(reasoning).length ? reasoning : undefined,
    maxTokens: optional(body, 'max_tokens', 'number', 'max_tokens'),
    stop: readStop(body.stop_sequences),
    sampling: {
      temperature: optional(body, 'temperature', 'number', 'temperature'),
      topP: optional(body, 'top_p', 'number', 'top_p'),
      topK: optional(body, 'top_k', 'number', 'top_k'),
    },
    user,
    rest: some ? rest : undefined,
    meaning: some ? MEANING : undefined,
    form,
  };
}

function readModel(body: Json): string {
  const model = required(body, 'model', 'string', 'model');
  if (model === '') throw invalid('model', 'is empty; name a model');
  return model;
}

function readTurns(body: Json, form: Record<string, string>): Turn[] {
  const turns: Turn[] = [];
  const read = (role: Turn['role'], content: unknown, path: string, written: Omit<TurnForm, 'string'>, rest?: Rest) => {
    if (typeof content === 'string')
      turns.push({ role, blocks: [{ kind: 'text', text: content }], rest, form: printForm({ ...written, string: true }) });
    else if (Array.isArray(content))
      turns.push({
        role,
        blocks: readBlocks(content, { path, turn: turns.length, form }),
        rest,
        form: printForm({ ...written, string: false }),
      });
    else throw invalid(path, 'must be a string or a list of content blocks');
  };
  if (body.system !== undefined && body.system !== null) read('system', body.system, 'system', { place: 'top' });
  if (!Array.isArray(body.messages)) throw invalid('messages', 'must be a list of messages');
  body.messages.forEach((message: unknown, at) => {
    const path = `messages[${at}]`;
    if (!isObject(message)) throw invalid(path, 'must be an object with "role" and "content"');
    const role = required(message, 'role', 'string', `${path}.role`);
    if (FOREIGN_ROLES.has(role)) throw invalid(`${path}.role`, `is "${role}"; send tool results as tool_result blocks in a user message`);
    const speaker = role === 'user' || role === 'assistant' ? role : undefined;
    // Coding agents put notes under "system" and names of their own between the messages.
    read(
      speaker ?? 'system',
      message.content,
      `${path}.content`,
      { place: 'message', role: speaker ? undefined : role },
      leftOver(message, MESSAGE),
    );
  });
  return turns;
}

function readTools(value: unknown, form: Record<string, string>): Tool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid('tools', 'must be a list of tools');
  return value.map((tool: unknown, at): Tool => {
    const path = `tools[${at}]`;
    if (!isObject(tool)) throw invalid(path, 'must be an object with "name" and "input_schema"');
    const type = optional(tool, 'type', 'string', `${path}.type`);
    if (type !== undefined && type !== 'custom') return { kind: 'opaque', dialect: NAME, label: type, raw: tool };
    const callers = tool['allowed_callers'];
    // Other dialects cannot hold the model back, and a translation must not widen who may call a tool.
    if (Array.isArray(callers) && !callers.includes('direct'))
      return { kind: 'opaque', dialect: NAME, label: `${String(tool['name'])}, not for the model to call,`, raw: tool };
    const rest = leftOver(tool, TOOL);
    if (rest && type === 'custom') {
      form[`${path}.type`] = type;
      delete rest.type;
    }
    return {
      kind: 'function',
      name: required(tool, 'name', 'string', `${path}.name`),
      description: optional(tool, 'description', 'string', `${path}.description`),
      schema: optionalObject(tool, 'input_schema', `${path}.input_schema`),
      strict: optional(tool, 'strict', 'boolean', `${path}.strict`),
      rest: rest && Object.keys(rest).length ? rest : undefined,
    };
  });
}

function readToolChoice(body: Json): { choice?: ToolChoice; parallel?: boolean; rest?: Rest } {
  const value = optionalObject(body, 'tool_choice', 'tool_choice');
  if (!value) return {};
  const read = new Set(['type']);
  let choice: ToolChoice;
  switch (value.type) {
    case 'auto':
    case 'none':
      choice = { mode: value.type };
      break;
    case 'any':
      choice = { mode: 'required' };
      break;
    case 'tool':
      choice = { mode: 'named', name: required(value, 'name', 'string', 'tool_choice.name') };
      read.add('name');
      break;
    default:
      return { rest: value };
  }
  const alone = optional(value, 'disable_parallel_tool_use', 'boolean', 'tool_choice.disable_parallel_tool_use');
  read.add('disable_parallel_tool_use');
  return { choice, parallel: alone === undefined ? undefined : !alone, rest: leftOver(value, read) };
}

const THINKING_MODES: ReadonlyMap<string, Reasoning['mode']> = new Map(
  Object.entries<Reasoning['mode']>({ enabled: 'on', disabled: 'off', adaptive: 'adaptive' }),
);

function readThinking(body: Json): { reasoning?: Reasoning; rest?: Rest } {
  const value = optionalObject(body, 'thinking', 'thinking');
  if (!value) return {};
  const mode = typeof value.type === 'string' ? THINKING_MODES.get(value.type) : undefined;
  if (!mode) return { rest: value };
  const reasoning: Reasoning = { mode };
  const budget = optional(value, 'budget_tokens', 'number', 'thinking.budget_tokens');
  const display = optional(value, 'display', 'string', 'thinking.display');
  if (budget !== undefined) reasoning.budget = budget;
  if (display !== undefined) reasoning.summary = display;
  return { reasoning, rest: leftOver(value, new Set(['type', 'budget_tokens', 'display'])) };
}

/** Effort and structured output; the latter also under its older name `output_format`. */
function readOutput(body: Json, form: Record<string, string>): { effort?: string; output?: OutputFormat; rest?: Rest; formatRest?: Rest } {
  const config = optionalObject(body, 'output_config', 'output_config');
  const older = optionalObject(body, 'output_format', 'output_format');
  const effort = config && optional(config, 'effort', 'string', 'output_config.effort');
  const format = config && optionalObject(config, 'format', 'output_config.format');
  const inner = readFormat(format);
  const outer = inner ? undefined : readFormat(older);
  if (outer) form.output = 'output_format';
  const read = new Set(effort === undefined ? [] : ['effort']);
  if (inner) read.add('format');
  const rest = config && leftOver(config, read);
  return {
    effort,
    output: (inner ?? outer)?.output,
    rest: inner?.rest ? { ...rest, format: inner.rest } : (rest ?? (config && read.size === 0 ? config : undefined)),
    formatRest: outer ? outer.rest : older,
  };
}

function readFormat(value: Json | undefined): { output: OutputFormat; rest?: Rest } | undefined {
  if (value?.type !== 'json_schema' || !isObject(value.schema)) return undefined;
  return { output: { kind: 'schema', schema: value.schema }, rest: leftOver(value, new Set(['type', 'schema'])) };
}

function readStop(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((stop) => typeof stop === 'string'))
    throw invalid('stop_sequences', 'must be a list of strings');
  return value;
}
