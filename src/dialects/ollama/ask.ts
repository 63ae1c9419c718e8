import type { Target, WireRequest } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import { noteLosses } from '../../protocol/losses.ts';
import { lowerSchema, patternRule } from '../../protocol/lower-schema.ts';
import type { Note } from '../../protocol/note.ts';
import type { OutputFormat, Prompt, Reasoning } from '../../protocol/prompt.ts';
import { SAMPLING } from './accept.ts';
import { contextFor } from './ask-context.ts';
import { ownBody } from './ask-own.ts';
import { toolsFor } from './ask-tools.ts';
import { messagesFor } from './ask-turns.ts';
import { CHAT, GENERATE, NAME } from './shapes.ts';

/**
 * A prompt as a request of this dialect. In its own dialect it goes out as it came, with the target's model; from another one it is
 * repaired and goes to `/api/chat` with a window that fits it and the demand that nothing be cut.
 *
 * Quirks read here: `thinks`, the model is known to think, so a wish to think may be sent; the server's own page may say so as well.
 * `thinking-level`, it takes levels of it, which are an error for all others.
 * @throws GatewayError `context` when the prompt is larger than the model's window
 */
export function ask(prompt: Prompt, target: Target): { request: WireRequest; notes: Note[] } {
  const notes: Note[] = [];
  const isOwn = prompt.dialect === NAME;
  const body = isOwn ? ownBody(prompt, notes) : translated(prompt, target, notes);
  body['model'] = target.model;
  const path = isOwn && prompt.form?.['door'] === 'generate' ? GENERATE : CHAT;
  return { request: { path, headers: {}, body }, notes };
}

function translated(prompt: Prompt, target: Target, notes: Note[]): Json {
  noteLosses(prompt, NAME, notes);
  const messages = messagesFor(prompt, notes);
  const tools = toolsFor(prompt, notes);
  const body: Json = { model: target.model, messages, stream: prompt.stream };
  if (tools) body['tools'] = tools;
  Object.assign(body, formatField(prompt.output, tools !== undefined, notes));
  Object.assign(body, thinkField(prompt.reasoning, target, notes));
  // A prompt that does not fit is refused, and an answer that does not fit ends: by default both are cut in the middle, silently.
  Object.assign(body, { truncate: false, shift: false });
  const options: Json = {};
  const limit = limitOf(prompt, target, notes);
  for (const [name, key] of SAMPLING) if (prompt.sampling[name] !== undefined) options[key] = prompt.sampling[name];
  const stop = prompt.stop?.filter((text) => text !== '');
  if (stop?.length) options['stop'] = stop;
  if (limit !== undefined) options['num_predict'] = limit;
  options['num_ctx'] = contextFor(prompt, limit, target, notes);
  body['options'] = options;
  if (prompt.user !== undefined) notes.push({ path: 'user', action: 'dropped', why: `${NAME} has no such field` });
  if (prompt.cacheKey !== undefined) notes.push({ path: 'cache_key', action: 'dropped', why: `${NAME} has no cache keys` });
  return body;
}

function limitOf(prompt: Prompt, target: Target, notes: Note[]): number | undefined {
  const { maxTokens } = prompt;
  if (maxTokens === undefined || target.maxOutput === undefined || maxTokens <= target.maxOutput) return maxTokens;
  notes.push({ path: 'max_tokens', action: 'changed', why: `the model writes at most ${target.maxOutput} tokens` });
  return target.maxOutput;
}

function formatField(output: OutputFormat | undefined, hasTools: boolean, notes: Note[]): Json {
  if (!output || output.kind === 'text') return {};
  if (hasTools)
    notes.push({ path: 'output', action: 'changed', why: 'the format holds from the first word on, so tools are hardly called' });
  if (output.kind === 'json') return { format: 'json' };
  for (const key of ['name', 'description'] as const)
    if (output[key] !== undefined) notes.push({ path: `output.${key}`, action: 'changed', why: `${NAME} takes the bare schema` });
  // The server's grammars are llama.cpp's.
  return { format: lowerSchema(output.schema, 'output.schema', notes, patternRule) };
}

/** Levels that the server knows for each effort; any other wish is a plain one. */
const LEVELS: Readonly<Record<string, string>> = { minimal: 'low', low: 'low', medium: 'medium', high: 'high', xhigh: 'high', max: 'high' };

/**
 * Thinking. Every model takes `false`. A wish to think is an error for a model that does not (server/routes.go, "does not support
 * thinking"), and agents wish it always; models that do think do so unasked. So it is said only where it is known to be welcome.
 */
function thinkField(reasoning: Reasoning | undefined, { thinks, quirks }: Target, notes: Note[]): Json {
  if (!reasoning) return {};
  const { mode, effort, budget, summary } = reasoning;
  if (summary !== undefined) notes.push({ path: 'reasoning.summary', action: 'changed', why: 'thoughts come as the model has them' });
  if (mode === 'off' || effort === 'none' || budget === 0) return { think: false };
  if (mode === undefined && effort === undefined && budget === undefined) return {};
  if (!thinks && !quirks?.has('thinks')) {
    const why = 'left to the model, which thinks if it can; the quirk "thinks" says that it can and sends the wish';
    notes.push({ path: 'reasoning', action: 'changed', why });
    return {};
  }
  if (budget !== undefined) notes.push({ path: 'reasoning.budget', action: 'changed', why: `${NAME} has no budget of thoughts` });
  if (effort === undefined) return { think: true };
  if (quirks?.has('thinking-level')) return { think: LEVELS[effort] ?? true };
  notes.push({ path: 'reasoning.effort', action: 'changed', why: 'this model takes no levels of thinking; it thinks as it does' });
  return { think: true };
}
