import { describe, expect, test, vi } from 'vitest';
import type { ListedModel } from '../protocol/dialect.ts';
import { GatewayError } from '../protocol/errors.ts';
import { type Registered, Registry } from './registry.ts';

const own: Registered = { zone: 'own' };

/** A registry over lists that the test changes. */
function registry(providers: Record<string, Registered>, lists: Record<string, readonly ListedModel[] | Error>) {
  let time = 0;
  const list = vi.fn(async (name: string) => {
    const found = lists[name] ?? new GatewayError('network', 'refuses connections');
    if (found instanceof Error) throw found;
    return found;
  });
  const onChange = vi.fn();
  const made = new Registry({ list, now: () => time, onChange });
  made.apply(providers, {});
  return { made, list, onChange, tick: (ms: number) => (time += ms) };
}

const names = (made: Registry) => made.world().models.map((model) => `${model.provider}/${model.model}`);

test('what providers list is served, in config order', async () => {
  const { made } = registry({ b: own, a: own }, { a: [{ id: 'x', window: 4096 }], b: [{ id: 'z' }, { id: 'y' }] });
  expect(made.world().providers.map((one) => one.complete)).toEqual([false, false]);
  await made.refresh();
  expect(names(made)).toEqual(['b/z', 'b/y', 'a/x']);
  expect(made.world().models[2]).toMatchObject({ window: 4096, listed: 'discovered', healthy: true });
  expect(made.world().providers.every((one) => one.complete)).toBe(true);
});

test('models named in the file are the list; the provider only adds facts', async () => {
  const price = { input: 1, output: 2 };
  const config: Registered = {
    zone: 'vendor',
    quirks: ['top-k'],
    models: { big: { context: 10, price, quirks: ['effort-none'] }, small: {} },
  };
  const { made } = registry({ v: config }, { v: [{ id: 'small', window: 7, maxOutput: 3 }, { id: 'big', window: 99 }, { id: 'other' }] });
  expect(made.world().providers[0]!.complete).toBe(true);
  await made.refresh();
  expect(made.world().models).toEqual([
    {
      provider: 'v',
      model: 'big',
      zone: 'vendor',
      window: 10,
      maxOutput: undefined,
      price,
      healthy: true,
      quirks: new Set(['top-k', 'effort-none']),
      listed: 'config',
    },
    {
      provider: 'v',
      model: 'small',
      zone: 'vendor',
      window: 7,
      maxOutput: 3,
      price: undefined,
      healthy: true,
      quirks: new Set(['top-k']),
      listed: 'config',
    },
  ]);
});

test('the newest model of a vendor comes first; an own engine keeps its order', async () => {
  const list = [{ id: 'old', created: 1 }, { id: 'new', created: 9 }, { id: 'undated' }];
  const { made } = registry({ v: { zone: 'vendor' }, o: own }, { v: list, o: list });
  await made.refresh();
  expect(names(made)).toEqual(['v/new', 'v/old', 'v/undated', 'o/old', 'o/new', 'o/undated']);
});

describe('a provider that fails to answer', () => {
  test('keeps its old list, is unhealthy and says why, and comes back', async () => {
    const lists: Record<string, readonly ListedModel[] | Error> = { a: [{ id: 'x' }] };
    const { made } = registry({ a: own }, lists);
    await made.refresh();
    lists['a'] = new GatewayError('timeout', 'gave no answer within 10 s');
    await made.refresh();
    expect(names(made)).toEqual(['a/x']);
    expect(made.world().models[0]!.healthy).toBe(false);
    expect(made.states()).toEqual([
      {
        name: 'a',
        zone: 'own',
        healthy: false,
        reason: 'gave no answer within 10 s',
        kind: 'timeout',
        latency: 0,
        complete: true,
        models: 1,
      },
    ]);
    lists['a'] = [{ id: 'y' }];
    await made.refresh('a');
    expect(names(made)).toEqual(['a/y']);
    expect(made.states()[0]).toMatchObject({ healthy: true, reason: undefined });
  });

  test('is well when it has no list but the file names its models', async () => {
    const silent = new GatewayError('not-found', 'has no /v1/models');
    const named = registry({ a: { ...own, models: { x: {} } } }, { a: silent }).made;
    const unnamed = registry({ a: own }, { a: silent }).made;
    await Promise.all([named.refresh(), unnamed.refresh()]);
    expect([named.states()[0]!.healthy, unnamed.states()[0]!.healthy]).toEqual([true, false]);
  });
});

