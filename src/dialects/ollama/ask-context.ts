import { GatewayError } from '../../protocol/errors.ts';
import { type Json, list } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';

/** The smallest window asked for; the next ones are powers of two times it, since each change of size loads the model anew. Tokens. */
const LEAST = 4096;
/**
 * While the model's own window is unknown: what an answer without end may grow it to, and what a prompt may. The server itself cuts the
 * window down to the model's own, and is told not to cut the prompt. Tokens.
 */
const UNKNOWN = 32_768;
const UNKNOWN_MOST = 262_144;
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
  const images = messages.reduce((sum, message) => sum + list(message['images']).length, 0);
  const tokens = Math.ceil(images * IMAGE + messages.reduce((sum, { images: _, ...said }) => sum + weigh(said), weigh(tools)));
  const limit = window ?? UNKNOWN_MOST;
  if (tokens > limit)
    throw new GatewayError('context', `prompt is too long: about ${tokens} tokens > ${limit} that the model can be given`, {
      field: 'messages',
    });
  const needed = tokens * MARGIN + Math.min(maxTokens ?? ANSWER, ANSWER);
  let wanted = tokens * MARGIN + (maxTokens ?? ANSWER);
  if (window === undefined && wanted > UNKNOWN) {
    wanted = Math.max(needed, UNKNOWN);
    const why = `the window of this model is not known, so its answer may get less room; set "context" for it in the configuration`;
    notes.push({ path: 'options.num_ctx', action: 'changed', why });
  }
  let size = LEAST;
  while (size < wanted) size *= 2;
  return Math.min(size, limit);
}

/** Tokens of all names and strings in a value. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) / BYTES_PER_TOKEN;
  if (value === null || typeof value !== 'object') return 1 / BYTES_PER_TOKEN;
  if (Array.isArray(value)) return value.reduce((sum: number, inner) => sum + weigh(inner), 0);
  let tokens = 0;
  for (const key in value) tokens += key.length / BYTES_PER_TOKEN + weigh((value as Json)[key]);
  return tokens;
}
