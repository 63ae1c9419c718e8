import type { Target, WireRequest } from '../../protocol/dialect.ts';
import { repair } from '../../protocol/history.ts';
import type { Json } from '../../protocol/json.ts';
import { noteLosses } from '../../protocol/losses.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { wellFormed } from '../../protocol/well-formed.ts';
import { CachePoints } from './ask-cache.ts';
import { planThinking } from './ask-thinking.ts';
import { toolConfig } from './ask-tools.ts';
import { type Conversation, writeTurns } from './ask-turns.ts';
import { NAME } from './shapes.ts';

/** There is no mode for JSON without a schema, so it is asked for in words. */
const JSON_ONLY = 'Answer with exactly one JSON object and nothing else: no code fence, no text before or after it.';

/** A prompt as a Converse request, with a note for all that could not be carried or had to change. */
export function ask(prompt: Prompt, target: Target): { request: WireRequest; notes: Note[] } {
  const notes: Note[] = [];
  const points = new CachePoints(target.quirks?.has('cache-points') === true, notes);
  const turns = repair(prompt.turns, notes);
  noteLosses(points.withoutMarks(prompt), NAME, notes);
  const plan = planThinking(prompt, turns, target, notes);
  // Marks count from the front, as the cache does: tools, then instructions, then the conversation.
  const tools = toolConfig(prompt, turns, plan.additional !== undefined && plan.thinks, points, notes);
  const conversation = writeTurns(turns, plan.keepsThoughts, points, notes);
  if (prompt.output?.kind === 'json') askForJson(conversation, notes);
  const body: Json = { messages: conversation.messages };
  if (conversation.system.length) body.system = conversation.system;
  const inference = inferenceConfig(prompt, plan, notes);
  if (Object.keys(inference).length) body.inferenceConfig = inference;
  if (tools) body.toolConfig = tools;
  const format = outputConfig(prompt, notes);
  if (format) body.outputConfig = format;
  const additional: Json = { ...plan.additional };
  const { topK } = prompt.sampling;
  if (topK !== undefined) {
    if (!target.quirks?.has('top-k')) drop(notes, 'top_k', `${NAME} has no such field for this model`);
    else if (plan.thinks) drop(notes, 'top_k', 'it cannot be set while the model thinks');
    else additional.top_k = topK;
  }
  if (Object.keys(additional).length) body.additionalModelRequestFields = additional;
  noteUnknown(prompt, notes);
  const mended = wellFormed(body);
  if (mended !== body)
    notes.push({ path: 'messages', action: 'changed', why: 'half characters (lone surrogates) were replaced by U+FFFD' });
  return { request: { path: pathTo(target.model, prompt.stream), headers: {}, body: mended }, notes };
}

/** Ids hold colons, and those of inference profiles may be ARNs with slashes: all of it is one segment. */
export function pathTo(model: string, stream: boolean): string {
  return `/model/${encodeURIComponent(model)}/${stream ? 'converse-stream' : 'converse'}`;
}

function drop(notes: Note[], path: string, why: string): void {
  notes.push({ path, action: 'dropped', why });
}

function askForJson({ system }: Conversation, notes: Note[]): void {
  system.push({ text: JSON_ONLY });
  notes.push({ path: 'output', action: 'changed', why: `${NAME} has no JSON mode without a schema; an instruction asks for it instead` });
}

function inferenceConfig(prompt: Prompt, plan: { maxTokens?: number; thinks: boolean }, notes: Note[]): Json {
  const { temperature, topP } = prompt.sampling;
  const config: Json = {};
  if (plan.maxTokens !== undefined) config.maxTokens = plan.maxTokens;
  if (temperature !== undefined) {
    if (!plan.thinks) config.temperature = Math.min(temperature, 1);
    else if (temperature !== 1) drop(notes, 'temperature', 'it cannot be set while the model thinks');
    if (!plan.thinks && temperature > 1) notes.push({ path: 'temperature', action: 'changed', why: 'the highest this API takes is 1' });
  }
  if (topP !== undefined) {
    if (plan.thinks && topP < 0.95) drop(notes, 'top_p', 'it must be at least 0.95 while the model thinks');
    else if (config.temperature === undefined) config.topP = topP;
    else if (topP !== 1) drop(notes, 'top_p', 'newer models take either temperature or top_p');
  }
  const stop = prompt.stop?.filter((text) => text.trim() !== '');
  if (stop && stop.length !== prompt.stop?.length) drop(notes, 'stop', `${NAME} takes no stop sequence of white space alone`);
  if (stop?.length) config.stopSequences = stop;
  return config;
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html: the schema goes as text. */
function outputConfig({ output }: Prompt, notes: Note[]): Json | undefined {
  if (output?.kind !== 'schema') return undefined;
  if (output.strict === false) drop(notes, 'output.strict', `${NAME} always keeps to the schema`);
  const jsonSchema: Json = { schema: JSON.stringify(output.schema) };
  if (output.name !== undefined) jsonSchema.name = output.name;
  if (output.description) jsonSchema.description = output.description;
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
}

function noteUnknown(prompt: Prompt, notes: Note[]): void {
  const { seed, frequencyPenalty, presencePenalty } = prompt.sampling;
  const why = `${NAME} has no such field`;
  if (seed !== undefined) drop(notes, 'seed', why);
  if (frequencyPenalty) drop(notes, 'frequency_penalty', why);
  if (presencePenalty) drop(notes, 'presence_penalty', why);
  if (prompt.user !== undefined) drop(notes, 'user', why);
  if (prompt.cacheKey !== undefined) drop(notes, 'cacheKey', `${NAME} has no cache keys`);
  if (prompt.parallelTools === false) drop(notes, 'parallelTools', why);
}
