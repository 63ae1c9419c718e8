import type { Target } from '../../protocol/dialect.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { estimatePrompt } from '../../protocol/estimate.ts';
import type { Note } from '../../protocol/note.ts';
import type { Prompt } from '../../protocol/prompt.ts';

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
/** Estimates are high: beyond this much above the window a prompt surely does not fit. The server refuses what is between. */
const SURE = 1.25;

/**
 * `num_ctx` for a request. Without it the server takes a default that may be 4096 and cuts what does not fit, silently. What is loaded
 * stays loaded where the request fits into it (https://github.com/ollama/ollama/issues/9977).
 * @throws GatewayError `context` when the prompt is surely larger than the window
 */
export function contextFor(
  prompt: Pick<Prompt, 'turns' | 'tools' | 'output'>,
  maxTokens: number | undefined,
  { window, loaded }: Pick<Target, 'window' | 'loaded'>,
  notes: Note[],
): number {
  const tokens = estimatePrompt(prompt);
  const limit = window ?? UNKNOWN_MOST;
  if (tokens > limit * SURE)
    throw new GatewayError('context', `prompt is too long: about ${tokens} tokens > ${limit} that the model can be given`, {
      field: 'messages',
    });
  const needed = Math.min(tokens + Math.min(maxTokens ?? ANSWER, ANSWER), limit);
  if (loaded !== undefined && loaded >= needed) return loaded;
  let wanted = tokens + (maxTokens ?? ANSWER);
  if (window === undefined && wanted > UNKNOWN) {
    wanted = Math.max(needed, UNKNOWN);
    const why = `the window of this model is not known, so its answer may get less room; set "context" for it in the configuration`;
    notes.push({ path: 'options.num_ctx', action: 'changed', why });
  }
  let size = LEAST;
  while (size < wanted) size *= 2;
  return Math.min(size, limit);
}
