import { describe, expect, it } from 'vitest';
import { PARTS, type Placed, splitOf } from './split.ts';

const examples = (repositories: number, each: number): Placed[] =>
  Array.from({ length: repositories * each }, (_, at) => ({
    repository: `host/team/${at % repositories}`,
    conversation: `c${at}`,
    at: 1000 + at,
  }));

describe('a split', () => {
  it('holds whole repositories out, the newest first, about a tenth each', () => {
    const given = examples(20, 10);
    const { parts, by } = splitOf(given);
    expect(by).toBe('repository and time');
    const where = new Map<string, Set<string>>();
    for (const [at, { repository }] of given.entries()) where.set(repository, (where.get(repository) ?? new Set()).add(parts[at]!));
    for (const found of where.values()) expect(found.size).toBe(1);
    for (const part of ['test', 'valid'] as const) expect(parts.filter((one) => one === part)).toHaveLength(20);
    expect(where.get('host/team/19')).toEqual(new Set(['test']));
  });

  it('splits by time where there are too few repositories, whole conversations, and says so', () => {
    const given = examples(2, 50).map((one, at) => ({ ...one, conversation: `c${at >> 1}` }));
    const { parts, by, why } = splitOf(given);
    expect([by, why]).toEqual(['time', expect.stringContaining('there are 2 repositories')]);
    expect(
      given.filter(({ conversation }, at) => parts[at] !== parts[given.findIndex((one) => one.conversation === conversation)]),
    ).toEqual([]);
    const newest = (part: string) => Math.max(...given.filter((_, at) => parts[at] === part).map(({ at }) => at));
    expect(newest('train')).toBeLessThan(newest('valid'));
    expect(newest('valid')).toBeLessThan(newest('test'));
  });

  it('does not give most of it away where one repository is nearly all', () => {
    const given = [...examples(1, 90), ...examples(9, 1).map((one, at) => ({ ...one, repository: `small/${at}`, conversation: `s${at}` }))];
    const { parts } = splitOf(given);
    expect(parts.filter((part) => part === 'train').length).toBeGreaterThanOrEqual(given.length / 2);
    expect(new Set(parts)).toEqual(new Set(PARTS));
  });

  it('keeps a handful for training', () => {
    expect(splitOf([]).parts).toEqual([]);
    expect(splitOf(examples(1, 1)).parts).toEqual(['train']);
  });
});
