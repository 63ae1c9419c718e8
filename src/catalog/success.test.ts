import { describe, expect, test } from 'vitest';
import { TASKS } from '../tasks/task.ts';
import table from './success.json' with { type: 'json' };
import { PRIORS, priorsFrom, TRAITS } from './success.ts';
import { readName } from './success-name.ts';

describe('a name tells of a model', () => {
  test.each([
    [
      'one model under many names',
      ['claude-opus-4-6', 'us.anthropic.claude-opus-4-6-20260205-v1:0', 'anthropic/claude-opus-4.6', 'claude-opus-4.6@20260205'],
    ],
    [
      'copies in other number formats',
      [
        'Qwen2.5-Coder-7B-Instruct',
        'qwen2.5-coder:7b-instruct-q4_K_M',
        'org/qwen2p5-coder-7b-instruct',
        'qwen2.5-coder-7b-instruct-q8_0.gguf',
        'Qwen2.5-Coder-7B-Instruct-AWQ',
      ],
    ],
    ['dates and lengths of context', ['gpt-4o', 'gpt-4o-2024-08-06', 'chat-gpt-4o-128k-latest']],
  ])('%s', (_, names) => expect(new Set(names.map((name) => readName(name).key)).size).toBe(1));

  test.each([
    ['qwen2.5-0.5b-instruct', 0.5],
    ['gemma3:270m', 0.27],
    ['stories260K-q8_0', 0.00026],
    ['Mixtral-8x7B', 28],
    ['Qwen3-235B-A22B', Math.sqrt(235 * 22)],
    ['gpt-5.4', undefined],
  ])('the size of %s is %s', (name, size) =>
    size === undefined ? expect(readName(name).size).toBeUndefined() : expect(readName(name).size).toBeCloseTo(size, 5),
  );

  test('sisters are kept apart', () => {
    const keys = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5.4', 'qwen3-8b', 'qwen3-32b', 'claude-opus-4-5', 'claude-sonnet-4-5'].map(
      (name) => readName(name).key,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('any text is read, and quickly', () => {
    const started = performance.now();
    for (const name of ['', '/', ':', '-'.repeat(50_000), '9'.repeat(50_000), 'q4_'.repeat(20_000), '1x'.repeat(20_000)])
      expect(readName(name).key).toBeTypeOf('string');
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('what may be expected', () => {
  const of = (name: string, work = 'code_generation') => PRIORS.of({ name }, work);

  test('every class of work has expectations of every model, as a Beta distribution', () => {
    for (const work of TASKS)
      for (const name of [...Object.values(table.models).map((model) => model.name), 'never-heard-of', '']) {
        const { mean, weight } = of(name, work);
        expect(mean > 0 && mean < 1 && weight >= 1, `${name} at ${work}: ${mean}, ${weight}`).toBe(true);
      }
  });

  test('the less is known, the less a belief weighs', () => {
    const known = of('claude-opus-4-6');
    const relative = of('claude-opus-6');
    const traits = PRIORS.of({ name: 'nova-prime-70b', open: true, released: '2026-01-01' }, 'code_generation');
    const nothing = of('house-model');
    expect([known, relative, traits, nothing].map(({ ground }) => ground)).toEqual(['model', 'family', 'traits', 'nothing']);
    expect(known.weight).toBeGreaterThan(relative.weight);
    expect(relative.weight).toBeGreaterThan(traits.weight);
    expect(traits.weight).toBeGreaterThan(nothing.weight);
  });

  test('a bigger and a younger sister is expected to be better', () => {
    expect(of('qwen2.5-coder-14b').mean).toBeGreaterThan(of('qwen2.5-coder-1.5b').mean);
    const like = (released: string) => PRIORS.of({ name: 'claude-haiku-5', released }, 'agent_run').mean;
    expect(like('2026-06-01')).toBeGreaterThan(like('2025-06-01'));
  });

  test('classes have winners of their own', () => {
    const better = (work: string, a: string, b: string) => expect(of(a, work).mean, work).toBeGreaterThan(of(b, work).mean);
    better('deep_reasoning', 'claude-opus-4-6', 'kimi-k2.5');
    better('refactoring', 'gpt-5.4', 'glm-5');
    better('testing', 'Qwen3-Max', 'claude-opus-4-6');
  });

  test('a class that the table lacks is refused by name', () => {
    expect(() => of('gpt-5', 'cooking')).toThrow(/no expectations for "cooking"; the table has code_generation/);
    expect(() => of('gpt-5', 'toString')).toThrow(RangeError);
  });

  test('every row has a source with its date and licence', () => {
    const named = Object.values(table.models).flatMap(({ from }) => from.split(';')[0]!.split(', '));
    const sources: Record<string, { source: string; date: string; licence: string }> = table.sources;
    for (const name of new Set(named))
      expect(sources[name], name).toMatchObject({ date: expect.stringMatching(/^20\d\d-\d\d-\d\d$/), licence: expect.any(String) });
  });

  test('a look-up is the table’s arithmetic', () => {
    const trait = Object.fromEntries(TRAITS.map((name) => [name, { typical: 0, effect: 0 }])) as Record<
      (typeof TRAITS)[number],
      { typical: number; effect: number }
    >;
    const own = priorsFrom({
      date: '2026-01-01',
      sources: {},
      works: { review: { offset: 1, slope: 2, noise: 0.5 } },
      traits: { base: 0, variance: 1, ...trait },
      relatives: 0.1,
      models: {
        'one @1': {
          name: 'one-1',
          ability: { mean: -0.5, variance: 0 },
          from: 'x; 1 case',
          works: { review: { mean: 0.3, variance: 0.4 } },
        },
      },
    });
    // odds 1 − 1 + 0.3, variance 0.4: worked out by hand.
    const mean = 1 / (1 + Math.exp(-0.3 / Math.sqrt(1 + (Math.PI * 0.4) / 8)));
    const { mean: found, weight } = own.of({ name: 'one-1' }, 'review');
    expect(found).toBeCloseTo(mean, 12);
    expect(weight).toBeCloseTo(1 / (mean * (1 - mean) * 0.4) - 1, 9);
  });
});
