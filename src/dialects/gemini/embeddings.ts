import { type Asking, type Embeddings, type EmbedPrompt, type EmbedReply, textsOf, vectorIn } from '../../protocol/embedding.ts';
import { GatewayError, invalid } from '../../protocol/errors.ts';
import { isObject, type Json } from '../../protocol/json.ts';
import type { Note } from '../../protocol/note.ts';
import type { Rest } from '../../protocol/rest.ts';
import { count } from '../../protocol/usage.ts';
import { hearInBand } from './errors.ts';
import { addressee, doorsTo, pathOf, resource } from './paths.ts';
import { NAME, optionalList } from './shapes.ts';

const ONE = 'embedContent';
const SEVERAL = 'batchEmbedContents';

/** Vectors (https://ai.google.dev/api/embeddings): of one content, or of several. The SDK asks for several always. */
export const embeddings: Embeddings = { name: NAME, doors: [...doorsTo(ONE), ...doorsTo(SEVERAL)], accept, ask, hear, answer };

const READ: ReadonlySet<string> = new Set(['model', 'content', 'outputDimensionality', 'output_dimensionality']);

function accept({ path, body }: Asking): EmbedPrompt {
  const to = addressee(path);
  if (!to || to.model.trim() === '') throw invalid('model', `is missing in the path; write it like /v1beta/models/MODEL:${ONE}`);
  if (!isObject(body)) throw invalid('body', 'must be a JSON object');
  const isOne = to.method === ONE;
  const requests = isOne ? [body] : optionalList(body, 'requests', 'requests');
  if (!requests?.length) throw invalid('requests', 'is missing; it must be a list of requests, each with a "content"');
  const rest: Rest = {};
  const meaning = new Set<string>();
  const lengths = new Set<number | undefined>();
  const inputs = requests.map((request, at) => {
    const before = isOne ? '' : `requests[${at}].`;
    if (!isObject(request)) throw invalid(before.slice(0, -1), 'must be an object with "content"');
    for (const key in request) if (!READ.has(key)) rest[before + key] = request[key];
    lengths.add(dimensionsIn(request, before));
    return textIn(request.content, `${before}content`, rest, meaning);
  });
  const [dimensions] = lengths;
  // Other protocols have one length for all texts of a request.
  if (lengths.size > 1) {
    rest['requests.outputDimensionality'] = [...lengths];
    meaning.add('requests.outputDimensionality');
  }
  return {
    protocol: NAME,
    model: to.model,
    inputs,
    encoding: 'float',
    dimensions: lengths.size > 1 ? undefined : dimensions,
    rest,
    meaning,
    raw: { path, body },
  };
}

function dimensionsIn(request: Json, before: string): number | undefined {
  const value = request.outputDimensionality ?? request.output_dimensionality ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value <= 0)
    throw invalid(`${before}outputDimensionality`, 'must be a whole number above 0');
  return value;
}

/** The text of a content. What is no text stays in `rest` and is refused elsewhere. */
function textIn(content: unknown, path: string, rest: Rest, meaning: Set<string>): string {
  if (typeof content === 'string') return content;
  if (!isObject(content)) throw invalid(path, 'must be a content: an object with "parts"');
  const { parts } = content;
  const list: readonly unknown[] = Array.isArray(parts) ? parts : [parts];
  return list
    .map((part, at) => {
      if (typeof part === 'string') return part;
      if (!isObject(part)) throw invalid(`${path}.parts[${at}]`, 'must be a part: an object with "text"');
      if (typeof part.text === 'string') return part.text;
      const key = `${path}.parts[${at}]`;
      rest[key] = part;
      meaning.add(key);
      return '';
    })
    .join('\n');
}

/** Within this protocol all goes on as it came, but the model: it stands in the path and in each request. */
function ask(prompt: EmbedPrompt, model: string): Asking & { notes: Note[] } {
  const notes: Note[] = [];
  const name = resource(model);
  if (prompt.protocol === NAME && isObject(prompt.raw?.body)) {
    const { path, body } = prompt.raw;
    const method = addressee(path)?.method ?? SEVERAL;
    const renamed = (request: unknown) => (isObject(request) && request.model !== undefined ? { ...request, model: name } : request);
    const whole = method === ONE ? renamed(body) : { ...body, requests: Array.isArray(body.requests) ? body.requests.map(renamed) : [] };
    return { path: pathOf(model, method), body: whole, notes };
  }
  const requests = textsOf(prompt, NAME, notes).map((text) => {
    const request: Json = { model: name, content: { parts: [{ text }] } };
    if (prompt.dimensions !== undefined) request.outputDimensionality = prompt.dimensions;
    return request;
  });
  return { path: pathOf(model, SEVERAL), body: { requests }, notes };
}

function hear(body: unknown): EmbedReply {
  if (isObject(body) && isObject(body.error)) throw hearInBand(body);
  const given = isObject(body) ? body : {};
  const list: readonly unknown[] = Array.isArray(given.embeddings)
    ? given.embeddings
    : given.embedding === undefined
      ? []
      : [given.embedding];
  if (list.length === 0) throw new GatewayError('malformed', 'the provider answered 2xx without a single embedding');
  const input = isObject(given.usageMetadata) ? count(given.usageMetadata.promptTokenCount) : undefined;
  return {
    vectors: list.map((one, at) => vectorIn(isObject(one) ? one.values : undefined, at)),
    encoding: 'float',
    usage: input === undefined ? undefined : { input },
  };
}

function answer({ vectors, usage }: EmbedReply, { raw }: EmbedPrompt): unknown {
  const embeddings = vectors.map((values) => ({ values }));
  const counted = usage?.input === undefined ? {} : { usageMetadata: { promptTokenCount: usage.input } };
  const isOne = raw !== undefined && addressee(raw.path)?.method === ONE;
  return isOne ? { embedding: embeddings[0], ...counted } : { embeddings, ...counted };
}
