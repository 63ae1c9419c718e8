import { describe, expect, it } from 'vitest';
import type { TaskClass } from '../../tasks/task.ts';
import { type Choosing, type Served, type Wish, wishes } from './choose.ts';
import { fitting } from './fitting.ts';
import { interrupts, nightOf, notNow } from './idle.ts';
import { type Tried, type WatchParts, watch } from './loop.ts';
import { freshState, leftOf, type WatchEvent, type WatchState, watchStateSchema, withTrial } from './state.ts';

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 5, 12);

const served = (address: string, zone: Served['zone'], outputPrice: number | undefined, more: Partial<Served> = {}): Served => ({
  address,
  zone,
  outputPrice,
  healthy: true,
  barred: false,
  embeds: false,
  ...more,
});
const CLOUD = served('cloud/large', 'vendor', 25);
const BOX = served('box/coder', 'own', 0);

const world = (more: Partial<Choosing> = {}): Choosing => ({
  models: [CLOUD, BOX],
  work: [{ task: 'documentation', address: 'cloud/large', exchanges: 50, costNanos: 1e9 }],
  certificates: [],
  state: freshState(T0),
  expected: () => 0.6,
  cases: new Map<TaskClass, number>([['documentation', 25]]),
  suites: 's1',
  again: 30 * DAY,
  now: T0,
  ...more,
});
const named = (found: readonly Wish[]) => found.map(({ candidate }) => candidate);
const certificate = (at: number, outcome: 'good enough' | 'not good enough' = 'good enough') =>
  ({ task: 'documentation', candidate: { address: 'box/coder' }, reference: { address: 'cloud/large' }, outcome, at }) as const;

describe('what is worth trying', () => {
  it('is who is nearer home or cheaper than who does the work, and not proven yet', () => {
    expect(wishes(world())).toMatchObject([
      { candidate: 'box/coder', incumbent: 'cloud/large', task: 'documentation', run: null, fresh: false },
    ]);
    expect(wishes(world({ certificates: [certificate(T0 - DAY)] }))).toEqual([]);
    expect(wishes(world({ certificates: [certificate(T0 - DAY, 'not good enough')] }))).toEqual([]);
    const dear = served('far/dear', 'vendor', 50);
    const cheap = served('far/cheap', 'vendor', 1);
    const unpriced = served('far/unknown', 'vendor', undefined);
    expect(named(wishes(world({ models: [CLOUD, dear, cheap, unpriced, BOX] })))).toEqual(['box/coder', 'far/cheap']);
  });

  it('is nobody who is ill, barred, makes vectors, or is expected to do less than half as well', () => {
    for (const more of [{ healthy: false }, { barred: true }, { embeds: true }])
      expect(wishes(world({ models: [CLOUD, served('box/coder', 'own', 0, more)] }))).toEqual([]);
    expect(wishes(world({ expected: (address) => (address === 'box/coder' ? 0.2 : 0.6) }))).toEqual([]);
  });

  it('is no class of work without cases or without traffic', () => {
    expect(wishes(world({ cases: new Map() }))).toEqual([]);
    expect(wishes(world({ work: [] }))).toEqual([]);
  });

  it('goes on with what was interrupted, and asks what came to nothing again only of other suites', () => {
    const trial = {
      task: 'documentation',
      candidate: 'box/coder',
      incumbent: 'cloud/large',
      run: 'r1',
      at: T0 - 1000,
      pairs: 9,
      nanos: 7,
      reason: '',
      suites: 's1',
    } as const;
    const state = (ended: 'stopped' | 'complete' | 'failed') =>
      withTrial(freshState(T0), { ...trial, ended, outcome: ended === 'complete' ? 'undecided' : null });
    expect(wishes(world({ state: state('stopped') }))).toMatchObject([{ run: 'r1', paid: 7 }]);
    expect(wishes(world({ state: state('complete') }))).toEqual([]);
    expect(wishes(world({ state: state('complete'), suites: 's2' }))).toMatchObject([{ run: null }]);
    expect(wishes(world({ state: state('failed') }))).toEqual([]);
    expect(wishes(world({ state: state('failed'), now: T0 + DAY }))).toHaveLength(1);
  });

  it('looks at an old proof again, also when its model does the work by now', () => {
    const work = [{ task: 'documentation', address: 'box/coder', exchanges: 50, costNanos: 0 }] as const;
    expect(wishes(world({ work, certificates: [certificate(T0 - 29 * DAY)] }))).toEqual([]);
    expect(wishes(world({ work, certificates: [certificate(T0 - 31 * DAY)] }))).toMatchObject([
      { candidate: 'box/coder', incumbent: 'cloud/large', fresh: true },
    ]);
  });
});

