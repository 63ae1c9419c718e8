import { describe, expect, it } from 'vitest';
import type { GroupRow, KeyRow } from '../store/ports.ts';
import { Directory, hashKey, keyedHash } from './directory.ts';
import { rulesSchema } from './rules.ts';

const SECRET = Buffer.alloc(32, 7);
const NOW = Date.UTC(2026, 10, 22);
const rules = (text: object) => rulesSchema.parse(text);

function row(key: string, more: Partial<KeyRow> = {}): KeyRow {
  const id = `k-${key}`;
  return {
    id,
    hash: keyedHash(key, SECRET),
    prefix: key.slice(0, 8),
    name: key,
    team: null,
    project: null,
    rules: '{}',
    created_at: NOW,
    expires_at: null,
    revoked_at: null,
    ...more,
  };
}

function group(kind: 'team' | 'project', id: string, more: Partial<GroupRow> = {}): GroupRow {
  return { kind, id, name: id, team: null, rules: '{}', created_at: NOW, removed_at: null, ...more };
}

describe('the directory', () => {
  it('finds keys of the configuration and of the store, and nobody else', () => {
    const directory = new Directory(SECRET);
    expect(directory.isEmpty).toBe(true);
    directory.configure({ keys: { alice: { hash: hashKey('a') } }, teams: {}, projects: {} });
    directory.update({ keys: [row('b')], groups: [] });
    expect(directory.isEmpty).toBe(false);
    expect([directory.find('a', NOW), directory.find('b', NOW)]).toEqual([
      { id: 'alice', name: 'alice' },
      { id: 'k-b', name: 'b' },
    ]);
    for (const made of ['c', '', "' OR 1=1 --", 'x'.repeat(10_000), '\u0000', '🔑', row('b').hash])
      expect(directory.find(made, NOW)).toBe('unknown');
  });

  it('forgets at once what is revoked, expired or rotated', () => {
    const directory = new Directory(SECRET);
    directory.update({ keys: [row('a'), row('b', { expires_at: NOW + 1 }), row('c')], groups: [] });
    expect(directory.find('a', NOW)).toMatchObject({ id: 'k-a' });
    expect([directory.find('b', NOW), directory.find('b', NOW + 1)]).toEqual([expect.objectContaining({ id: 'k-b' }), 'unknown']);
    directory.update({ keys: [row('a', { revoked_at: NOW }), row('c', { hash: keyedHash('d', SECRET) })], groups: [] });
    expect([directory.find('a', NOW), directory.find('c', NOW), directory.find('d', NOW)]).toEqual([
      'unknown',
      'unknown',
      expect.objectContaining({ id: 'k-c' }),
    ]);
  });

  it('adds up the rules of key, team and project; the strictest zone counts', () => {
    const directory = new Directory(SECRET);
    directory.configure({
      keys: { a: { hash: hashKey('a'), project: 'shop', ...rules({ zone: 'vendor', models: ['gpt-*'], budget: '5/day' }) } },
      teams: { core: rules({ zone: 'own', parallel: 3 }) },
      projects: { shop: { team: 'core', ...rules({ models: ['*-mini'], budget: [{ usd: 100, per: 'month', on_breach: 'own' }] }) } },
    });
    expect(directory.find('a', NOW)).toEqual({
      id: 'a',
      name: 'a',
      team: 'core',
      project: 'shop',
      zone: 'own',
      models: [['gpt-*'], ['*-mini']],
      limits: [
        { account: 'key:a', unit: 'nanos', period: 'day', amount: 5e9, breach: 'block' },
        { account: 'team:core', unit: 'concurrent', period: 'minute', amount: 3, breach: 'block' },
        { account: 'project:shop', unit: 'nanos', period: 'month', amount: 100e9, breach: 'own' },
      ],
    });
    directory.update({ keys: [], groups: [group('team', 'core', { rules: '{"zone":"leased"}' })] });
    expect(directory.find('a', NOW)).toMatchObject({ zone: 'leased' });
  });

  it('what cannot be read opens nothing, nor does the key of a removed team', () => {
    const directory = new Directory(SECRET);
    const keys = [
      row('a', { rules: '{"zone":"mars"}' }),
      row('b', { team: 'gone' }),
      row('c', { team: 'odd' }),
      row('d', { team: 'nobody-knows' }),
    ];
    directory.update({ keys, groups: [group('team', 'gone', { removed_at: NOW }), group('team', 'odd', { rules: '{' })] });
    expect(['a', 'b', 'c', 'd'].map((key) => directory.find(key, NOW))).toEqual([
      'unknown',
      'unknown',
      'unknown',
      expect.objectContaining({ id: 'k-d' }),
    ]);
  });

  it('while the store is away known keys live on for a time, and an unknown one is not called wrong', () => {
    const directory = new Directory(SECRET, 60_000);
    directory.doubt(0);
    directory.configure({ keys: { alice: { hash: hashKey('alice') } }, teams: {}, projects: {} });
    expect([directory.find('a', NOW), directory.find('alice', NOW)]).toEqual(['unsure', expect.objectContaining({ id: 'alice' })]);
    directory.update({ keys: [row('a')], groups: [] });
    directory.doubt(NOW);
    expect([directory.find('a', NOW + 60_000), directory.find('a', NOW + 60_001), directory.find('new', NOW)]).toEqual([
      expect.objectContaining({ id: 'k-a' }),
      'unsure',
      'unsure',
    ]);
    directory.update({ keys: [], groups: [] });
    expect([directory.find('a', NOW + 60_001), directory.find('new', NOW)]).toEqual([expect.objectContaining({ id: 'k-a' }), 'unknown']);
  });
});

describe('rules', () => {
  it.each([['20/day'], ['$20/day'], ['20 per day'], [{ usd: 20, per: 'day' }]])('a budget may be written %j', (budget) => {
    expect(rules({ budget }).budget).toEqual([{ usd: 20, per: 'day', on_breach: 'block' }]);
  });

  it.each([['20'], ['20/minute'], ['-1/day'], [{ usd: 1 }], [{ usd: -1, per: 'day' }], [{ usd: 1, per: 'day', onBreach: 'own' }]])(
    'a budget may not be written %j',
    (budget) => {
      expect(() => rules({ budget })).toThrow();
    },
  );
});
