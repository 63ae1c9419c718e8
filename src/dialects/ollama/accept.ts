import type { Call } from '../../protocol/dialect.ts';
import { invalid } from '../../protocol/errors.ts';
import { type Json, object, said } from '../../protocol/json.ts';
import type { OutputFormat, Prompt, Reasoning, Sampling } from '../../protocol/prompt.ts';
import { toolsOf } from './accept-tools.ts';
import { questionOf, turnsOf } from './accept-turns.ts';
import { Fields } from './fields.ts';
import { GENERATE, NAME } from './shapes.ts';

/** Sampling fields and their names among the `options`. */
export const SAMPLING: readonly (readonly [keyof Sampling, string])[] = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['seed', 'seed'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
];

/** In front of an option's name in `rest`, so that a note says which one was dropped. */
export const OPTION = 'options.';

/** Fields without which the answer would be about something else, or lack what the client reads: fill-in, raw prompts, tokens of before. */
const MEANING: ReadonlySet<string> = new Set([
  ...['suffix', 'raw', 'template', 'context', 'logprobs', 'top_logprobs'],
  ...['width', 'height', 'steps'],
]);

/** Values that only repeat a default. Whether a prompt may be cut is no question here: elsewhere none is. */
const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  raw: [false],
  logprobs: [false],
  top_logprobs: [0],
  truncate: [true, false],
  shift: [true, false],
};

/**
 * A request to `/api/chat` or `/api/generate` as a prompt (https://github.com/ollama/ollama/blob/main/docs/api.md, api/types.go there,
 * and the types of the `ollama` package). A stream is the default. `/api/generate` is one user turn.
 * @throws GatewayError `invalid` naming the field that is missing or of a wrong type
 */
export function accept(call: Call): Prompt {
  const body = object(call.body);
  if (!body) throw invalid('body', 'must be a JSON object with "model"');
  const fields = new Fields(body);
  const model = fields.string('model');
  if (!model) throw invalid('model', 'is missing; name the model that shall answer');
  const form: Record<string, string> = {};
  const isQuestion = call.path.endsWith(GENERATE);
  if (isQuestion) form['door'] = 'generate';
  const stream = fields.boolean('stream');
  if (stream === undefined) form['stream'] = 'unsaid';
  const prompt: Prompt = {
    dialect: NAME,
    model,
    stream: stream ?? true,
    turns: isQuestion ? questionOf(fields) : turnsOf(fields.list('messages') ?? []),
    tools: toolsOf(fields.list('tools') ?? [], form),
    sampling: {},
    output: outputOf(fields),
    reasoning: reasoningOf(fields),
  };
  const silentOptions = readOptions(fields, prompt);
  const { rest, silent } = fields.settle((key, value) => DEFAULTS[key]?.includes(value) === true);
  const silence: Json = silentOptions ? { ...silent, options: silentOptions } : (silent ?? {});
  if (Object.keys(silence).length) form['silent'] = JSON.stringify(silence);
  if (Object.keys(form).length) prompt.form = form;
  if (rest) prompt.rest = rest;
  const meaning = Object.keys(rest ?? {}).filter((key) => MEANING.has(key));
  if (meaning.length) prompt.meaning = new Set(meaning);
  return prompt;
}

/** Reads the `options`; each that is not modelled stays in `fields` under its full name. Returns those that say nothing. */
function readOptions(fields: Fields, prompt: Prompt): Json | undefined {
  const given = fields.object('options');
  if (!given) return undefined;
  const options = new Fields(given, 'options');
  for (const [name, key] of SAMPLING) {
    const value = options.number(key);
    if (value !== undefined) prompt.sampling[name] = value;
  }
  // Zero and less stand for "no limit" in several ways.
  if (!(typeof options.left['num_predict'] === 'number' && options.left['num_predict'] <= 0))
    prompt.maxTokens = options.number('num_predict');
  const stop = options.list('stop');
  if (stop?.some((entry) => typeof entry !== 'string')) throw invalid('options.stop', 'must be a list of strings');
  prompt.stop = stop as string[] | undefined;
  const { rest, silent } = options.settle();
  for (const key in rest) fields.left[OPTION + key] = rest[key];
  return silent;
}

function outputOf(fields: Fields): OutputFormat | undefined {
  if (fields.left['format'] === '') return undefined;
  if (typeof fields.left['format'] !== 'string') {
    const schema = fields.object('format');
    return schema && { kind: 'schema', schema };
  }
  return fields.take('format', (value) => (value === 'json' ? { kind: 'json' } : undefined), 'must be "json" or a JSON Schema');
}

function reasoningOf(fields: Fields): Reasoning | undefined {
  if (fields.left['think'] === '') return undefined;
  const read = (value: unknown): Reasoning | undefined => {
    if (typeof value === 'boolean') return { mode: value ? 'on' : 'off' };
    const effort = said(value);
    return effort === undefined ? undefined : { effort };
  };
  return fields.take('think', read, 'must be true, false or a level such as "high"');
}
