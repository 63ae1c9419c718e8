import { asGatewayError, type GatewayError } from '../protocol/errors.ts';
import { needsHelp } from '../protocol/help.ts';
import { embed } from './embed.ts';
import type { Seat } from './lines.ts';
import { adoptNotes, type Course, Outrun, type Passage, passageTo } from './passage.ts';
import type { Candidate } from './ports.ts';
import { relay } from './relay.ts';
import { Misfit } from './seam.ts';
import type { Admission, Rewriting } from './stage.ts';
import { translate } from './translate.ts';

/**
 * One attempt at one target, from the stages' word to the end of its answer. However it ends, the stages are told, and the target's health.
 * @param speak what is done once the stages have agreed
 * @param admission what is asked, where that is not the client's own request
 * @throws GatewayError when it failed, Outrun when another attempt was faster
 */
export async function attempt(
  course: Course,
  candidate: Candidate,
  speak: (passage: Passage) => Promise<void> = say,
  admission: Admission = course.admission,
): Promise<void> {
  const passage = passageTo(course, candidate, admission);
  const { attempt: tried, record, client } = passage;
  let seat: Seat | undefined;
  try {
    if (candidate.load) {
      seat = await course.around.resilience.lines.enter(candidate, candidate.load, record.caller?.id ?? '', course.parting.signal);
      tried.waitedMs = seat.waitedMs;
    }
    const prepared = prepare(passage, 0);
    if (prepared) await prepared;
    await speak(passage);
    if (passage.broken) tried.error = passage.broken.kind;
    told(passage, passage.broken);
  } catch (thrown) {
    const isOutrun = course.speaker !== undefined && course.speaker !== passage;
    const error = asGatewayError(thrown);
    tried.error = client.gone || isOutrun ? 'cancelled' : error.kind;
    if (client.gone || isOutrun || thrown instanceof Misfit) course.around.resilience.release(candidate.address);
    else told(passage, error);
    if (course.speaker === passage && !course.told) {
      course.speaker = undefined;
      record.firstTokenMs = undefined;
    }
    if (!course.speaker) adoptNotes(passage);
    throw isOutrun ? new Outrun() : thrown;
  } finally {
    const { usage, flight, sentAt } = passage;
    seat?.leave();
    if (flight) course.flights.delete(flight);
    if (usage) tried.usage = usage;
    tried.ms = performance.now() - passage.incoming.startedAt - (tried.startMs ?? 0);
    if (passage.begunAt !== undefined && sentAt > 0) tried.firstTokenMs = passage.begunAt - sentAt;
    if (!course.speaker || course.speaker === passage) record.usage = usage;
    tried.bytesOut = flight?.bytesOut ?? 0;
    tried.bytesIn = flight?.bytesIn ?? 0;
    // Who was stopped because another was faster has read the question by then, and may charge for it.
    const accepted = passage.accepted || (sentAt > 0 && course.speaker !== undefined && course.speaker !== passage);
    const end = { error: tried.error, usage, sent: sentAt > 0, accepted, flight };
    for (const clearance of passage.clearances) clearance.settle(end);
  }
}

/** What an end says of the target's health. */
function told({ around, candidate, begunAt, sentAt, record }: Passage, error: GatewayError | undefined): void {
  // A limit of ours, before anybody was asked: it says nothing of the target, which others may use.
  if (error?.kind === 'rate' && sentAt === 0) return;
  const { address } = candidate;
  around.observe(candidate.provider, error);
  around.resilience.report(address, error);
  if (!error && begunAt !== undefined && sentAt > 0) around.resilience.began(address, record.stream, begunAt - sentAt);
}

/** Asks the candidate what the client asked: in the client's own bytes where it speaks the same dialect and nothing has to be changed. */
function say(passage: Passage): Promise<void> {
  const { course, record, incoming, asked, restore, candidate } = passage;
  const { dialect, target } = candidate;
  if (incoming.embeddings) return embed(passage, incoming.embeddings);
  const asIs = !restore && !needsHelp(target.quirks, asked.body) && !incoming.dialect.reshapes?.(incoming.path, target);
  const same = dialect === incoming.dialect && asIs && !asked.holdsForeignState;
  passage.path = same ? 'relay' : 'translate';
  if (!course.speaker) record.path = passage.path;
  return same ? relay(passage) : translate(passage);
}

/** Lets every stage from one on rewrite what this candidate is asked. A promise only when one of them must wait. @throws GatewayError */
function prepare(passage: Passage, from: number): Promise<void> | undefined {
  const { around, admission, candidate } = passage;
  for (let at = from; at < around.stages.length; at++) {
    const rewriting = around.stages[at]!.prepare?.(admission, candidate);
    if (rewriting instanceof Promise)
      return rewriting.then((made) => {
        use(passage, made);
        return prepare(passage, at + 1);
      });
    use(passage, rewriting);
  }
  return undefined;
}

function use(passage: Passage, rewriting: Rewriting | undefined): void {
  if (!rewriting) return;
  const { asked, restore } = rewriting;
  const after = passage.restore;
  passage.asked = asked;
  passage.restore = restore && after ? (parts) => after(restore(parts)) : (restore ?? after);
}
