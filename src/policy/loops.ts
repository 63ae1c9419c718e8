import type { Call } from './news.ts';
import type { Act, LoopSettings } from './routing.ts';

/** Calls of a conversation that are remembered. */
const KEPT = 48;
/** The longest cycle of calls that is recognised. */
const LONGEST = 4;

/** What a conversation did of late: one number a call. */
export interface Trail {
  /** Of calls alone. */
  calls: number[];
  /** Of calls with what came back. */
  results: number[];
}

/** Adds calls to a trail, and forgets the oldest. */
export function follow(trail: Trail, calls: readonly Call[]): void {
  for (const { hash, result } of calls) {
    trail.calls.push(hash);
    trail.results.push((hash ^ Math.imul(result, 0x9e3779b1)) >>> 0);
  }
  for (const list of [trail.calls, trail.results]) if (list.length > KEPT) list.splice(0, list.length - KEPT);
}

/** How often the end of a trail says the same: one call in a row whatever came back, or a cycle of up to four calls with the same results. */
export function repeats({ calls, results }: Trail): number {
  let most = repeatsOf(calls, 1);
  for (let period = 2; period <= LONGEST; period++) most = Math.max(most, repeatsOf(results, period));
  return most;
}

function repeatsOf(list: readonly number[], period: number): number {
  if (list.length < period) return 0;
  let same = 0;
  for (let at = list.length - 1; at - period >= 0 && list[at] === list[at - period]; at--) same++;
  return 1 + Math.floor(same / period);
}

/** What a conversation has come to. */
export interface Course {
  repeats: number;
  /** Answers since a person spoke. */
  answers: number;
  nanos: number;
}

/** Why something is done about a conversation. */
export interface Alarm {
  kind: 'loop' | 'runaway' | 'spending';
  act: Act;
  why: string;
}

const NANOS = 1_000_000_000;
const SEVERITY: readonly Act[] = ['note', 'warn', 'move-up', 'stop'];

/** What has to be said of a conversation, the gravest first. */
export function alarms({ repeats: times, answers, nanos }: Course, { repeats: same, turns, spending }: LoopSettings): Alarm[] {
  const found: Alarm[] = [];
  if (times >= same.most) found.push({ kind: 'loop', act: same.act, why: `the same calls were made ${times} times in a row` });
  if (answers >= turns.most)
    found.push({ kind: 'runaway', act: turns.act, why: `${answers} answers were given since a person last spoke` });
  if (spending && nanos >= spending.usd * NANOS)
    found.push({
      kind: 'spending',
      act: spending.act,
      why: `this conversation has cost $${(nanos / NANOS).toFixed(2)} of $${spending.usd}`,
    });
  return found.sort((a, b) => SEVERITY.indexOf(b.act) - SEVERITY.indexOf(a.act));
}
