import type { Embeddings, EmbedPrompt, EmbedReply } from '../protocol/embedding.ts';
import { GatewayError } from '../protocol/errors.ts';
import { wireText } from '../protocol/well-formed.ts';
import { rateLimits, toClient, toUpstream } from '../wire/http.ts';
import { dispatch } from './dispatch.ts';
import { WHOLE_LIMIT } from './listen.ts';
import { claim, overhead, type Passage } from './passage.ts';
import { refuseLosses } from './translate.ts';

/**
 * Vectors for texts. Between client and provider of one protocol the client's own bytes go out with the model's name replaced, and the
 * provider's own bytes come back; between two the request is asked anew. The answer is read in any case, because some providers ignore
 * the encoding asked for, and clients decode without looking. @throws GatewayError before anything was sent
 */
export async function embed(passage: Passage, verbs: Embeddings): Promise<void> {
  const { incoming, asked, record, outlet, candidate } = passage;
  const { embeddings, target } = candidate;
  if (!embeddings)
    throw new GatewayError(
      'unsupported',
      `the provider "${candidate.provider}" makes no embeddings in its dialect ${candidate.dialect.name}; name a model of one that does`,
      { field: 'model' },
    );
  const prompt = asked.embedding(verbs);
  // Where the path names the model, so may the body.
  const isRelay = embeddings === verbs && incoming.dialect.readdress === undefined;
  passage.path = isRelay ? 'relay' : 'translate';
  const own = { 'content-type': 'application/json', 'accept-encoding': 'identity', 'user-agent': 'freehold' };
  const headers = isRelay
    ? toUpstream(incoming.rawHeaders, { 'accept-encoding': 'identity' }, { 'content-type': 'application/json', ...candidate.headers })
    : Object.entries({ ...own, ...candidate.headers }).flat();
  const { path, body } = isRelay ? { path: incoming.path, body: asked.bytesFor(target.model) } : translated(passage, embeddings, prompt);
  const { flight, head } = await dispatch(passage, path, '', headers, body);
  const bytes = await flight.collect(WHOLE_LIMIT);
  const reply = embeddings.hear(parsed(bytes));
  check(reply, prompt, passage);
  passage.usage = reply.usage;
  claim(passage);
  record.overheadMs = overhead(passage);
  const back = isRelay ? toClient(head.headers) : ['content-type', 'application/json', ...rateLimits(head.headers)];
  const fits = isRelay && reply.encoding === prompt.encoding;
  outlet.whole(head.status, back, fits ? bytes : Buffer.from(JSON.stringify(verbs.answer(reply, prompt))));
}

/** @throws GatewayError `unsupported` where the meaning would be lost */
function translated({ candidate, notes: into }: Passage, embeddings: Embeddings, prompt: EmbedPrompt): { path: string; body: string } {
  const { path, body, notes } = embeddings.ask(prompt, candidate.target.model);
  into.push(...notes);
  refuseLosses(notes, candidate);
  return { path, body: wireText(body as Record<string, unknown>) };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new GatewayError('malformed', `the provider answered 2xx with ${bytes.length ? 'a body that is not JSON' : 'an empty body'}`);
  }
}

/** @throws GatewayError `malformed` when vectors are missing: whoever pairs them with texts would pair them wrongly */
function check({ vectors }: EmbedReply, { inputs, dimensions }: EmbedPrompt, { notes }: Passage): void {
  if (vectors.length !== inputs.length)
    throw new GatewayError('malformed', `the provider gave ${vectors.length} embeddings for ${inputs.length} inputs`);
  const length = vectors[0]?.length;
  if (dimensions !== undefined && length !== undefined && length !== dimensions)
    notes.push({ path: 'dimensions', action: 'dropped', why: `the provider gave vectors of ${length}` });
}
