import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../protocol/errors.ts';
import type { Part } from '../protocol/part.ts';
import { type MeasureOptions, measure, type Question } from './measure.ts';
import { keepMeasurement, keptMeasurements, type Measurement } from './measured.ts';
import { watchPower } from './power.ts';

const OPTIONS: MeasureOptions = { prompts: [100, 400], parallel: [1], output: 20, rounds: 3 };

/** A model that reads 1,000 and writes 50 tokens a second by a clock of its own; a token is four letters. */
function steady(answer: Partial<{ usage: boolean; most: number }> = {}) {
  const { usage = true, most = 1000 } = answer;
  let clock = 0;
  const asked: Question[] = [];
  async function* ask(question: Question): AsyncGenerator<Part> {
    asked.push(question);
    const input = Math.round(question.text.length / 4);
    const output = Math.min(most, question.maxTokens);
    clock += input;
    yield { type: 'block-start', index: 0, block: { kind: 'text' } };
    for (let token = 0; token < output; token++) {
      if (token) clock += 20;
      yield { type: 'block-delta', index: 0, text: 'word' };
    }
    if (usage) yield { type: 'usage', usage: { input, output } };
    yield { type: 'finish', reason: 'length' };
  }
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  return { asked, parts: { ask, now: () => clock, random, signal: new AbortController().signal } };
}

describe('how fast a model is', () => {
  it('reading and writing, as the clock says', async () => {
    const { parts, asked } = steady();
    const found = await measure(parts, OPTIONS);
    expect(found.prefill.map(({ prompt_tokens }) => prompt_tokens)).toEqual([expect.closeTo(100, -1), expect.closeTo(400, -1)]);
    for (const { per_second } of found.prefill) expect(per_second).toEqual({ median: 1000, low: 1000, high: 1000 });
    const [alone] = found.load;
    expect(alone!.each_per_second.median).toBe(50);
    const seconds = (alone!.prompt_tokens + 19 * 20) / 1000;
    expect(alone!.output_per_second.median).toBeCloseTo(20 / seconds, 0);
    expect(found).toMatchObject({ estimated: false, notes: [] });
    // No prompt begins like another: a cache of prompts would be measured instead of the model.
    expect(new Set(asked.map(({ text }) => text.slice(0, 5))).size).toBe(asked.length);
  });

  it('what the window does not hold is left out and told', async () => {
    const { prefill, notes } = await measure(steady().parts, { ...OPTIONS, window: 300 });
    expect(prefill).toHaveLength(1);
    expect(notes[0]).toMatch(/Prompts of 400 tokens were left out.*window of 300/);
  });

  it('a server that reports nothing is estimated, short answers are told', async () => {
    const found = await measure(steady({ usage: false, most: 5 }).parts, OPTIONS);
    expect(found.estimated).toBe(true);
    expect(found.notes.join()).toMatch(/ended after about 5 of 20 tokens.*reported no tokens/);
  });

  it('silence and refusals are errors, not zeros', async () => {
    const { parts } = steady();
    async function* silent(): AsyncGenerator<Part> {
      yield { type: 'finish', reason: 'stop' };
    }
    await expect(measure({ ...parts, ask: silent }, OPTIONS)).rejects.toThrow(/wrote nothing/);
    async function* refusing(): AsyncGenerator<Part> {
      yield { type: 'fault', error: new GatewayError('rate', 'not now') };
    }
    await expect(measure({ ...parts, ask: refusing }, OPTIONS)).rejects.toThrow('not now');
  });
});

describe('what is kept and read of the machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freehold-measure-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('measurements, the newest first; damaged files are left out', () => {
    const one = (id: string, at: number): Measurement => ({
      ...{
        version: 1,
        id,
        at,
        address: 'box/m',
        rounds: 3,
        prefill: [],
        load: [],
        watts: null,
        memory_bytes: null,
        estimated: false,
        notes: [],
      },
      machine: { processor: 'p', cores: 2, memory_bytes: 1, cards: [] },
    });
    expect(keptMeasurements(folder)).toEqual([]);
    keepMeasurement(folder, one('a', 1));
    keepMeasurement(folder, one('b', 2));
    writeFileSync(join(folder, 'measurements', 'c.json'), '{"version":1');
    writeFileSync(join(folder, 'measurements', 'd.json'), '{"version":7}');
    expect(keptMeasurements(folder).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  const counter = (name: string, energy: number, range = 1e9) => {
    const at = join(folder, 'powercap', name);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, 'name'), `${name.replace(/^.*=/, '')}\n`);
    writeFileSync(join(at, 'energy_uj'), `${energy}\n`);
    writeFileSync(join(at, 'max_energy_range_uj'), `${range}\n`);
  };
  const watch = (cards: number | undefined) => {
    let clock = 0;
    const stop = watchPower({ powercap: join(folder, 'powercap'), cards: async () => cards, now: () => clock });
    return async () => {
      clock = 2000;
      await pause(0);
      return stop();
    };
  };

  it('watts: processors by their counters, also over the turn, and cards on top; not cores beside their package', async () => {
    expect(await watch(undefined)()).toBeUndefined();
    expect(await watch(30)()).toEqual({ watts: 30, source: 'graphics cards' });
    counter('intel-rapl:0=package-0', 100e6);
    counter('intel-rapl:1=package-1', 990e6);
    counter('intel-rapl:0:0=core', 0);
    const stop = watch(30);
    counter('intel-rapl:0=package-0', 140e6);
    counter('intel-rapl:1=package-1', 10e6);
    counter('intel-rapl:0:0=core', 500e6);
    expect(await stop()).toEqual({ watts: 20 + 10 + 30, source: 'package-0 and package-1 and graphics cards' });
    counter('intel-rapl:2=psys', 0);
    const whole = watch(undefined);
    counter('intel-rapl:2=psys', 100e6);
    expect(await whole()).toEqual({ watts: 50, source: 'psys' });
  });
});
