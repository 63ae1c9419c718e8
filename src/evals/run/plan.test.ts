import { describe, expect, it } from 'vitest';
import type { Suite } from '../case.ts';
import { suiteFrom } from '../suite/read.ts';
import { basisOf, placed } from './plan.ts';

function suiteOf(name: string, tasks: readonly string[]): Suite {
  const cases = tasks.map((task, n) => `  - { id: c-${n}, task: ${task}, prompt: "p ${name} ${n}", exact: a }`);
  return suiteFrom([
    { name: 'suite.yaml', text: `name: ${name}\nversion: 2\n` },
    { name: 'a.yaml', text: `cases:\n${cases.join('\n')}\n` },
  ]);
}

const ours = suiteOf('ours', ['review', 'testing', 'review', 'review']);
const theirs = suiteOf('theirs', ['review', 'testing']);

describe('the cases of a run', () => {
  it('are those of all its suites, each under a name of its own, mixed', () => {
    const keys = placed({ suites: [ours, theirs], seed: 1 }).map(({ key }) => key);
    expect(new Set(keys).size).toBe(6);
    expect(keys).toContain('theirs/c-0');
    expect(() => placed({ suites: [ours, suiteOf('ours', ['review'])], seed: 1 })).toThrow(/two suites are called ours/);
  });

  it('may be narrowed by class and number without another order', () => {
    const all = placed({ suites: [ours, theirs], seed: 4, tasks: ['review'] }).map(({ key }) => key);
    expect(all).toHaveLength(4);
    expect(placed({ suites: [ours, theirs], seed: 4, tasks: ['review'], most: 2 }).map(({ key }) => key)).toEqual(all.slice(0, 2));
    expect(() => placed({ suites: [ours], seed: 1, tasks: ['embedding'] })).toThrow(/no case of ours is of embedding/);
  });

  it('go by one name and one hash in certificates, whatever the order of suites', () => {
    const told = [ours, theirs].map(({ name, version, hash }) => ({ name, version, hash }));
    const both = basisOf(told);
    expect(both.name.split(' + ').sort()).toEqual(['ours', 'theirs']);
    expect(basisOf(told.toReversed())).toEqual(both);
    expect(basisOf([told[0]!])).toEqual({ kind: 'suite', ...told[0]! });
    expect(both.hash).not.toBe(ours.hash);
  });
});
