import { badField } from './fault.ts';

/** One message of a chat, checked and flattened to text. */
export interface AskMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  text: string;
  reasoning?: string;
  calls?: { id: string; name: string; arguments: unknown }[];
  callId?: string;
}

export interface AskTool {
  name: string;
  description: string | undefined;
  parameters: Record<string, unknown> | undefined;
}

export interface Sampling {
  temperature: number;
  topP: number;
  topK: number;
  minP: number;
  seed: number | undefined;
  frequencyPenalty: number;
  presencePenalty: number;
}

interface AskCommon {
  sampling: Sampling;
  stops: string[];
  /** Tokens, undefined for "to the end of the window". */
  maxTokens: number | undefined;
  isStream: boolean;
  wantsUsageChunk: boolean;
}

export interface ChatAsk extends AskCommon {
  messages: AskMessage[];
  tools: AskTool[];
  /** 'auto', 'required', or the one tool that must be called; tools is empty for "none". */
  toolChoice: 'auto' | 'required' | { name: string };
  isParallel: boolean;
  /** The schema the answer must satisfy, true for any JSON object. */
  format: Record<string, unknown> | true | undefined;
}

export interface CompletionAsk extends AskCommon {
  prompt: string;
  suffix: string | undefined;
  isEcho: boolean;
}

export interface EmbeddingAsk {
  input: string[];
  isBase64: boolean;
  dimensions: number | undefined;
}

type Body = Record<string, unknown>;

/**
 * Checks a /v1/chat/completions body. Unknown fields are ignored.
 * @throws EngineFault 400 that names the field
 */
export function chatAsk(value: unknown): ChatAsk {
  const body = bodyObject(value);
  if (!Array.isArray(body['messages']) || body['messages'].length === 0) {
    throw badField('messages', 'messages must be a list with at least one message.');
  }
  if (body['logprobs'] === true)
    throw badField('logprobs', 'This engine does not give logprobs; leave the field out.', 'unsupported_value');
  const choice = body['tool_choice'];
  const offered = tools(body['tools']);
  const named = isObject(choice)
    ? text(isObject(choice['function']) ? choice['function']['name'] : undefined, 'tool_choice.function.name')
    : undefined;
  if (choice !== undefined && choice !== null && named === undefined && !['auto', 'none', 'required'].includes(choice as string)) {
    throw badField('tool_choice', 'tool_choice must be "auto", "none", "required" or {"type":"function","function":{"name":…}}.');
  }
  if (named !== undefined && !offered.some((tool) => tool.name === named)) {
    throw badField('tool_choice', `tool_choice names "${named}", which is not among the tools.`);
  }
  if (choice === 'required' && offered.length === 0) throw badField('tool_choice', 'tool_choice is "required" but tools is empty.');
  return {
    ...common(body),
    messages: body['messages'].map((message, i) => chatMessage(message, `messages[${i}]`)),
    tools: choice === 'none' ? [] : offered,
    toolChoice: named !== undefined ? { name: named } : choice === 'required' ? 'required' : 'auto',
    isParallel: body['parallel_tool_calls'] !== false,
    format: responseFormat(body['response_format']),
  };
}

/**
 * Checks a /v1/completions body.
 * @throws EngineFault 400 that names the field
 */
export function completionAsk(value: unknown): CompletionAsk {
  const body = bodyObject(value);
  const prompt = Array.isArray(body['prompt']) && body['prompt'].length === 1 ? body['prompt'][0] : body['prompt'];
  if (typeof prompt !== 'string') throw badField('prompt', 'prompt must be one text.');
  const suffix = body['suffix'];
  if (suffix !== undefined && suffix !== null && typeof suffix !== 'string') throw badField('suffix', 'suffix must be a text.');
  return {
    ...common(body),
    maxTokens: common(body).maxTokens ?? 256,
    prompt,
    suffix: suffix ? suffix : undefined,
    isEcho: body['echo'] === true,
  };
}

/**
 * Checks a /v1/embeddings body.
 * @throws EngineFault 400 that names the field
 */
export function embeddingAsk(value: unknown): EmbeddingAsk {
  const body = bodyObject(value);
  const input = typeof body['input'] === 'string' ? [body['input']] : body['input'];
  if (!Array.isArray(input) || input.length === 0 || input.some((one) => typeof one !== 'string' || one === '')) {
    throw badField('input', 'input must be a text or a list of texts, none of them empty.');
  }
  const encoding = body['encoding_format'] ?? 'float';
  if (encoding !== 'float' && encoding !== 'base64') throw badField('encoding_format', 'encoding_format must be "float" or "base64".');
  return { input, isBase64: encoding === 'base64', dimensions: number(body, 'dimensions', 1, 1e6) };
}

