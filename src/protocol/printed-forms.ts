import type { Prompt } from './prompt.ts';
import { isJson, typesIn } from './satisfies.ts';
import { declared, parseObject } from './tools.ts';

interface Printed {
  name: string;
  input: Record<string, unknown>;
}

const FENCE = /^```[a-z_]*\n([\s\S]*?)\n?```$/i;
/** Tags around JSON, one or several; LM Studio has brackets for models that were taught no form. */
const TAGGED = /^\s*(?:<(tool_call|function_call)>([\s\S]*?)(?:<\/\1>|$)|\[TOOL_REQUEST\]([\s\S]*?)(?:\[END_TOOL_REQUEST\]|$))/i;
/** Marks in front of JSON: Llama's, and Mistral's. */
const MARK = /^(?:<\|python_tag\|>|\[TOOL_CALLS\])\s*/i;
/** Mistral's newer form: a name, and behind it the arguments. */
const NAMED = /\[TOOL_CALLS\]\s*([\w.-]+)\s*(?:\[CALL_ID\]\s*[\w-]+\s*)?\[ARGS\]/gi;
/** A call in tags of its own: `<function=NAME>`, `<invoke name="NAME">`. */
const CALL = /^\s*(?:<tool_call>\s*)?<(?:(function)=([\w.-]+)|(invoke)\s+name="([^"]+)")\s*>([\s\S]*?)<\/(?:\1|\3)>(?:\s*<\/tool_call>)?/i;
const PARAMETER = /^\s*<parameter(?:=([\w.-]+)|\s+name="([^"]+)")[^>]*>\n?([\s\S]*?)\n?<\/parameter>/i;
/** Tags around a list of calls. */
const LIST = /^\s*<(function_calls|tool_calls)>([\s\S]*?)(?:<\/\1>\s*)?$/i;

/** The calls that a text consists of; undefined when there is anything else in it. */
export function read(text: string, prompt: Pick<Prompt, 'tools'>): Printed[] | undefined {
  const whole = text.trim();
  const fenced = FENCE.exec(whole)?.[1];
  const list = LIST.exec(whole)?.[2];
  if (list !== undefined) return tagged(list, prompt) ?? json(list);
  const inner = fenced ?? whole;
  return json(inner) ?? named(inner) ?? series(inner.replace(MARK, '')) ?? tagged(inner, prompt);
}

/** Calls written as name and arguments one behind the other. */
function named(text: string): Printed[] | undefined {
  const marks = [...text.matchAll(NAMED)];
  if (marks.length === 0 || text.slice(0, marks[0]!.index).trim() !== '') return undefined;
  const calls: Printed[] = [];
  for (const [at, mark] of marks.entries()) {
    const input = parseObject(text.slice(mark.index + mark[0].length, marks[at + 1]?.index));
    if (!input) return undefined;
    calls.push({ name: mark[1]!, input });
  }
  return calls;
}

/** Several calls as JSON values in a row, with at most white space, commas or semicolons between them. */
function series(text: string): Printed[] | undefined {
  const calls: Printed[] = [];
  let depth = 0;
  let from = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (isText) {
      if (character === '\\') at++;
      else if (character === '"') isText = false;
    } else if (character === '"' && depth) isText = true;
    else if (character === '{' || character === '[') {
      if (depth === 0) from = at;
      depth++;
    } else if (character === '}' || character === ']') {
      depth--;
      const read = depth === 0 ? json(text.slice(from, at + 1)) : undefined;
      if (depth < 0 || (depth === 0 && !read)) return undefined;
      calls.push(...(read ?? []));
    } else if (depth === 0 && !/[\s,;]/.test(character)) return undefined;
  }
  return depth === 0 && calls.length ? calls : undefined;
}

function json(text: string): Printed[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const calls = (Array.isArray(value) ? value : [value]).map(printed);
  return calls.length && calls.every((call) => call !== undefined) ? calls : undefined;
}

/** A call in any of the shapes that models were taught: name and arguments, bare or under `function`. */
function printed(value: unknown): Printed | undefined {
  if (!isJson(value)) return undefined;
  if (isJson(value['function'])) return printed(value['function']);
  const name = [value['name'], value['tool'], value['tool_name'], value['function']].find((one) => typeof one === 'string');
  const given = ['arguments', 'parameters', 'input', 'args', 'tool_input'].map((key) => value[key]).find((one) => one !== undefined);
  const input = typeof given === 'string' ? parseObject(given) : given;
  return typeof name === 'string' && isJson(input) ? { name, input } : undefined;
}

function tagged(text: string, prompt: Pick<Prompt, 'tools'>): Printed[] | undefined {
  const calls: Printed[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    const own = CALL.exec(rest);
    const around = own ? undefined : TAGGED.exec(rest);
    const read = own ? inTags((own[2] ?? own[4])!, own[5]!, prompt) : around && json((around[2] ?? around[3])!);
    if (!read) return undefined;
    calls.push(...[read].flat());
    rest = rest.slice((own ?? around)![0].length);
  }
  return calls.length ? calls : undefined;
}

/** Parameters in tags; text is what the schema calls a string, and JSON otherwise. */
function inTags(name: string, body: string, prompt: Pick<Prompt, 'tools'>): Printed | undefined {
  const whole = body.trim() === '' ? {} : parseObject(body);
  if (whole) return { name, input: whole };
  const tool = declared(prompt, name);
  const properties = tool?.kind === 'function' && isJson(tool.schema?.['properties']) ? tool.schema['properties'] : {};
  const input: Record<string, unknown> = {};
  let rest = body;
  while (rest.trim() !== '') {
    const parameter = PARAMETER.exec(rest);
    if (!parameter) return undefined;
    const key = (parameter[1] ?? parameter[2])!;
    const schema = properties[key];
    input[key] = isJson(schema) && !typesIn(schema)?.includes('string') ? loose(parameter[3]!) : parameter[3]!;
    rest = rest.slice(parameter[0].length);
  }
  return { name, input };
}

function loose(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
