import type { Embeddings, EmbedPrompt, EmbedReply } from '../protocol/embedding.ts';
import { GatewayError } from '../protocol/errors.ts';
import { toClient, toUpstream } from '../wire/http.ts';
import { dispatch, overhead, type Passage } from './attempt.ts';
import { WHOLE_LIMIT } from './listen.ts';
import type { Candidate } from './ports.ts';

/**
 * Vectors for texts: the client's own bytes go out with the model's name replaced, the provider's own bytes come back. They are read on
 * the way, because some providers ignore the encoding asked for, and clients decode without looking. @throws GatewayError before anything was sent
 */
export async function embed(passage: Passage, candidate: Candidate, verbs: Embeddings): Promise<void> {
  const { incoming, asked, record, outlet } = passage;
  if (candidate.dialect.embeds !== incoming.dialect.embeds)
    throw new GatewayError(
      'unsupported',
      `the provider "${candidate.provider}" makes no embeddings in its dialect ${candidate.dialect.name}; name a model of one that does`,
      { field: 'model' },
    );
  record.path = 'relay';
  const prompt = asked.embedding(verbs);
  const headers = toUpstream(
    incoming.rawHeaders,
    { 'accept-encoding': 'identity' },
    { 'content-type': 'application/json', ...candidate.headers },
  );
  const { flight, head } = await dispatch(passage, incoming.path, '', headers, asked.bytesFor(candidate.target.model));
  const bytes = await flight.collect(WHOLE_LIMIT);
  const reply = verbs.hear(parsed(bytes));
  check(reply, prompt, passage);
  record.usage = reply.usage;
  record.overheadMs = overhead(passage);
  const fits = reply.encoding === prompt.encoding;
  outlet.whole(head.status, toClient(head.headers), fits ? bytes : Buffer.from(JSON.stringify(verbs.answer(reply, prompt))));
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
  const length = vectors[0]!.length;
  if (dimensions !== undefined && length !== dimensions)
    notes.push({ path: 'dimensions', action: 'dropped', why: `the provider gave vectors of ${length}` });
}
