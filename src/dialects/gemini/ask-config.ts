import type { Target } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt, Reasoning } from '../../protocol/prompt.ts';
import { JSON_MIME } from './accept-config.ts';
import { singleTypes, toApiSchema } from './ask-schema.ts';
import { NAME } from './shapes.ts';

/** Quirk: the server takes schemas of the API's own kind only (`parameters`, `responseSchema`), as older ones and imitations do. */
export const API_SCHEMAS = 'api-schemas';
/** Quirk: the model takes a level of thought and not a budget (Gemini 3). */
const LEVELS_ONLY = 'thinking-level';
/** Quirk: it refuses to have its thinking switched off. */
const ALWAYS = 'thinking-always';

/** The API takes at most so many. */
const MOST_STOPS = 5;

/** `generationConfig` for a prompt of another dialect, with a note for all that could not be carried. */
export function configOf(prompt: Prompt, target: Target, notes: Note[]): Json {
  const { sampling, output } = prompt;
  const config: Json = { ...sampling };
  if (sampling.temperature !== undefined && sampling.temperature > 2) {
    config.temperature = 2;
    notes.push({ path: 'temperature', action: 'changed', why: 'the highest this API takes is 2' });
  }
  if (prompt.maxTokens !== undefined) config.maxOutputTokens = limitOf(prompt.maxTokens, target, notes);
  if (prompt.stop?.length) {
    const stops = prompt.stop.filter((stop) => stop !== '');
    if (stops.length) config.stopSequences = stops.slice(0, MOST_STOPS);
    if (stops.length > MOST_STOPS) notes.push({ path: 'stop', action: 'dropped', why: `${NAME} takes ${MOST_STOPS} at most` });
  }
  if (output && output.kind !== 'text') config.responseMimeType = JSON_MIME;
  if (output?.kind === 'schema') {
    if (target.quirks?.has(API_SCHEMAS)) config.responseSchema = toApiSchema(output.schema, 'output.schema', notes);
    else config.responseJsonSchema = singleTypes(output.schema);
    for (const key of ['name', 'description'] as const)
      if (output[key] !== undefined) notes.push({ path: `output.${key}`, action: 'changed', why: `${NAME} formats have no such field` });
  }
  const thinking = prompt.reasoning && thinkingOf(prompt.reasoning, target.quirks ?? new Set(), notes);
  if (thinking) config.thinkingConfig = thinking;
  for (const key of ['user', 'cacheKey'] as const)
    if (prompt[key] !== undefined) notes.push({ path: key, action: 'dropped', why: `${NAME} has no such field` });
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function limitOf(maxTokens: number, target: Target, notes: Note[]): number {
  if (target.maxOutput === undefined || maxTokens <= target.maxOutput) return maxTokens;
  notes.push({ path: 'max tokens', action: 'changed', why: `the model writes at most ${target.maxOutput} tokens` });
  return target.maxOutput;
}

/** Efforts as budgets, as Google's own OpenAI endpoint has them (https://ai.google.dev/gemini-api/docs/openai#thinking). Tokens. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 24_576],
  ['max', 24_576],
]);
/** What every model that takes budgets takes; those that always think demand the least. Tokens. */
const MOST_BUDGET = 24_576;
const LEAST_BUDGET = 128;
/** Leaves the amount to the model. */
const DYNAMIC = -1;
const LEVELS: ReadonlySet<string> = new Set(['minimal', 'low', 'medium', 'high']);

/** Undefined when nothing was wished for. */
function thinkingOf(reasoning: Reasoning, quirks: ReadonlySet<string>, notes: Note[]): Json | undefined {
  const { mode, effort, budget, summary } = reasoning;
  const byLevel = quirks.has(LEVELS_ONLY);
  if (mode === 'off' || effort === 'none' || budget === 0) {
    if (byLevel) {
      notes.push({ path: 'reasoning', action: 'changed', why: 'this model cannot stop thinking; its lowest level is asked for' });
      return { thinkingLevel: quirks.has(ALWAYS) ? 'LOW' : 'MINIMAL' };
    }
    if (!quirks.has(ALWAYS)) return { thinkingBudget: 0 };
    notes.push({ path: 'reasoning', action: 'changed', why: 'this model cannot stop thinking; its least budget is asked for' });
    return { thinkingBudget: LEAST_BUDGET };
  }
  if (mode === undefined && effort === undefined && budget === undefined) {
    if (summary === undefined || summary === 'omitted' || summary === 'none') return undefined;
    return { includeThoughts: true };
  }
  const amount = byLevel ? levelOf(reasoning, notes) : { thinkingBudget: budgetOf(reasoning, notes) };
  return summary === 'omitted' || summary === 'none' ? amount : { ...amount, includeThoughts: true };
}

function budgetOf({ effort, budget }: Reasoning, notes: Note[]): number {
  const wanted = budget ?? (effort === undefined ? DYNAMIC : (BUDGETS.get(effort) ?? DYNAMIC));
  if (wanted <= MOST_BUDGET) return wanted;
  notes.push({ path: 'reasoning.budget', action: 'changed', why: `${wanted} became ${MOST_BUDGET}, the most that every model takes` });
  return MOST_BUDGET;
}

function levelOf({ effort, budget }: Reasoning, notes: Note[]): Json {
  if (effort !== undefined) {
    const level = LEVELS.has(effort) ? effort : 'high';
    if (level !== effort) notes.push({ path: 'reasoning.effort', action: 'changed', why: `"${effort}" became "high", the highest here` });
    return { thinkingLevel: level.toUpperCase() };
  }
  if (budget === undefined) return {};
  const level = budget <= 1024 ? 'LOW' : budget <= 8192 ? 'MEDIUM' : 'HIGH';
  notes.push({ path: 'reasoning.budget', action: 'changed', why: `this model takes levels: ${budget} tokens became ${level}` });
  return { thinkingLevel: level };
}