test('is well when its list lies elsewhere and is closed, and the file names its models', async () => {
  const closed = new GatewayError('upstream-auth', 'not authorized to list');
  const listing = 'http://lists/models';
  const models = { x: {} };
  const { made } = registry(
    { a: { ...own, models, listing }, b: { ...own, listing }, c: { ...own, models } },
    { a: closed, b: closed, c: closed },
  );
  await made.refresh();
  expect(made.states().map(({ healthy }) => healthy)).toEqual([true, false, false]);
  expect(made.states()[0]!.reason).toBe('not authorized to list');
});

test('three failed calls in a row make it unhealthy, one success makes it well', () => {
  const { made } = registry({ a: own, b: own }, {});
  const healthy = () => made.world().providers.map((one) => one.healthy);
  made.markFailure('a', 'reset');
  made.markFailure('a', 'reset');
  made.markSuccess('a');
  made.markFailure('a', 'reset');
  made.markFailure('a', 'reset');
  expect(healthy()).toEqual([true, true]);
  made.markFailure('a', 'reset');
  expect(healthy()).toEqual([false, true]);
  expect(made.states()[0]!.reason).toMatch(/3 calls in a row failed, the last: reset/);
  made.markSuccess('a');
  expect(healthy()).toEqual([true, true]);
  made.markFailure('nobody', 'reset');
});

test('the world is the same object until something changes', async () => {
  const { made, onChange } = registry({ a: own }, { a: [{ id: 'x' }] });
  await made.refresh();
  const before = made.world();
  const calls = onChange.mock.calls.length;
  await made.refresh();
  made.markSuccess('a');
  made.markFailure('a', 'once');
  expect(made.world()).toBe(before);
  expect(onChange).toHaveBeenCalledTimes(calls);
  made.apply({ a: own }, { 'x*': 'a/x' });
  expect(made.world()).not.toBe(before);
  expect(names(made)).toEqual(['a/x']);
});

test('a changed provider is asked anew, and an answer meant for the old one changes nothing', async () => {
  let answer: (list: ListedModel[]) => void = () => {};
  const list = vi.fn(() => new Promise<ListedModel[]>((resolve) => (answer = resolve)));
  const made = new Registry({ list });
  made.apply({ a: own }, {});
  const late = made.refresh();
  const first = answer;
  made.apply({ a: { zone: 'leased' } }, {});
  const now = made.refresh();
  answer([{ id: 'new' }]);
  await now;
  first([{ id: 'old' }]);
  await late;
  expect(names(made)).toEqual(['a/new']);
});

test('questions at the same time are one question', async () => {
  const { made, list } = registry({ a: own }, { a: [] });
  await Promise.all([made.refresh(), made.refresh(), made.refresh('a')]);
  expect(list).toHaveBeenCalledTimes(1);
});

test('a miss asks everyone, at most every five seconds', async () => {
  const { made, list, tick } = registry({ a: own }, { a: [] });
  expect(await made.miss()).toBe(true);
  tick(4_999);
  expect(await made.miss()).toBe(false);
  tick(1);
  expect(await made.miss()).toBe(true);
  expect(list).toHaveBeenCalledTimes(2);
});

test('it refreshes by itself until stopped', async () => {
  vi.useFakeTimers();
  try {
    const { made, list } = registry({ a: own }, { a: [] });
    made.start(60);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(list).toHaveBeenCalledTimes(2);
    made.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(list).toHaveBeenCalledTimes(2);
  } finally {
    vi.useRealTimers();
  }
});

test('knows a model that the file names without the tag of the server’s list', async () => {
  const listed = [
    { id: 'qwen:latest', window: 40_960, tools: true, loaded: 8192 },
    { id: 'qwen:7b', window: 9 },
  ];
  const registry = new Registry({ list: async () => listed });
  registry.apply({ box: { zone: 'own', models: { qwen: {}, 'qwen:7b': { context: 5 }, other: {} } } }, {});
  await registry.refresh();
  expect(registry.world().models).toMatchObject([{ window: 40_960, tools: true, loaded: 8192 }, { window: 5 }, { model: 'other' }]);
  expect(registry.world().models[2]!.window).toBeUndefined();
});
