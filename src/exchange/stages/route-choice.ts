import type { News } from '../../policy/news.ts';
import { MODES, type Mode, type Plan, type PlanInput } from '../../policy/plan.ts';
import type { Ruling } from '../../policy/rules.ts';
import type { Session } from '../../policy/session.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Task } from '../../tasks/task.ts';
import type { Candidate } from '../ports.ts';
import type { Admission } from '../stage.ts';
import { addressOf, type Cached } from './contenders.ts';

/** Asks for another way to choose than the configuration's. */
const MODE_HEADER = 'x-freehold-mode';

/** How long a vendor keeps a prompt in its cache at least. Milliseconds. */
const CACHE = 5 * 60_000;
/** Targets that are tried one after the other, and how many of them at one provider: what makes one of its models fail mostly makes the next fail too. */
const TRIES = 8;
const TRIES_OF_ONE = 2;
/** A change of class is a change of work only where more than a word of assent was said. */
const BORDER_WORDS = 4;

/** The mode that a request asks for. @throws GatewayError `invalid` for one that is none */
export function modeOf({ incoming }: Pick<Admission, 'incoming'>): Mode | undefined {
  const wish = incoming.headers[MODE_HEADER];
  if (wish === undefined) return undefined;
  const mode = MODES.find((one) => one === wish);
  if (!mode) throw new GatewayError('invalid', `${MODE_HEADER}: must be one of ${MODES.join(', ')}`, { field: MODE_HEADER });
  return mode;
}

/** How names are understood. */
interface Meaning {
  /** Addresses that a name means now. */
  means(name: string): readonly string[];
  /** Whether a name leaves the whole choice, as `auto` does, and not one among some. */
  isOpen(name: string): boolean;
}

/**
 * A rule's models as addresses, as far as they are served. An alias of several that names none of them is none of the rule's business; where
 * the whole choice is left, the rule holds also while nobody serves its models.
 */
export function fixedBy(
  { rule, models = [] }: Ruling,
  { resolved, asked }: Pick<Admission, 'resolved' | 'asked'>,
  { means, isOpen }: Meaning,
): PlanInput['fixed'] {
  const known = new Set(resolved.map(addressOf));
  const order = [...new Set(models.flatMap(means))].filter((address) => known.has(address));
  return order.length || isOpen(asked.model) ? { rule, order } : undefined;
}

/** What of a conversation lies in its provider's cache, as long as that may still be there. @param now unix milliseconds */
export function cachedIn(session: Session<Task> | undefined, now: number): Cached | undefined {
  if (session?.model === undefined || now - session.answeredAt > CACHE) return undefined;
  return { model: session.model, tokens: session.cached };
}

/** Whether other work begins with this turn. */
export function isBorder(before: Task | undefined, task: Task, { spoke, words }: News): boolean {
  return spoke && before !== undefined && before.class !== task.class && !task.unsure && words.size > BORDER_WORDS;
}

/** The candidates of a plan in its order, as many as are worth trying. */
export function tried({ steps }: Plan, candidates: readonly Candidate[]): Candidate[] {
  const byAddress = new Map(candidates.map((candidate) => [addressOf(candidate), candidate]));
  const counts = new Map<string, number>();
  const found: Candidate[] = [];
  for (const { address } of steps) {
    const candidate = byAddress.get(address);
    const count = candidate ? (counts.get(candidate.provider) ?? 0) : 0;
    if (!candidate || count >= TRIES_OF_ONE) continue;
    counts.set(candidate.provider, count + 1);
    found.push(candidate);
    if (found.length === TRIES) break;
  }
  return found;
}
