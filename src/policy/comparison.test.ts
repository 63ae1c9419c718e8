import { describe, expect, it } from 'vitest';
import { upstreamDialects } from '../dialects/index.ts';
import { busiest, FEATURES, lostOf, utilisation } from './comparison.ts';

describe('what a target does not get', () => {
  it.each(upstreamDialects.map((dialect) => [dialect.name, dialect] as const))(
    '%s: every note is about the feature alone, and a quirk takes it back',
    (_, dialect) => {
      const lost = lostOf((prompt) => dialect.ask(prompt, { model: 'x' }).notes);
      const bare = { ...FEATURES['seed']!, sampling: {} };
      expect(dialect.ask(bare, { model: 'x' }).notes).toEqual([]);
      expect(lost.has('tools')).toBe(false);
      for (const note of lost.values()) expect(note.why).not.toBe('');
    },
  );

  it('follows quirks', () => {
    const chat = upstreamDialects.find(({ name }) => name === 'openai-chat')!;
    const lost = (quirks: string[]) => lostOf((prompt) => chat.ask(prompt, { model: 'x', quirks: new Set(quirks) }).notes);
    expect(lost([]).has('top_k')).toBe(true);
    expect(lost(['top-k']).has('top_k')).toBe(false);
  });
});

describe('own hardware', () => {
  it('is as busy as its busiest hour makes it', () => {
    expect(utilisation(36_000, 20, 1)).toBeCloseTo(0.5);
    expect(utilisation(36_000, 20, 4)).toBeCloseTo(0.125);
  });

  it('has no busiest hour without traffic', () => {
    expect(busiest([])).toBeUndefined();
    expect(busiest([{ start: 1, exchanges: 2, output_tokens: 0 }])).toBeUndefined();
    const hour = { start: 2, exchanges: 1, output_tokens: 5 };
    expect(busiest([{ start: 1, exchanges: 2, output_tokens: 3 }, hour])).toEqual(hour);
  });
});
