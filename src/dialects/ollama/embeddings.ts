import { type Asking, type Embeddings, type EmbedPrompt, type EmbedReply, textsOf, vectorIn } from '../../protocol/embedding.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import { isSilent, type Json, object } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import { count } from '../../protocol/usage.ts';
import { hearInBand } from './errors.ts';
import { Fields } from './fields.ts';
import { NAME } from './shapes.ts';

const EMBED = '/api/embed';
/** The older door: one `prompt`, one vector. */
const EMBEDDINGS = '/api/embeddings';

/** Vectors (https://github.com/ollama/ollama/blob/main/docs/api.md#generate-embeddings). */
export const embeddings: Embeddings = { name: NAME, doors: [EMBED, EMBEDDINGS], accept, ask, hear, answer };

/** How long the model stays loaded, and whether a text that is too long is cut: elsewhere nothing is loaded and nothing cut. */
const SERVER = new Set(['keep_alive', 'truncate']);

function accept({ path, body }: Asking): EmbedPrompt {
  const given = object(body);
  if (!given) throw invalid('body', 'must be a JSON object with "model" and "input"');
  const fields = new Fields(given);
  const model = fields.said('model');
  if (!model) throw invalid('model', 'is missing; name the model that makes the embeddings');
  const field = path === EMBEDDINGS ? 'prompt' : 'input';
  const inputs = textsIn(fields.left[field], field);
  delete fields.left[field];
  const dimensions = fields.number('dimensions');
  if (dimensions !== undefined && !(Number.isInteger(dimensions) && dimensions >= 0))
    throw invalid('dimensions', 'must be a whole number above 0');
  const { rest } = fields.settle((key) => SERVER.has(key));
  return { protocol: NAME, model, inputs, encoding: 'float', dimensions: dimensions || undefined, rest, raw: { path, body: undefined } };
}

/** One text or several; none at all loads the model. */
function textsIn(value: unknown, field: string): string[] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value === 'string') return [value];
  if (field === 'input' && Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw invalid(field, field === 'prompt' ? 'must be a text' : 'must be a text or a list of texts');
}

/** What does not fit is refused by the server, in place of being cut. */
function ask(prompt: EmbedPrompt, model: string): Asking & { notes: Note[] } {
  const notes: Note[] = [];
  const body: Json = { model, input: textsOf(prompt, NAME, notes), truncate: false };
  if (prompt.dimensions !== undefined) body['dimensions'] = prompt.dimensions;
  return { path: EMBED, body, notes };
}

function hear(body: unknown): EmbedReply {
  const given = object(body) ?? {};
  if (!isSilent(given['error'] ?? null)) throw hearInBand(given);
  const { embeddings: several, embedding: one } = given;
  const list = Array.isArray(several) ? several : Array.isArray(one) ? (one.length ? [one] : []) : undefined;
  if (!list) throw new GatewayError('malformed', 'the provider answered 2xx without a single embedding');
  const input = count(given['prompt_eval_count']);
  return { vectors: list.map(vectorIn), encoding: 'float', usage: input === undefined ? undefined : { input } };
}

function answer({ vectors, usage }: EmbedReply, { model, raw }: EmbedPrompt): unknown {
  if (raw?.path === EMBEDDINGS) return { embedding: vectors[0] ?? [] };
  return { model, embeddings: vectors, ...(usage?.input !== undefined && { prompt_eval_count: usage.input }) };
}
