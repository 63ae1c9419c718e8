import { describe, expect, test } from 'vitest';
import { ZONES, type Zone } from '../protocol/zone.ts';
import type { Finding, Kind } from './finding.ts';
import { type Action, decide, egressSchema } from './policy.ts';

const finding = (rule: string, kind: Kind, split?: number): Finding => ({
  rule,
  kind,
  path: ['a'],
  start: 0,
  end: 9,
  ...(split !== undefined && { split }),
});
const act = (actions: unknown, zone: Zone, ...findings: Finding[]) => decide({ findings }, zone, egressSchema.parse({ actions }));

describe('by default', () => {
  const table: [string, Kind, Record<Zone, Action>][] = [
    ['github-token', 'secret', { own: 'allow', leased: 'note', vendor: 'redact' }],
    ['private-key', 'secret', { own: 'allow', leased: 'note', vendor: 'block' }],
    ['payment-card', 'personal', { own: 'allow', leased: 'note', vendor: 'note' }],
    ['falcon', 'words', { own: 'allow', leased: 'note', vendor: 'own' }],
  ];
  test.each(table)('%s', (rule, kind, expected) => {
    for (const zone of ZONES) expect(act({}, zone, finding(rule, kind)).action, zone).toBe(expected[zone]);
  });
  test('nothing found is nothing done', () =>
    expect(act({}, 'vendor')).toEqual({ action: 'allow', redactions: [], notes: [], reason: '' }));
});

describe('as configured', () => {
  test('the strictest of all findings counts', () => {
    const found = [finding('mail-address', 'personal'), finding('github-token', 'secret'), finding('falcon', 'words')];
    const decision = act({}, 'vendor', ...found);
    expect(decision.action).toBe('own');
    expect(decision.redactions).toEqual([found[1]]);
    expect(decision.reason).toBe('falcon: for models of your own only towards vendor (egress.actions.falcon)');
  });

  test('a rule goes before its kind, one word is for all beyond own hardware', () => {
    const actions = { secret: 'block', 'github-token': 'note', personal: { vendor: 'redact' } };
    expect(act(actions, 'vendor', finding('github-token', 'secret')).action).toBe('note');
    expect(act(actions, 'leased', finding('npm-token', 'secret')).action).toBe('block');
    expect(act(actions, 'own', finding('npm-token', 'secret')).action).toBe('allow');
    expect(act(actions, 'leased', finding('iban', 'personal')).action).toBe('note');
    expect(act(actions, 'vendor', finding('iban', 'personal')).action).toBe('redact');
  });

  test('a private key is let go by its own name only', () => {
    expect(act({ secret: 'allow' }, 'vendor', finding('private-key', 'secret')).action).toBe('block');
    expect(act({ 'private-key': 'redact' }, 'vendor', finding('private-key', 'secret')).action).toBe('redact');
  });

  test('pieces of one value are one finding in the notes and all are replaced', () => {
    const decision = act(
      {},
      'vendor',
      finding('npm-token', 'secret', 1),
      finding('npm-token', 'secret', 1),
      finding('npm-token', 'secret'),
    );
    expect(decision.notes).toEqual([{ rule: 'npm-token', kind: 'secret', action: 'redact', count: 2 }]);
    expect(decision.redactions).toHaveLength(3);
  });

  test.each([
    ['an action that is none', { actions: { secret: 'hide' } }, 'secret'],
    ['letting the unread leave', { actions: { unread: 'note' } }, 'unread'],
    ['an expression that needs backtracking', { patterns: { a: '(?<=x)y\\1' } }, 'a'],
    ['an expression of nothing', { patterns: { a: 'x*' } }, 'a'],
    ['one name twice', { patterns: { a: 'xy' }, words: { a: ['xy'] } }, 'a'],
    ['a name with capitals', { words: { Falcon: ['xy'] } }, 'Falcon'],
  ])('refuses %s and says where', (_, settings, where) => {
    const checked = egressSchema.safeParse(settings);
    expect(checked.success).toBe(false);
    expect(checked.error?.issues.some(({ path }) => path.includes(where))).toBe(true);
  });
});
