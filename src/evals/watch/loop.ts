import { type Choosing, incumbents, type Wish, wishes } from './choose.ts';
import { type Busy, type IdleSettings, interrupts, notNow } from './idle.ts';
import { freshState, leftOf, type WatchEvent, type WatchState, type WatchTrial, withEvents, withKnown, withTrial } from './state.ts';

/** What came of a trial. */
export interface Tried extends Pick<WatchTrial, 'run' | 'ended' | 'outcome' | 'pairs' | 'reason' | 'nanos'> {}

/** The world as the watch needs it. */
export interface WatchParts {
  /** What it remembered when it last ended; undefined on the first run. */
  before: WatchState | undefined;
  /** How things stand now, all but the state. */
  look(): Promise<Omit<Choosing, 'state' | 'now'>>;
  busy(): Promise<Busy>;
  /** Asks both models; ends soon after the signal. @param budgetNanos of this trial; undefined: no limit */
  trial(wish: Wish, budgetNanos: number | undefined, signal: AbortSignal): Promise<Tried>;
  save(state: WatchState, events: readonly WatchEvent[]): Promise<void>;
  /** Told what happens, in words. */
  tell(line: string): void;
  event(event: WatchEvent): void;
  settings: IdleSettings & { dailyNanos: number | undefined; once: boolean };
  now(): number;
  /** Of the local day, 0 to 23. */
  hour(): number;
  /** Settles early when the signal ends it. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
}

/** How often it is looked whether somebody came while a trial runs, whether there is time, and what there is to try. Milliseconds. */
const GUARD = 500;
const IDLE = 2000;
const LOOK = 60_000;

/**
 * Tries what is worth trying whenever there is time, for ever, or until nothing is left. What is interrupted goes on later; what it found
 * out is kept as it happens. @returns the state in the end
 */
export async function watch(parts: WatchParts): Promise<WatchState> {
  const { settings, signal, now, tell } = parts;
  let state: WatchState = { ...(parts.before ?? freshState(now())), current: null };
  let said = '';
  const sayOnce = (line: string) => {
    if (line !== said) tell(line);
    said = line;
  };
  // Each wish is tried once in a round, so that one that cannot be tried now does not keep others from it.
  const passed = new Set<string>();
  while (!signal.aborted) {
    const looked = await parts.look();
    state = await noticed(parts, state, looked);
    const open = wishes({ ...looked, state, now: now() }).filter((wish) => !passed.has(nameOf(wish)));
    const left = settings.dailyNanos === undefined ? undefined : leftOf(state, settings.dailyNanos, now());
    const [wish] = open;
    if (!wish || left === 0) {
      if (settings.once) {
        tell(wish ? 'The budget of the day is used up.' : 'Nothing is left to try.');
        break;
      }
      sayOnce(wish ? 'The budget of the day is used up; it goes on tomorrow.' : 'Nothing to try; it looks again every minute.');
      passed.clear();
      await parts.wait(LOOK, signal);
      continue;
    }
    const why = notNow(await parts.busy(), settings, now(), parts.hour());
    if (why !== undefined) {
      sayOnce(`Waiting for time: ${why}.`);
      await parts.wait(IDLE, signal);
      continue;
    }
    said = '';
    const tried = await guarded(parts, { ...state, current: { ...of(wish), since: now() } }, wish, left);
    if (tried.ended !== 'stopped') passed.add(nameOf(wish));
    state = await concluded(parts, state, wish, tried, looked.suites);
  }
  return state;
}

const nameOf = ({ task, candidate, incumbent }: Wish): string => `${task} ${candidate} ${incumbent}`;
const of = ({ task, candidate, incumbent }: Wish) => ({ task, candidate, incumbent });

/** Models that are served and were not before. */
async function noticed(parts: WatchParts, before: WatchState, { models, work }: Omit<Choosing, 'state' | 'now'>): Promise<WatchState> {
  const { state, fresh } = withKnown(
    before,
    models.map(({ address }) => address),
  );
  const at = parts.now();
  const tasks = [...incumbents(work, models).keys()];
  const events = fresh.map((model): WatchEvent => {
    const where = models.find(({ address }) => address === model)!.zone;
    return {
      at,
      kind: 'new',
      task: null,
      model,
      text: `${model} is served now, in zone ${where}${tasks.length ? `; it may be tried for ${tasks.join(', ')}` : ''}`,
    };
  });
  if (events.length === 0 && before.known.length === state.known.length) return state;
  return told(parts, { ...state, at }, events);
}

/** A trial that ends when somebody comes. */
async function guarded(parts: WatchParts, state: WatchState, wish: Wish, left: number | undefined): Promise<Tried> {
  const { now, signal, tell } = parts;
  await parts.save(state, []);
  tell(`Trying ${wish.candidate} against ${wish.incumbent} at ${wish.task}: ${wish.why}.`);
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error('it was stopped'));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const since = now();
  const over = new AbortController();
  const guarding = (async () => {
    while (!over.signal.aborted) {
      await parts.wait(GUARD, over.signal);
      if (over.signal.aborted) return;
      // A gateway that does not answer now has other things to do.
      const busy = await parts.busy().catch(() => ({ others: 1, last_at: null }));
      if (interrupts(busy, since)) return stop();
    }
  })();
  try {
    return await parts.trial(wish, left, stopping.signal);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      run: wish.run,
      ended: stopping.signal.aborted ? 'stopped' : 'failed',
      outcome: null,
      pairs: 0,
      reason: reason.slice(0, 500),
      nanos: wish.paid,
    };
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
    await guarding;
  }
}

async function concluded(parts: WatchParts, state: WatchState, wish: Wish, tried: Tried, suites: string): Promise<WatchState> {
  const at = parts.now();
  const next = withTrial(state, { ...of(wish), ...tried, at, suites }, wish.paid);
  const { candidate, incumbent, task } = wish;
  if (tried.ended === 'stopped')
    parts.tell(parts.signal.aborted ? 'Stopped; it goes on from here next time.' : 'Somebody came: the trial waits.');
  else if (tried.ended === 'failed') parts.tell(`${candidate} could not be tried at ${task}: ${tried.reason}`);
  else parts.tell(`${candidate} at ${task}: ${tried.outcome ?? 'nothing'} after ${tried.pairs} cases. ${tried.reason}`);
  const events: WatchEvent[] = [];
  const text = (what: string) => `${candidate} ${what} at ${task} against ${incumbent}, after ${tried.pairs} cases`;
  if (tried.outcome === 'good enough' && !wish.fresh)
    events.push({ at, kind: 'crossed', task, model: candidate, text: text('is proven good enough') });
  if (tried.outcome === 'not good enough' && wish.fresh)
    events.push({ at, kind: 'fell', task, model: candidate, text: text('is proven not good enough any more') });
  return told(parts, next, events);
}

async function told(parts: WatchParts, state: WatchState, events: readonly WatchEvent[]): Promise<WatchState> {
  const next = withEvents(state, events);
  await parts.save(next, events);
  for (const event of events) parts.event(event);
  return next;
}
