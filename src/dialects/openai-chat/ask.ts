import type { Target, WireRequest } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import { noteLosses } from '../../protocol/losses.ts';
import type { Note } from '../../protocol/note.ts';
import type { OutputFormat, Prompt, Reasoning } from '../../protocol/prompt.ts';
import { mend } from './ask-mend.ts';
import { ownBody } from './ask-own.ts';
import { toolFields } from './ask-tools.ts';
import { messagesOf } from './ask-turns.ts';
import { completionRequest, isCompletion } from './completion.ts';
import { NAME, SAMPLING } from './shapes.ts';

/** Longest `user` that providers take; longer ones are refused as a whole request. */
const USER_LIMIT = 64;

/**
 * A prompt as a Chat Completions request. In this dialect it goes out as it came, with the target's model; from another one it is
 * repaired and written so that the plainest engine takes it. Quirks of a provider that allow more:
 *
 * - `developer-role`          instructions go under the role `developer`
 * - `max-completion-tokens`   the limit is called `max_completion_tokens`
 * - `reasoning-content-back`  earlier thoughts go back as `reasoning_content`
 * - `custom-tools`            tools with raw text input are known
 * - `top-k`                   `top_k` is known
 * - `prompt-cache-key`        `prompt_cache_key` is known
 * - `effort-none`             `reasoning_effort: none` is known
 *
 * Quirks of a provider that takes less (`mend`) hold for requests of this dialect too.
 */
export function ask(prompt: Prompt, target: Target): { request: WireRequest; notes: Note[] } {
  const notes: Note[] = [];
  if (isCompletion(prompt)) return { request: { headers: {}, ...completionRequest(prompt, target, notes) }, notes };
  const body = prompt.dialect === NAME ? ownBody(prompt) : translated(prompt, target, notes);
  body['model'] = target.model;
  mend(body, prompt, target, notes);
  return { request: { path: '/v1/chat/completions', headers: {}, body }, notes };
}

function translated(prompt: Prompt, target: Target, notes: Note[]): Json {
  const quirks = target.quirks ?? new Set<string>();
  noteLosses(prompt, NAME, notes);
  const body: Json = { model: target.model, messages: messagesOf(prompt, quirks, notes) };
  if (prompt.stream) Object.assign(body, { stream: true, stream_options: { include_usage: true } });
  Object.assign(body, toolFields(prompt, quirks, notes), effortField(prompt.reasoning, quirks, notes), outputField(prompt.output));
  const limit = limitOf(prompt, target, notes);
  if (limit !== undefined) body[quirks.has('max-completion-tokens') ? 'max_completion_tokens' : 'max_tokens'] = limit;
  if (prompt.stop?.length) body['stop'] = prompt.stop;
  for (const [name, key] of SAMPLING) {
    const value = prompt.sampling[name];
    if (value === undefined) continue;
    if (name === 'topK' && !quirks.has('top-k')) notes.push({ path: key, action: 'dropped', why: `${NAME} has no such field` });
    else body[key] = value;
  }
  if (prompt.user !== undefined) {
    if (prompt.user.length <= USER_LIMIT) body['user'] = prompt.user;
    else notes.push({ path: 'user', action: 'dropped', why: `${NAME} takes at most ${USER_LIMIT} characters` });
  }
  if (prompt.cacheKey !== undefined) {
    if (quirks.has('prompt-cache-key')) body['prompt_cache_key'] = prompt.cacheKey;
    else notes.push({ path: 'cache_key', action: 'dropped', why: 'strict engines refuse it' });
  }
  return body;
}

function limitOf(prompt: Prompt, target: Target, notes: Note[]): number | undefined {
  const { maxTokens } = prompt;
  if (maxTokens === undefined || target.maxOutput === undefined || maxTokens <= target.maxOutput) return maxTokens;
  notes.push({ path: 'max_tokens', action: 'changed', why: `the model writes at most ${target.maxOutput} tokens` });
  return target.maxOutput;
}

/** Thinking in this dialect is an effort. A token budget becomes the nearest one. */
function effortField(reasoning: Reasoning | undefined, quirks: ReadonlySet<string>, notes: Note[]): Json {
  if (!reasoning) return {};
  const { mode, effort, budget, summary } = reasoning;
  if (summary !== undefined) notes.push({ path: 'reasoning.summary', action: 'changed', why: 'thoughts come as the engine shows them' });
  if (mode === 'off' || effort === 'none') {
    if (quirks.has('effort-none')) return { reasoning_effort: 'none' };
    notes.push({
      path: 'reasoning',
      action: 'dropped',
      why: 'not every engine knows how not to think; the quirk "effort-none" says that this one does',
    });
    return {};
  }
  if (effort !== undefined) return { reasoning_effort: effort };
  if (budget === undefined) {
    if (mode) notes.push({ path: 'reasoning.mode', action: 'dropped', why: `${NAME} has no such field; the model decides` });
    return {};
  }
  const nearest = budget < 4096 ? 'low' : budget < 16_384 ? 'medium' : 'high';
  notes.push({ path: 'reasoning.budget', action: 'changed', why: `sent as effort ${nearest}` });
  return { reasoning_effort: nearest };
}

function outputField(output: OutputFormat | undefined): Json {
  if (!output || output.kind === 'text') return {};
  if (output.kind === 'json') return { response_format: { type: 'json_object' } };
  const { kind: _, schema, name = 'answer', ...facts } = output;
  return { response_format: { type: 'json_schema', json_schema: { name, ...facts, schema } } };
}
