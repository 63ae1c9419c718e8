import { type Asking, type Embeddings, type EmbedPrompt, type EmbedReply, type Encoding, vectorIn } from '../../protocol/embedding.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import { estimateText } from '../../protocol/estimate.ts';
import { type Json, list, object, said } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import { noteRest, restOf } from '../../protocol/rest.ts';
import { count } from '../../protocol/usage.ts';
import { errorIn, inBand } from './errors.ts';

/** The name under which dialects say that their servers speak this. */
export const EMBEDS = 'openai-embeddings';

/** OpenAI Embeddings (https://platform.openai.com/docs/api-reference/embeddings), which nearly all engines speak. */
export const embeddings: Embeddings = { name: EMBEDS, doors: ['/v1/embeddings'], accept, ask, hear, answer };

const READ: ReadonlySet<string> = new Set(['model', 'input', 'encoding_format', 'dimensions']);

function accept({ body }: Asking): EmbedPrompt {
  const asked = object(body);
  if (!asked) throw invalid('body', 'must be a JSON object');
  const { input, encoding_format: encoding, dimensions } = asked;
  const model = said(asked['model']);
  if (!model) throw invalid('model', 'is missing; name the model that makes the embeddings');
  if (encoding !== undefined && encoding !== null && encoding !== 'float' && encoding !== 'base64')
    throw invalid('encoding_format', 'must be "float" or "base64"');
  if (dimensions !== undefined && dimensions !== null && !(Number.isInteger(dimensions) && (dimensions as number) > 0))
    throw invalid('dimensions', 'must be a whole number above 0');
  return {
    protocol: EMBEDS,
    model,
    inputs: readInput(input),
    encoding: encoding === 'base64' ? 'base64' : 'float',
    dimensions: typeof dimensions === 'number' ? dimensions : undefined,
    rest: restOf(asked, READ),
  };
}

/** A prompt of another protocol; one of this goes on byte for byte. */
function ask({ inputs, encoding, dimensions, rest, meaning }: EmbedPrompt, model: string): Asking & { notes: Note[] } {
  const notes: Note[] = [];
  noteRest(rest, '', `${EMBEDS} has no place for it`, notes, meaning);
  if (inputs.length === 0) throw invalid('input', 'is empty; send at least one text');
  const body: Json = { model, input: inputs, encoding_format: encoding };
  if (dimensions !== undefined) body['dimensions'] = dimensions;
  return { path: '/v1/embeddings', body, notes };
}

/** One text, several, the tokens of one, or of several. */
function readInput(input: unknown): (string | number[])[] {
  if (typeof input === 'string') return [readOne(input, 'input')];
  if (!Array.isArray(input) || input.length === 0) throw invalid('input', 'must be a text, a list of texts, or lists of tokens');
  if (typeof input[0] === 'number') return [readOne(input, 'input')];
  return input.map((one: unknown, at) => readOne(one, `input[${at}]`));
}

function readOne(one: unknown, path: string): string | number[] {
  if (typeof one !== 'string' && !(Array.isArray(one) && one.every((token) => Number.isInteger(token) && token >= 0)))
    throw invalid(path, 'must be a text or a list of tokens');
  if (one.length === 0) throw invalid(path, 'is empty; leave it out');
  return one;
}

function hear(body: unknown): EmbedReply {
  const given = object(body);
  const failure = given && errorIn({ usage: undefined, ...given });
  if (failure && !Array.isArray(given['data'])) throw inBand(failure);
  const data = list(given?.['data']).map((one) => object(one) ?? {});
  if (data.length === 0) throw new GatewayError('malformed', 'the provider answered 2xx without a single embedding');
  const vectors: number[][] = [];
  const encodings = new Set<Encoding>();
  data.forEach(({ index, embedding }, at) => {
    const isText = typeof embedding === 'string';
    encodings.add(isText ? 'base64' : 'float');
    vectors[count(index) ?? at] = vectorIn(isText ? unpack(embedding) : embedding, at);
  });
  // Two under one index leave another one without.
  if (Object.keys(vectors).length !== data.length || vectors.length !== data.length)
    throw new GatewayError('malformed', 'the provider numbered its embeddings wrongly');
  const [encoding] = encodings;
  const usage = object(given?.['usage']);
  const input = count(usage?.['prompt_tokens']) ?? count(usage?.['total_tokens']);
  return { vectors, encoding: encodings.size === 1 ? encoding! : 'mixed', usage: input === undefined ? undefined : { input } };
}

function answer({ vectors, usage }: EmbedReply, { model, inputs, encoding }: EmbedPrompt): unknown {
  const tokens =
    usage?.input ?? Math.ceil(inputs.reduce((sum, one) => sum + (typeof one === 'string' ? estimateText(one) : one.length), 0));
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encoding === 'base64' ? pack(vector) : vector })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function pack(vector: readonly number[]): string {
  const bytes = new DataView(new ArrayBuffer(vector.length * 4));
  vector.forEach((value, at) => {
    bytes.setFloat32(at * 4, value, true);
  });
  return Buffer.from(bytes.buffer).toString('base64');
}

function unpack(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readFloatLE(at * 4));
}