function common(body: Body): AskCommon {
  if ((number(body, 'n', 1, 128) ?? 1) > 1)
    throw badField('n', 'This engine gives one choice per request; leave n out or send 1.', 'unsupported_value');
  const limit =
    body['max_completion_tokens'] === undefined || body['max_completion_tokens'] === null ? 'max_tokens' : 'max_completion_tokens';
  const stop = body['stop'];
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  if (!Array.isArray(stops) || stops.some((one) => typeof one !== 'string'))
    throw badField('stop', 'stop must be a text or a list of texts.');
  const options = body['stream_options'];
  return {
    sampling: {
      temperature: number(body, 'temperature', 0, 5) ?? 0.8,
      topP: number(body, 'top_p', 0, 1) ?? 0.95,
      topK: number(body, 'top_k', 0, 1e6) ?? 40,
      minP: number(body, 'min_p', 0, 1) ?? 0.05,
      seed: number(body, 'seed', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      frequencyPenalty: number(body, 'frequency_penalty', -2, 2) ?? 0,
      presencePenalty: number(body, 'presence_penalty', -2, 2) ?? 0,
    },
    stops: stops.filter((one) => one !== ''),
    maxTokens: wholeNumber(body, limit, 1),
    isStream: flag(body, 'stream'),
    wantsUsageChunk: isObject(options) && options['include_usage'] === true,
  };
}

function chatMessage(value: unknown, at: string): AskMessage {
  if (!isObject(value)) throw badField(at, `${at} must be an object with role and content.`);
  const role = value['role'] === 'developer' ? 'system' : value['role'] === 'function' ? 'tool' : value['role'];
  if (role !== 'system' && role !== 'user' && role !== 'assistant' && role !== 'tool') {
    throw badField(`${at}.role`, `${at}.role must be system, developer, user, assistant or tool.`);
  }
  const content = value['content'];
  const calls =
    role === 'assistant' && Array.isArray(value['tool_calls'])
      ? value['tool_calls'].map((call, i) => toolCall(call, `${at}.tool_calls[${i}]`))
      : undefined;
  if ((content === undefined || content === null) && role !== 'assistant') throw badField(`${at}.content`, `${at}.content is missing.`);
  return {
    role,
    text: contentText(content ?? '', `${at}.content`),
    ...(typeof value['reasoning_content'] === 'string' ? { reasoning: value['reasoning_content'] } : {}),
    ...(calls?.length ? { calls } : {}),
    ...(role === 'tool' ? { callId: typeof value['tool_call_id'] === 'string' ? value['tool_call_id'] : '' } : {}),
  };
}

function contentText(content: unknown, at: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw badField(at, `${at} must be a text or a list of parts.`);
  return content
    .map((part, i) => {
      if (isObject(part) && (part['type'] === 'text' || part['type'] === 'refusal'))
        return text(part['text'] ?? part['refusal'], `${at}[${i}].text`);
      const type = isObject(part) ? String(part['type']) : typeof part;
      throw badField(`${at}[${i}]`, `${at}[${i}] is of type "${type}": this model reads text only.`, 'unsupported_content');
    })
    .join('');
}

function toolCall(value: unknown, at: string): { id: string; name: string; arguments: unknown } {
  const called = isObject(value) && isObject(value['function']) ? value['function'] : undefined;
  if (called === undefined) throw badField(at, `${at} must have a function.`);
  const raw = called['arguments'] ?? '{}';
  let parsed: unknown = raw;
  // A model may have written broken JSON; the conversation goes on with the text it wrote.
  if (typeof raw === 'string') {
    try {
      parsed = raw.trim() === '' ? {} : JSON.parse(raw);
    } catch {}
  }
  return { id: String((value as Body)['id'] ?? ''), name: text(called['name'], `${at}.function.name`), arguments: parsed };
}

function tools(value: unknown): AskTool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badField('tools', 'tools must be a list.');
  return value.map((tool, i) => {
    const fn = isObject(tool) && tool['type'] === 'function' && isObject(tool['function']) ? tool['function'] : undefined;
    if (fn === undefined) throw badField(`tools[${i}]`, `tools[${i}] must be {"type":"function","function":{…}}.`);
    const name = text(fn['name'], `tools[${i}].function.name`);
    if (!/^[\w.:-]{1,128}$/.test(name))
      throw badField(`tools[${i}].function.name`, `tools[${i}].function.name may have letters, digits, _ . : - only.`);
    const parameters = fn['parameters'] ?? undefined;
    if (parameters !== undefined && !isObject(parameters))
      throw badField(`tools[${i}].function.parameters`, 'parameters must be a JSON Schema object.');
    return { name, description: typeof fn['description'] === 'string' ? fn['description'] : undefined, parameters };
  });
}

function responseFormat(value: unknown): Record<string, unknown> | true | undefined {
  if (value === undefined || value === null) return undefined;
  const type = isObject(value) ? value['type'] : undefined;
  if (type === 'text') return undefined;
  if (type === 'json_object') return true;
  const schema = isObject(value) && isObject(value['json_schema']) ? value['json_schema']['schema'] : undefined;
  if (type === 'json_schema' && isObject(schema)) return schema;
  throw badField(
    'response_format',
    'response_format must be {"type":"text"}, {"type":"json_object"} or {"type":"json_schema","json_schema":{"name":…,"schema":{…}}}.',
  );
}

function bodyObject(value: unknown): Body {
  if (!isObject(value)) throw badField('body', 'The body must be a JSON object.');
  return value;
}

function number(body: Body, field: string, least: number, most: number): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || Number.isNaN(value) || value < least || value > most) {
    throw badField(field, `${field} must be a number from ${least} to ${most}.`);
  }
  return value;
}

function wholeNumber(body: Body, field: string, least: number): number | undefined {
  const value = number(body, field, least, Number.MAX_SAFE_INTEGER);
  if (value !== undefined && !Number.isInteger(value)) throw badField(field, `${field} must be a whole number.`);
  return value;
}

function flag(body: Body, field: string): boolean {
  const value = body[field];
  if (value !== undefined && value !== null && typeof value !== 'boolean') throw badField(field, `${field} must be true or false.`);
  return value === true;
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw badField(at, `${at} must be a text.`);
  return value;
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
