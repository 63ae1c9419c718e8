import { invalid } from '../../protocol/errors.ts';
import { optional, optionalObject } from '../../protocol/fields.ts';
import { isObject, type Json } from '../../protocol/json.ts';
import type { JsonSchema, OutputFormat, Prompt, Reasoning } from '../../protocol/prompt.ts';
import type { Rest } from '../../protocol/rest.ts';
import { leftOver } from '../../protocol/rest.ts';
import { fromApiSchema } from './accept-schema.ts';
import { dotted, optionalStrings } from './shapes.ts';

const CONFIG = 'generationConfig';
const THINKING = `${CONFIG}.thinkingConfig`;
export const JSON_MIME = 'application/json';
export const TEXT_MIME = 'text/plain';

const KNOBS = {
  temperature: 'temperature',
  topP: 'topP',
  topK: 'topK',
  seed: 'seed',
  frequencyPenalty: 'frequencyPenalty',
  presencePenalty: 'presencePenalty',
} as const;

type Config = Pick<Prompt, 'sampling' | 'maxTokens' | 'stop' | 'output' | 'reasoning'> & { rest: Rest; meaning: string[] };

/**
 * `generationConfig` (https://ai.google.dev/api/generate-content#generationconfig). What is not modelled comes back in `rest` under
 * dotted names; `meaning` lists those without which the answer would be another one. @throws GatewayError `invalid`
 */
export function readConfig(body: Json, form: Record<string, string>): Config {
  const config = optionalObject(body, CONFIG, CONFIG);
  const read: Config = { sampling: {}, rest: {}, meaning: [] };
  if (!config) return read;
  form[CONFIG] = '{}';
  const known = new Set<string>([...Object.values(KNOBS), 'maxOutputTokens', 'stopSequences', 'thinkingConfig']);
  for (const [name, key] of Object.entries(KNOBS)) {
    const value = optional(config, key, 'number', `${CONFIG}.${key}`);
    if (value !== undefined) read.sampling[name as keyof typeof KNOBS] = value;
  }
  read.maxTokens = optional(config, 'maxOutputTokens', 'number', `${CONFIG}.maxOutputTokens`);
  read.stop = optionalStrings(config, 'stopSequences', `${CONFIG}.stopSequences`);
  read.output = readOutput(config, known, form);
  // One candidate is what everybody gets.
  if (config.candidateCount === 1) {
    form[`${CONFIG}.candidateCount`] = '1';
    known.add('candidateCount');
  }
  const thinking = readThinking(config, form);
  read.reasoning = thinking.reasoning;
  Object.assign(read.rest, dotted(CONFIG, leftOver(config, known)), dotted(THINKING, thinking.rest));
  read.meaning = meaningIn(config).map((key) => `${CONFIG}.${key}`);
  return read;
}

/** The keys that ask for several answers, for another kind than text, or for more than it. */
function meaningIn({ candidateCount, responseModalities, responseMimeType, responseLogprobs }: Json): string[] {
  const keys = ['responseFormat'];
  if (responseLogprobs === true) keys.push('responseLogprobs');
  if (typeof candidateCount === 'number' && candidateCount > 1) keys.push('candidateCount');
  if (Array.isArray(responseModalities) && responseModalities.some((one) => one !== 'TEXT')) keys.push('responseModalities');
  if (responseMimeType !== TEXT_MIME && responseMimeType !== JSON_MIME) keys.push('responseMimeType');
  return keys;
}

/** Structured output, its schema in either of the two spellings. What was read is added to `known`. */
function readOutput(config: Json, known: Set<string>, form: Record<string, string>): OutputFormat | undefined {
  const mime = optional(config, 'responseMimeType', 'string', `${CONFIG}.responseMimeType`);
  if (mime === TEXT_MIME) {
    known.add('responseMimeType');
    return { kind: 'text' };
  }
  if (mime !== undefined && mime !== JSON_MIME) return undefined;
  const key = isObject(config.responseJsonSchema) ? 'responseJsonSchema' : 'responseSchema';
  const given = config[key];
  if (mime === JSON_MIME) known.add('responseMimeType');
  if (!isObject(given)) return mime === JSON_MIME ? { kind: 'json' } : undefined;
  known.add(key);
  if (mime === undefined) form.responseMimeType = 'absent';
  return { kind: 'schema', schema: key === 'responseSchema' ? readApiSchema(given, 'output', form) : given };
}

/**
 * A schema in the API's own kind as JSON Schema. `form` keeps under `name` that it was of that kind, with the original where the two
 * differ.
 */
export function readApiSchema(given: Json, name: string, form: Record<string, string>): JsonSchema {
  const original = JSON.stringify(given);
  const schema = fromApiSchema(given);
  form[name] = JSON.stringify(schema) === original ? 'api' : original;
  return schema;
}

/** Levels of thought (https://ai.google.dev/gemini-api/docs/thinking) as efforts. */
const LEVELS: ReadonlyMap<unknown, string> = new Map([
  ['MINIMAL', 'minimal'],
  ['LOW', 'low'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
]);
const UNSPECIFIED = 'THINKING_LEVEL_UNSPECIFIED';

/** A budget of 0 switches thinking off, one of -1 leaves the amount to the model. */
function readThinking(config: Json, form: Record<string, string>): { reasoning?: Reasoning; rest?: Rest } {
  const value = optionalObject(config, 'thinkingConfig', THINKING);
  if (!value) return {};
  const budget = optional(value, 'thinkingBudget', 'number', `${THINKING}.thinkingBudget`);
  const level = optional(value, 'thinkingLevel', 'string', `${THINKING}.thinkingLevel`);
  const shown = optional(value, 'includeThoughts', 'boolean', `${THINKING}.includeThoughts`);
  const known = new Set(['thinkingBudget', 'includeThoughts']);
  const effort = LEVELS.get(level?.toUpperCase());
  if (level === UNSPECIFIED || effort !== undefined) known.add('thinkingLevel');
  if (budget !== undefined && (budget < -1 || !Number.isInteger(budget)))
    throw invalid(`${THINKING}.thinkingBudget`, 'must be a whole number of tokens, 0, or -1');
  form[THINKING] = JSON.stringify({ budget, level, shown });
  const reasoning: Reasoning = {};
  if (budget !== undefined) reasoning.mode = budget === 0 ? 'off' : budget === -1 ? 'adaptive' : 'on';
  else if (effort !== undefined) reasoning.mode = 'on';
  if (budget !== undefined && budget > 0) reasoning.budget = budget;
  if (effort !== undefined) reasoning.effort = effort;
  if (reasoning.mode !== 'off' && shown) reasoning.summary = 'auto';
  else if (reasoning.mode && reasoning.mode !== 'off' && shown === false) reasoning.summary = 'omitted';
  return { reasoning: Object.keys(reasoning).length ? reasoning : undefined, rest: leftOver(value, known) };
}
