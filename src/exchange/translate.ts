import type { Answering } from '../protocol/dialect.ts';
import { GatewayError, withinDepth } from '../protocol/errors.ts';
import { Fold } from '../protocol/fold.ts';
import { helping, inForm } from '../protocol/help.ts';
import type { Note } from '../protocol/note.ts';
import type { Part } from '../protocol/part.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { Sequence } from '../protocol/sequence.ts';
import { wireText } from '../protocol/well-formed.ts';
import type { Head } from '../upstream/flight.ts';
import { rateLimits } from '../wire/http.ts';
import { dispatch } from './dispatch.ts';
import { heard } from './listen.ts';
import { claim, madeFor, openStream, overhead, type Passage, tap } from './passage.ts';
import type { Candidate } from './ports.ts';
import { finalOf } from './recall.ts';
import { Telling } from './telling.ts';

/** Asks a target that speaks another dialect than the client, and answers in the client's. @throws GatewayError before anything was sent */
export async function translate(passage: Passage): Promise<void> {
  const prompt = passage.asked.prompt();
  const { head, batches } = await ask(passage, prompt);
  // The client is answered as it asked, not as the request was rewritten for this target.
  const answering = passage.incoming.dialect.answer(passage.admission.asked.prompt(), madeFor(passage));
  const help = helping(prompt, passage.candidate.target.quirks, passage.notes);
  await deliver(passage, batches, answering, rateLimits(head.headers), help);
}

/** Puts a prompt to the candidate in its own dialect. @throws GatewayError */
export async function ask(passage: Passage, prompt: Prompt): Promise<{ head: Head; batches: AsyncIterable<Part[]> | [Part[]] }> {
  const { candidate } = passage;
  const asking = inForm(prompt, candidate.target.quirks);
  // Nobody would know what it cost; who did not ask for it is not told.
  const counted = asking.stream ? { ...asking, streamUsage: true } : asking;
  const { request, notes } = withinDepth(() => candidate.dialect.ask(counted, candidate.target));
  passage.notes.push(...notes);
  refuseLosses(notes, candidate);
  const headers = ['content-type', 'application/json', 'accept-encoding', 'identity', 'user-agent', 'freehold'];
  for (const from of [candidate.headers, request.headers]) for (const name in from) headers.push(name, from[name]!);
  const body = withinDepth(() => wireText(request.body));
  const { flight, head } = await dispatch(passage, request.path, '', headers, body);
  return { head, batches: await heard(flight, head, candidate.dialect.hear(candidate.target)) };
}

/** @throws GatewayError `unsupported` naming the fields without which the answer would be another one */
export function refuseLosses(notes: readonly Note[], { provider, target }: Candidate): void {
  const refused = notes.filter((note) => note.action === 'refused');
  if (refused.length === 0) return;
  const fields = refused.map((note) => note.path).join(', ');
  const why = `the model "${target.model}" at "${provider}" cannot carry ${fields} (${refused[0]!.why}); leave it out or choose a model of the same dialect`;
  throw new GatewayError('unsupported', why, { field: refused[0]!.path });
}

/** Changes heard parts on their way: a repair, or what makes them the rest of an answer. */
type Change = (parts: Part[]) => Part[];
const asIs: Change = (parts) => parts;

/**
 * Brings heard parts to the client, as a stream or whole, as the client asked.
 * Nothing is sent before the first content, so that a failure until then keeps its status and can be tried elsewhere.
 */
export async function deliver(
  passage: Passage,
  batches: AsyncIterable<Part[]> | [Part[]],
  answering: Answering,
  headers: string[],
  help: Change = asIs,
): Promise<void> {
  if (passage.asked.stream) await pour(passage, batches, new Telling(answering), { help, headers, contentType: answering.contentType });
  else await collect(passage, batches, answering, headers, help);
}

/** Parts in sequence, with what a stage took out put back. */
function sequencing({ around, restore }: Passage, help: Change): Change {
  const sequence = new Sequence(() => `call_${around.newId()}`);
  return (parts) => {
    const ordered: Part[] = [];
    for (const raw of help(parts)) ordered.push(...sequence.push(raw));
    return restore ? restore(ordered) : ordered;
  };
}

/** Half of a whole answer is no success, and nothing was sent: any failure can still be tried elsewhere. */
async function collect(
  passage: Passage,
  batches: AsyncIterable<Part[]> | [Part[]],
  answering: Answering,
  headers: string[],
  help: Change,
): Promise<void> {
  const { record, outlet, keeping } = passage;
  const order = sequencing(passage, help);
  const folding = new Fold();
  let over = false;
  for await (const parts of batches) {
    for (const part of order(parts)) {
      if (part.type === 'fault') throw part.error;
      tap(passage, part);
      folding.add(part);
      if (part.type === 'finish') over = true;
    }
    if (over) break;
  }
  if (!over) throw unfinished();
  passage.flight?.release();
  claim(passage);
  passage.notes.push(...answering.notes);
  const body = Buffer.from(JSON.stringify(answering.whole(folding.reply)));
  if (keeping) await keeping.keep(finalOf(answering.final));
  record.overheadMs = overhead(passage);
  outlet.whole(200, ['content-type', 'application/json', ...headers], body);
}

function unfinished(): GatewayError {
  return new GatewayError('truncated', 'the provider ended its answer without a terminal event');
}

interface Pouring {
  help: Change;
  /** Makes parts in sequence the rest of what was told before. */
  splice?: Change;
  headers: string[];
  contentType?: string;
}

/**
 * Streams parts to the client as they come. What was told stays known, so that another attempt can go on where this one breaks off.
 * @throws GatewayError when it breaks off: nothing is told of it here
 */
export async function pour(
  passage: Passage,
  batches: AsyncIterable<Part[]> | [Part[]],
  telling: Telling,
  { help, splice = asIs, headers, contentType }: Pouring,
): Promise<void> {
  const { course, outlet, keeping } = passage;
  const order = sequencing(passage, help);
  for await (const parts of batches) {
    let out = '';
    let over = false;
    let broken: unknown;
    try {
      for (const part of splice(order(parts))) {
        if (part.type === 'fault') throw part.error;
        tap(passage, part);
        out += telling.part(part);
        if (part.type === 'finish') over = true;
      }
    } catch (thrown) {
      broken = thrown;
    }
    // Nothing was told yet: the next target may begin anew.
    if (broken && !course.told) throw broken;
    if (over && keeping) {
      claim(passage);
      await keeping.keep(finalOf(telling.final));
    }
    if (out) {
      openStream(passage, headers, contentType);
      course.telling = telling;
      const waiting = outlet.send(out);
      if (waiting) await waiting;
    }
    if (broken) throw broken;
    if (!over) continue;
    passage.flight?.release();
    openStream(passage, headers, contentType);
    outlet.end(telling.end());
    return;
  }
  throw unfinished();
}
