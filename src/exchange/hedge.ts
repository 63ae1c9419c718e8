import { attempt } from './attempt.ts';
import { type Course, Outrun } from './passage.ts';
import type { Candidate } from './ports.ts';

/** The name under which hedges are counted: they cost twice, whoever is asked. */
const ALL = '*';

/**
 * Asks a target, and a second one beside it when the first takes longer to begin than it ever does. Who begins first answers; the other is
 * stopped. @param rival who may be asked second @param asked gets the rival when it is
 * @throws GatewayError when all who were asked failed
 */
export function race(course: Course, candidate: Candidate, rival: Candidate | undefined, asked: Candidate[]): Promise<void> {
  const { resilience } = course.around;
  const after = rival && resilience.hedgeAfter(candidate.address, course.record.stream);
  resilience.hedges.earn(ALL, resilience.settings.hedge.share);
  const first = attempt(course, candidate);
  return after === undefined ? first : beside(course, first, { rival: rival!, after, asked });
}

/** A first attempt, and after a time in milliseconds a second one beside it. */
async function beside(
  course: Course,
  first: Promise<void>,
  { rival, after, asked }: { rival: Candidate; after: number; asked: Candidate[] },
): Promise<void> {
  const { around, client } = course;
  const { resilience } = around;
  let second: Promise<void> | undefined;
  const timer = setTimeout(() => {
    // Time in a line of our own is not the target's.
    if (course.latest?.sentAt === 0) {
      timer.refresh();
      return;
    }
    if (course.speaker || client.gone || !resilience.hedges.spend(ALL)) return;
    // Renaming the model in the second request's bytes must not touch those of the first, which may still be on their way.
    course.latest?.asked.detach();
    course.admission.asked.detach();
    asked.push(rival);
    second = attempt(course, rival);
    second.catch(() => undefined);
  }, after);
  const [told] = await Promise.allSettled([first]);
  clearTimeout(timer);
  if (!second) {
    if (told.status === 'rejected') throw told.reason;
    return;
  }
  const [other] = await Promise.allSettled([second]);
  if (told.status === 'fulfilled' || other.status === 'fulfilled') return;
  throw told.reason instanceof Outrun ? other.reason : told.reason;
}
