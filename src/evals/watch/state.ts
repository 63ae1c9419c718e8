import { z } from 'zod';
import { TASKS } from '../../tasks/task.ts';

/** Where what the watch remembers is kept. */
export const WATCH = { collection: 'watch', owner: '', id: 'state' } as const;

const task = z.enum(TASKS);

/** One candidate against the model that does the work now, at one class of it. */
const trialSchema = z.object({
  task,
  candidate: z.string(),
  incumbent: z.string(),
  /** The run on record. */
  run: z.string().nullable(),
  /** When it was last tried, Unix milliseconds. */
  at: z.int(),
  /** `failed`: it could not be tried; `reason` says why. */
  ended: z.enum(['complete', 'budget', 'stopped', 'failed']),
  outcome: z.enum(['good enough', 'not good enough', 'undecided', 'not decidable with this budget']).nullable(),
  pairs: z.int().nonnegative(),
  /** What its run has cost so far, in nano-dollars. */
  nanos: z.int().nonnegative(),
  reason: z.string().max(500),
  /** Of the suites, joined: other cases are another question. */
  suites: z.string(),
});
export type WatchTrial = z.output<typeof trialSchema>;

/** Something worth telling. */
export const watchEventSchema = z.object({
  at: z.int(),
  /** `new`: a model is served that was not before. `crossed`: one is proven good enough. `fell`: one that was is proven not to be any more. */
  kind: z.enum(['new', 'crossed', 'fell']),
  task: task.nullable(),
  model: z.string(),
  text: z.string().max(500),
});
export type WatchEvent = z.output<typeof watchEventSchema>;

/** All that the watch remembers; small enough for one document. */
export const watchStateSchema = z.object({
  version: z.literal(1),
  /** Unix milliseconds. */
  at: z.int(),
  /** What was spent on the day, in nano-dollars; the day as an ISO date in UTC. */
  day: z.string(),
  spent_nanos: z.int().nonnegative(),
  /** Models that were served when it last looked. */
  known: z.array(z.string()).max(5000),
  /** The latest of each candidate against each incumbent at each class. */
  trials: z.array(trialSchema).max(1000),
  /** Newest first. */
  events: z.array(watchEventSchema).max(200),
  /** What is tried now. */
  current: z.object({ task, candidate: z.string(), incumbent: z.string(), since: z.int() }).nullable(),
});
export type WatchState = z.output<typeof watchStateSchema>;

const MOST_TRIALS = 1000;
const MOST_EVENTS = 200;
const MOST_KNOWN = 5000;

export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** A watch that begins. @param now Unix milliseconds */
export function freshState(now: number): WatchState {
  return { version: 1, at: now, day: dayOf(now), spent_nanos: 0, known: [], trials: [], events: [], current: null };
}

/** What is left of a day's budget. Nano-dollars. */
export function leftOf({ day, spent_nanos }: WatchState, dailyNanos: number, now: number): number {
  return Math.max(0, dailyNanos - (day === dayOf(now) ? spent_nanos : 0));
}

/** The state after a trial came to something. @param paid of what its run cost, what was paid before. Pure */
export function withTrial(state: WatchState, trial: WatchTrial, paid = 0): WatchState {
  const { task, candidate, incumbent, at } = trial;
  const others = state.trials.filter((one) => one.task !== task || one.candidate !== candidate || one.incumbent !== incumbent);
  const today = dayOf(at);
  return {
    ...state,
    at,
    day: today,
    spent_nanos: (state.day === today ? state.spent_nanos : 0) + Math.max(0, trial.nanos - paid),
    trials: [trial, ...others].slice(0, MOST_TRIALS),
    current: null,
  };
}

/** The state with something told. Pure. */
export function withEvents(state: WatchState, events: readonly WatchEvent[]): WatchState {
  return events.length ? { ...state, events: [...events, ...state.events].slice(0, MOST_EVENTS) } : state;
}

/** Takes note of who is served. @returns the state, and models that were not there before; on the first look nothing is new. Pure */
export function withKnown(state: WatchState, served: readonly string[]): { state: WatchState; fresh: string[] } {
  const known = new Set(state.known);
  const fresh = known.size === 0 ? [] : served.filter((address) => !known.has(address));
  // Who is away for a while is no news when it comes back.
  const all = [...new Set([...served, ...state.known])].slice(0, MOST_KNOWN);
  return { state: { ...state, known: all }, fresh };
}
