import type { Prompt } from './prompt.ts';
import { isJson, typesIn } from './satisfies.ts';
import { declared, parseObject } from './tools.ts';

interface Printed {
  name: string;
  input: Record<string, unknown>;
}

const FENCE = /^```[a-z_]*\n([\s\S]*?)\n?```$/i;
/** Tags around JSON, one or several. */
const TAGGED = /^\s*<(tool_call|function_call)>([\s\S]*?)(?:<\/\1>|$)/i;
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
  return json(fenced ?? whole) ?? tagged(fenced ?? whole, prompt);
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
    const read = own ? inTags((own[2] ?? own[4])!, own[5]!, prompt) : around && json(around[2]!);
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