describe('time for a trial', () => {
  const settings = { idle: 60_000 };
  it('is when nobody is at work, and nobody was a moment ago', () => {
    expect(notNow({ others: 0, last_at: null }, settings, T0, 12)).toBeUndefined();
    expect(notNow({ others: 0, last_at: T0 - 61_000 }, settings, T0, 12)).toBeUndefined();
    expect(notNow({ others: 0, last_at: T0 - 5000 }, settings, T0, 12)).toBe('the last exchange ended 5 s ago');
    expect(notNow({ others: 2, last_at: null }, settings, T0, 12)).toBe('2 exchanges go on');
  });
  it('is at night, where only the night will do, also across midnight', () => {
    const at = (hour: number, night: string) =>
      notNow({ others: 0, last_at: null }, { ...settings, night: nightOf(night) }, T0, hour) === undefined;
    expect([21, 22, 23, 0, 5, 6, 12].map((hour) => at(hour, '22-6'))).toEqual([false, true, true, true, true, false, false]);
    expect([0, 1, 4, 5].map((hour) => at(hour, '1-5'))).toEqual([false, true, true, false]);
    for (const wrong of ['22', '25-6', '6-6', 'night']) expect(() => nightOf(wrong)).toThrow('--night');
  });
  it('ends when somebody comes', () => {
    expect(interrupts({ others: 0, last_at: T0 - 1 }, T0)).toBe(false);
    expect(interrupts({ others: 1, last_at: null }, T0)).toBe(true);
    expect(interrupts({ others: 0, last_at: T0 + 1 }, T0)).toBe(true);
  });
});

describe('weights that would fit', () => {
  const parts = {
    open: ['org/some-coder-7b-instruct', 'some-coder-7b', 'org/other-70b', 'mix-8x7b', 'nameless', 'there-3b'],
    licence: (name: string) => (name.startsWith('mix') ? undefined : 'MIT'),
    expected: (name: string) => (name.includes('7b') ? 0.5 : 0.4),
    need: (bytes: number) => bytes * 1.1,
    availableBytes: 16e9,
    served: ['box/there-3b-q4'],
  };
  it('are those of which the size is known and the licence allows it, each once, and none that is served', () => {
    expect(fitting(parts, 5).map(({ name }) => name)).toEqual(['org/some-coder-7b-instruct']);
    expect(fitting({ ...parts, availableBytes: 80e9 }, 5).map(({ billions }) => billions)).toEqual([7, 70]);
  });
});

/** A world with a clock of its own, in which a trial takes a minute. */
function stage(script: (wish: Wish, signal: AbortSignal, clock: { now: number }) => Promise<Tried> | Tried, more: Partial<Choosing> = {}) {
  const clock = { now: T0 };
  const told: string[] = [];
  const events: WatchEvent[] = [];
  const saved: WatchState[] = [];
  const busy = { others: 0, last_at: null as number | null };
  const stopping = new AbortController();
  const parts: WatchParts = {
    before: undefined,
    look: async () => ({ ...world(more) }),
    busy: async () => ({ ...busy }),
    trial: async (wish, _budget, signal) => script(wish, signal, clock),
    save: async (state) => void saved.push(watchStateSchema.parse(state)),
    tell: (line) => told.push(line),
    event: (event) => events.push(event),
    settings: { idle: 60_000, dailyNanos: 1e9, once: true },
    now: () => clock.now,
    hour: () => 12,
    wait: async (ms, signal) => {
      clock.now += ms;
      await new Promise((resume) => setImmediate(resume));
      if (signal.aborted) return;
    },
    signal: stopping.signal,
  };
  return { parts, clock, told, events, saved, busy, stopping };
}

