import { GatewayError } from '../../protocol/errors.ts';
import type { Note } from '../../protocol/note.ts';
import { type Json, list, object } from './shapes.ts';

/** The smallest window asked for; the next ones are powers of two times it, since each change of size loads the model anew. Tokens. */
const LEAST = 4096;
/** The largest window asked for while the model's own is unknown: all today's models have it, and most machines can hold it. Tokens. */
const UNKNOWN = 32_768;
/** What an answer takes that has no limit. Tokens. */
const ANSWER = 2048;
/** A token is about four bytes of prose and three of code: what is counted by prose gets this much more room. */
const BYTES_PER_TOKEN = 4;
const MARGIN = 1.25;
/** A middling picture, in tokens: models differ between 256 and 3000. */
const IMAGE = 1000;

/**
 * `num_ctx` for a request. Without it the server takes a default that may be 4096 and cuts what does not fit, silently.
 * @param messages as they are sent, and the tools
 * @param window the model's own, in tokens
 * @throws GatewayError `context` when the prompt is surely larger than the window
 */
export function contextFor(
  { messages, tools }: { messages: readonly Json[]; tools: unknown },
  maxTokens: number | undefined,
  window: number | undefined,
  notes: Note[],
): number {
  const tokens = Math.ceil(messages.reduce((sum, message) => sum + weigh(message), weigh(tools)));
  const limit = window ?? UNKNOWN;
  if (tokens > limit) {
    const known = window === undefined ? `; its own window is not known, set "context" for it in the configuration` : '';
    throw new GatewayError('context', `prompt is too long: about ${tokens} tokens > ${limit} that the model is given${known}`, {
      field: 'messages',
    });
  }
  const wanted = tokens * MARGIN + (maxTokens ?? ANSWER);
  if (window === undefined && wanted > limit)
    notes.push({
      path: 'options.num_ctx',
      action: 'changed',
      why: `the window of this model is not known, so it is given ${limit} tokens; set "context" for it in the configuration`,
    });
  let size = LEAST;
  while (size < wanted) size *= 2;
  return Math.min(size, limit);
}

/** Tokens of all names and strings in a value; a message's images have a weight of their own. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) / BYTES_PER_TOKEN;
  if (value === null || typeof value !== 'object') return 1 / BYTES_PER_TOKEN;
  if (Array.isArray(value)) return value.reduce((sum: number, inner) => sum + weigh(inner), 0);
  let tokens = 0;
  for (const [key, inner] of Object.entries(object(value) ?? {}))
    tokens += key === 'images' ? list(inner).length * IMAGE : key.length / BYTES_PER_TOKEN + weigh(inner);
  return tokens;
}
