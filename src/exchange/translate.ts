import type { Answering } from '../protocol/dialect.ts';
import { GatewayError, withinDepth } from '../protocol/errors.ts';
import { Fold } from '../protocol/fold.ts';
import { helping, inForm } from '../protocol/help.ts';
import type { Note } from '../protocol/note.ts';
import type { Part } from '../protocol/part.ts';
import { Sequence } from '../protocol/sequence.ts';
import { wireText } from '../protocol/well-formed.ts';
import { rateLimits } from '../wire/http.ts';
import { dispatch, madeFor, openStream, overhead, type Passage, tap } from './attempt.ts';
import { heard } from './listen.ts';
import type { Candidate } from './ports.ts';
import { finalOf } from './recall.ts';

/** Asks a target that speaks another dialect than the client, and answers in the client's. @throws GatewayError before anything was sent */
export async function translate(passage: Passage, candidate: Candidate): Promise<void> {
  const prompt = passage.asked.prompt();
  const { request, notes } = withinDepth(() => candidate.dialect.ask(inForm(prompt, candidate.target.quirks), candidate.target));
  passage.notes.push(...notes);
  refuseLosses(notes, candidate);
  const headers = ['content-type', 'application/json', 'accept-encoding', 'identity', 'user-agent', 'freehold'];
  for (const from of [candidate.headers, request.headers]) for (const name in from) headers.push(name, from[name]!);
  const { flight, head } = await dispatch(
    passage,
    request.path,
    '',
    headers,
    withinDepth(() => wireText(request.body)),
  );
  // The client is answered as it asked, not as the request was rewritten for this target.
  const answering = passage.incoming.dialect.answer(passage.admission.asked.prompt(), madeFor(passage));
  const batches = await heard(flight, head, candidate.dialect.hear(candidate.target));
  await deliver(passage, batches, answering, rateLimits(head.headers), helping(prompt, candidate.target.quirks, passage.notes));
}

/** @throws GatewayError `unsupported` naming the fields without which the answer would be another one */
export function refuseLosses(notes: readonly Note[], { provider, target }: Candidate): void {
  const refused = notes.filter((note) => note.action === 'refused');
  if (refused.length === 0) return;
  const fields = refused.map((note) => note.path).join(', ');
  const why = `the model "${target.model}" at "${provider}" cannot carry ${fields} (${refused[0]!.why}); leave it out or choose a model of the same dialect`;
  throw new GatewayError('unsupported', why, { field: refused[0]!.path });
}

/**
 * Brings heard parts to the client, as a stream or whole, as the client asked.
 * Nothing is sent before the first content, so that a failure until then keeps its status and can be tried elsewhere.
 */
export async function deliver(
  passage: Passage,
  batches: AsyncIterable<Part[]> | [Part[]],
  answering: Answering,
  headers: string[],
  help: (parts: Part[]) => Part[] = (parts) => parts,
): Promise<void> {
  const { asked, outlet, around, record, restore, keeping, incoming } = passage;
  const sequence = new Sequence(() => `call_${around.newId()}`);
  const folding = asked.stream ? undefined : new Fold();
  let over = false;
  for await (const parts of batches) {
    let out = '';
    for (const raw of help(parts)) {
      const ordered = sequence.push(raw);
      for (const part of restore ? restore(ordered) : ordered) {
        tap(passage, part);
        // A whole answer has not been begun as long as nothing is sent: half of one is no success.
        if (part.type === 'fault' && (folding || record.firstTokenMs === undefined)) throw part.error;
        if (part.type === 'fault' && incoming.dialect.cutsBrokenStreams && part.error.retryable) throw part.error;
        if (part.type === 'finish' || part.type === 'fault') over = true;
        if (part.type === 'fault') {
          record.outcome = part.error.kind;
          around.observe(passage.candidate!.provider, part.error);
        }
        if (folding) folding.add(part);
        else out += answering.part(part);
      }
    }
    if (over && keeping && !folding && record.outcome === 'ok') await keeping.keep(finalOf(answering.final));
    if (out) {
      openStream(passage, headers, answering.contentType);
      const waiting = outlet.send(out);
      if (waiting) await waiting;
    }
    if (over) {
      passage.flight?.release();
      break;
    }
  }
  if (!over) throw new GatewayError('truncated', 'the provider ended its answer without a terminal event');
  if (folding) {
    passage.notes.push(...answering.notes);
    const body = Buffer.from(JSON.stringify(answering.whole(folding.reply)));
    if (keeping) await keeping.keep(finalOf(answering.final));
    record.overheadMs = overhead(passage);
    outlet.whole(200, ['content-type', 'application/json', ...headers], body);
    return;
  }
  openStream(passage, headers, answering.contentType);
  outlet.end(answering.end());
}