const good: Tried = { run: 'r1', ended: 'complete', outcome: 'good enough', pairs: 40, reason: 'It is.', nanos: 5e8 };

describe('the watch', () => {
  it('tries what is there to try, says when one has crossed the threshold, and ends', async () => {
    const { parts, told, events, saved } = stage(() => good);
    const state = await watch(parts);
    expect(told.at(-1)).toBe('Nothing is left to try.');
    expect(events).toEqual([expect.objectContaining({ kind: 'crossed', model: 'box/coder', task: 'documentation' })]);
    expect(state.trials).toMatchObject([{ candidate: 'box/coder', outcome: 'good enough', pairs: 40 }]);
    expect(saved.find(({ current }) => current)?.current).toMatchObject({ candidate: 'box/coder' });
    expect(state.current).toBeNull();
    expect(leftOf(state, 1e9, T0)).toBe(5e8);
    expect(leftOf(state, 1e9, T0 + DAY)).toBe(1e9);
  });

  it('waits while somebody is at work, stops when somebody comes, and goes on from there', async () => {
    let tries = 0;
    const { parts, told, busy, clock } = stage(async (wish, signal) => {
      if (++tries > 1) return { ...good, run: wish.run };
      busy.others = 1;
      await new Promise<void>((stopped) => signal.addEventListener('abort', () => stopped(), { once: true }));
      busy.others = 0;
      busy.last_at = clock.now;
      return { run: 'r9', ended: 'stopped', outcome: 'undecided', pairs: 3, reason: '', nanos: 2e8 };
    });
    const state = await watch(parts);
    expect(tries).toBe(2);
    expect(told).toContain('Somebody came: the trial waits.');
    expect(told.some((line) => line.startsWith('Waiting for time: the last exchange ended'))).toBe(true);
    expect(state.trials).toMatchObject([{ run: 'r9', ended: 'complete', outcome: 'good enough' }]);
    // Of 0.5, 0.2 were paid before it was interrupted.
    expect(state.spent_nanos).toBe(5e8);
  });

  it('says when a proof has fallen, and when a model is new; not on its first look', async () => {
    const certificates = [certificate(T0 - 40 * DAY)];
    const { parts, events } = stage(() => ({ ...good, outcome: 'not good enough' }), { certificates });
    await watch(parts);
    expect(events.map(({ kind }) => kind)).toEqual(['fell']);
    const later = stage(() => good, {
      certificates: [certificate(T0)],
      models: [CLOUD, BOX, served('box/brand-new', 'own', 0, { embeds: true })],
    });
    await watch({ ...later.parts, before: { ...freshState(T0), known: ['cloud/large', 'box/coder'] } });
    expect(later.events).toEqual([expect.objectContaining({ kind: 'new', model: 'box/brand-new' })]);
  });

  it('spends no more than the budget of the day', async () => {
    const many = [CLOUD, ...Array.from({ length: 5 }, (_, at) => served(`box/${at}`, 'own', 0))];
    const { parts, told } = stage(() => good, { models: many });
    const state = await watch(parts);
    expect(state.spent_nanos).toBe(1e9);
    expect(told.at(-1)).toBe('The budget of the day is used up.');
  });

  it('remembers why one could not be tried, and does not try it over and over', async () => {
    let tries = 0;
    const { parts } = stage(() => {
      tries++;
      throw new Error('nobody knows what it costs');
    });
    const state = await watch(parts);
    expect(tries).toBe(1);
    expect(state.trials).toMatchObject([{ ended: 'failed', reason: 'nobody knows what it costs' }]);
  });
});
