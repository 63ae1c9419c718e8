import { describe, expect, test } from 'vitest';
import { Detector, type Signal } from './detector.ts';
import { pairsOf, randomOf } from './fixtures/worlds.ts';
import { Monitor } from './monitor.ts';

const SIGNALS: Signal[] = [
  { name: 'error', limit: 0.03, low: 0, high: 1 },
  { name: 'latency', limit: 0, low: -1, high: 1 },
  { name: 'cost', limit: 1, low: 0, high: 4 },
  { name: 'again', limit: 0.1, low: 0, high: 1 },
];

/** Exchanges whose means sit exactly on the limits, unless errors or costs are said to be others. */
function exchanges(random: () => number, errors = 0.03, dear = 0.5): () => Record<string, number> {
  return () => ({
    error: random() < errors ? 1 : 0,
    latency: random() - random(),
    cost: random() < dear ? 1.5 : 0.5,
    again: random() < 0.1 ? 1 : 0,
  });
}

/** Observations until the alarm, or `most`. */
function until(most: number, alarmed: () => unknown): number {
  for (let at = 1; at <= most; at++) if (alarmed()) return at;
  return most;
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('canaries', () => {
  test('false alarms are as rare as promised, all signals on their limits', { timeout: 60_000 }, () => {
    const lengths = Array.from({ length: 60 }, (_, run) => {
      const detector = new Detector(SIGNALS, 500);
      const next = exchanges(randomOf(run + 1));
      return until(10_000, () => detector.observe(next()));
    });
    // Lengths are cut at 10,000, which only makes their mean smaller.
    expect(mean(lengths)).toBeGreaterThan(500);
    expect(lengths.some((length) => length < 10_000)).toBe(true);
  });

  test('errors that rise from 3 to 20 % are found soon, and named', () => {
    let named = 0;
    const delays = Array.from({ length: 60 }, (_, run) => {
      const random = randomOf(run + 1);
      const detector = new Detector(SIGNALS, 5000);
      const [before, after] = [exchanges(random, 0.02, 0.4), exchanges(random, 0.2, 0.4)];
      for (let at = 0; at < 300; at++) detector.observe(before());
      const delay = until(3000, () => detector.observe(after()));
      if (detector.observe({})?.signal === 'error') named++;
      return delay;
    });
    expect(mean(delays)).toBeLessThan(200);
    expect(named).toBeGreaterThan(54);
  });

  test('an alarm stays until it is reset; what is kept goes on as it was', () => {
    const detector = new Detector([SIGNALS[0]!], 100);
    while (!detector.observe({ error: 1 }));
    const alarm = detector.observe({ error: 0 });
    expect(alarm).toMatchObject({ signal: 'error' });
    const kept = Detector.fromJSON([SIGNALS[0]!], 100, JSON.parse(JSON.stringify(detector)));
    expect(kept.observe({ error: 0 })).toEqual(alarm);
    kept.reset();
    expect(kept.observe({ error: 0 })).toBeUndefined();
    expect(kept.e()).toBeLessThan(1);
  });

  test('values beyond the range count as its end, and what is missing counts nothing', () => {
    const [wild, tame] = [new Detector([SIGNALS[2]!], 1e6), new Detector([SIGNALS[2]!], 1e6)];
    wild.observe({ cost: 900 });
    tame.observe({ cost: 4 });
    wild.observe({ cost: Number.NaN });
    wild.observe({});
    expect(wild.e()).toBe(tame.e());
  });

  test.each([
    [[{ name: 'error', limit: 1, low: 0, high: 1 }], 100, /error: its limit/],
    [[], 100, /signals/],
    [SIGNALS, 1, /runLength/],
  ] as const)('%# names what is wrong', (signals, runLength, message) => {
    expect(() => new Detector(signals, runLength)).toThrow(message);
  });
});

describe('demotion', () => {
  const margin = { keep: 0.9 };

  test('a model on the threshold is demoted as rarely as promised, one that fell is soon', { timeout: 60_000 }, () => {
    const lengths = (ratio: number, most: number) =>
      Array.from({ length: 60 }, (_, run) => {
        const monitor = new Monitor(margin, 500);
        const next = pairsOf({ level: 0.8, ratio, correlation: 0.2 }, randomOf(run + 1));
        return until(most, () => monitor.add(...next()));
      });
    const onThreshold = lengths(0.9, 10_000);
    expect(mean(onThreshold)).toBeGreaterThan(500);
    expect(onThreshold.some((length) => length < 10_000)).toBe(true);
    expect(mean(lengths(0.6, 1000))).toBeLessThan(100);
  });

  test('long good times do not hide a fall', () => {
    const monitor = new Monitor(margin, 1000);
    const random = randomOf(7);
    const good = pairsOf({ level: 0.8, ratio: 1.1, correlation: 0.2 }, random);
    const fallen = pairsOf({ level: 0.8, ratio: 0.5, correlation: 0.2 }, random);
    for (let pair = 0; pair < 3000; pair++) expect(monitor.add(...good())).toBeUndefined();
    expect(monitor.fallen()).toBeLessThan(0.5);
    const kept = Monitor.fromJSON(margin, 1000, JSON.parse(JSON.stringify(monitor)));
    expect(until(200, () => kept.add(...fallen()))).toBeLessThan(150);
  });
});
