import { describe, expect, it } from 'vitest';
import { type RoutingRule, routingSchema } from './routing.ts';
import { type Facts, RuleBook } from './rules.ts';

const FACTS: Facts = { task: 'bug_fix', complexity: 0.5, tokens: 1000, tools: true, repositories: [], marks: new Set() };
const book = (...rules: object[]) => new RuleBook(routingSchema.parse({ rules }).rules as RoutingRule[]);

describe('a rule holds', () => {
  it.each([
    ['for everything without conditions', {}, {}, true],
    ['for its class of work', { task: 'bug_fix' }, {}, true],
    ['and for no other', { task: ['review', 'testing'] }, {}, false],
    ['above a complexity', { complexity: { above: 0.4 } }, {}, true],
    ['and not below it', { complexity: { above: 0.4 } }, { complexity: 0.4 }, false],
    ['between sizes', { tokens: { above: 999, below: 1001 } }, {}, true],
    ['with tools', { tools: true }, { tools: false }, false],
    ['for a key by pattern', { key: 'ci-*' }, { caller: { id: 'ci-7', name: 'x' } }, true],
    ['for a key by name', { key: ['y', 'x'] }, { caller: { id: 'ci-7', name: 'x' } }, true],
    ['and not for nobody', { key: '*' }, {}, false],
    ['for a team', { team: 'core' }, { caller: { id: 'a', name: 'a', team: 'core' } }, true],
    ['for a repository', { repo: 'github.com/acme/*' }, { repositories: ['github.com/acme/app'] }, true],
    ['and not for another', { repo: 'github.com/acme/*' }, { repositories: ['github.com/other/app'] }, false],
    ['for a path that was met', { path: '**/auth/**' }, { marks: new Set([0]) }, true],
    ['only if all of it holds', { task: 'bug_fix', tools: false }, {}, false],
  ] as [string, object, Partial<Facts>, boolean][])('%s', (_, when, facts, holds) => {
    expect(book({ when, mode: 'best' }).ruling({ ...FACTS, ...facts }, 0)?.mode).toBe(holds ? 'best' : undefined);
  });

  it('and the first one counts', () => {
    const two = book({ name: 'one', when: { task: 'bug_fix' }, models: ['a', 'b'] }, { mode: 'best' });
    expect(two.ruling(FACTS, 0)).toEqual({ rule: 'rule "one"', models: ['a', 'b'] });
    expect(two.ruling({ ...FACTS, task: 'review' }, 0)).toEqual({ rule: 'routing.rules[1]', mode: 'best' });
    expect(two.names).toEqual(['a', 'b']);
  });
});

it('weights are kept over many conversations, and one conversation keeps what it drew', () => {
  const canary = book({ models: { old: 9, new: 1 } });
  const drawn = Array.from({ length: 1000 }, (_, at) => canary.ruling(FACTS, at / 1000)!.models!);
  expect(drawn.filter(([first]) => first === 'new')).toHaveLength(100);
  expect(canary.ruling(FACTS, 0.95)).toEqual(canary.ruling(FACTS, 0.95));
  expect(drawn[0]).toEqual(['old', 'new']);
});

it.each([
  [{ mode: 'cheap' }, /expected one of/],
  [{ rules: [{ when: {} }] }, /does nothing/],
  [{ rules: [{ models: ['a'], mode: 'best' }] }, /contradicts itself/],
  [{ rules: [{ when: { complexity: { above: 1 } }, mode: 'best' }] }, /never holds/],
  [{ rules: [{ when: { tokens: { above: 5, below: 5 } }, mode: 'best' }] }, /holds no number/],
  [{ rules: [{ when: { path: '**' }, mode: 'best' }] }, /fits everything/],
  [{ rules: [{ models: { a: 0 } }] }, /positive|greater|>0/],
])('%j is a mistake', (settings, message) => {
  expect(routingSchema.safeParse(settings).error?.message).toMatch(message);
});
