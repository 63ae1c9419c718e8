import { follow, repeats } from './loops.ts';
import { likeness, type News } from './news.ts';
import type { Session } from './session.ts';

/** What a turn says of the answers before it: a score of 0 (bad) to 1 (good) and how much it weighs against a person's word, which is 1. */
export interface Signal {
  kind: 're-ask' | 'undone' | 'went on' | 'check passed' | 'check failed' | 'invalid call' | 'retry elsewhere';
  score: number;
  weight: number;
}

/** From which share of words in common on a person asks the same again. */
const SAME = 0.6;
/** Calls of tools in a row that fail. */
const FAILED_CALLS = 3;

/** Takes a turn's news into what is remembered of its conversation. @returns what it says of the model's work so far */
export function proceed<T>(session: Session<T>, news: News): Signal[] {
  const signals: Signal[] = [];
  const say = (kind: Signal['kind'], score: number, weight: number) => signals.push({ kind, score, weight });
  if (news.spoke) {
    if (session.words.size > 0) {
      if (news.undone) say('undone', 0, 0.5);
      else if (likeness(session.words, news.words) >= SAME) say('re-ask', 0, 0.5);
      else say('went on', 1, 0.1);
    }
    session.words = news.words;
    session.answers = 0;
    session.failedChecks = session.failedCalls = 0;
  }
  for (const call of news.calls) {
    if (call.edits && !call.failed) session.edited = true;
    if (call.reverts && session.edited) say('undone', 0, 0.25);
    session.failedCalls = call.failed && call.check === undefined ? session.failedCalls + 1 : 0;
    if (call.invalid) say('invalid call', 0, 0.25);
    if (call.check === 'failed') {
      session.failedChecks++;
      if (session.edited) say('check failed', 0, 0.25);
    } else if (call.check === 'passed') {
      if (session.edited) say('check passed', 1, 0.25);
      session.failedChecks = 0;
      session.edited = false;
    }
  }
  session.answers += news.answers;
  follow(session.trail, news.calls);
  return signals;
}

/** Why a conversation should go to a better model; undefined: it should not. */
export function causeOf<T>({ failedChecks, failedCalls, edited }: Session<T>): string | undefined {
  // Tests that fail before anything was changed show the fault that is to be mended, and no fault of the model.
  if (failedChecks > (edited ? 0 : 1)) return failedChecks === 1 ? 'its tests failed' : `its tests failed ${failedChecks} times in a row`;
  if (failedCalls >= FAILED_CALLS) return `its tool calls failed ${failedCalls} times in a row`;
  return undefined;
}

/** A better model begins with a clean slate: what failed before it is none of its doing. */
export function absolve<T>(session: Session<T>): void {
  session.failedChecks = session.failedCalls = 0;
  session.trail = { calls: [], results: [] };
}

/** How often the conversation repeats itself. */
export function repeatsIn<T>({ trail }: Session<T>): number {
  return repeats(trail);
}
