import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZONES, type Zone } from '../protocol/zone.ts';
import { glob } from './glob.ts';
import { fitsRepository, type Signs, Zoning, zonesSchema } from './zones.ts';

const zoning = (settings: unknown) => new Zoning(zonesSchema.parse(settings));
const signs = (repositories: string[] = [], ...marks: number[]): Signs => ({ repositories, marks: new Set(marks) });
const ASKING = { headers: {} };
const caller = (zone?: Zone) => ({ id: 'k1', name: 'alice', team: 'core', project: 'app', zone });

describe('glob', () => {
  it.each([
    ['**/crypto/**', ['crypto/a', 'src/crypto/deep/a.ts', '/x/CRYPTO/a', 'crypto'], ['src/cryptography/a', 'crypto.ts']],
    ['**/*.pem', ['a.pem', '/x/y.z.pem', 'C:\\keys\\a.pem'], ['a.pem/b', 'pem']],
    ['src/*/secret', ['src/a/secret', './src/a/secret'], ['src/a/b/secret', 'x/src/a/secret']],
    ['a?c/**/z', ['abc/z', 'abc/d/e/z'], ['ac/z', 'abbc/z']],
    ['github.com/acme/secret-*', ['github.com/acme/secret-x', 'GitHub.com/Acme/secret-'], ['github.com/acme/open']],
  ])('%s', (pattern, fitting, others) => {
    for (const one of fitting) expect(glob(pattern).fits(one), one).toBe(true);
    for (const one of others) expect(glob(pattern).fits(one), one).toBe(false);
  });

  it('says what stands in all that fits', () => {
    const names = fc.array(fc.constantFrom('a', 'bc', '*', '**', 'd*e', '?f'), { minLength: 1, maxLength: 6 });
    const paths = fc.array(fc.constantFrom('a', 'bc', 'de', 'dxe', 'xf', 'q'), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(names, paths, (pattern, path) => {
        if (pattern.every((name) => /^[*?]+$/.test(name))) return;
        const { fits, literal } = glob(pattern.join('/'));
        if (fits(path.join('/'))) expect(path.join('/')).toContain(literal);
      }),
    );
  });

  it.each(['*', '**', '**/*', '?', '/'])('%s would fit everything', (pattern) => {
    expect(() => glob(pattern)).toThrow(/fits everything/);
  });

  it('takes no time on hostile patterns', () => {
    const from = performance.now();
    expect(glob(`${'**/a*/'.repeat(40)}b`).fits('a/'.repeat(500))).toBe(false);
    expect(glob(`${'a*'.repeat(100)}b`).fits('a'.repeat(1000))).toBe(false);
    expect(performance.now() - from).toBeLessThan(1000);
  });
});

describe('settings', () => {
  it.each([
    [{ rules: [{ zone: 'own' }] }, /says of nothing/],
    [{ rules: [{ path: '**', zone: 'own' }] }, /fits everything/],
    [{ rules: [{ path: 'a', zone: 'home' }] }, /own/],
    [{ rules: [{ paths: 'a', zone: 'own' }] }, /paths/],
    [{ default: 'cloud' }, /own/],
  ])('%j', (settings, fault) => {
    expect(zonesSchema.safeParse(settings).error?.message).toMatch(fault);
  });
});

describe('key and header', () => {
  const cases: [Zone | undefined, string | undefined, Zone | undefined | 'forbidden' | 'invalid'][] = [
    [undefined, undefined, undefined],
    [undefined, 'own', 'own'],
    ['leased', undefined, 'leased'],
    ['leased', 'own', 'own'],
    ['leased', 'leased', 'leased'],
    ['leased', 'vendor', 'forbidden'],
    ['own', 'leased', 'forbidden'],
    ['vendor', 'vendor', 'vendor'],
    ['vendor', 'moon', 'invalid'],
  ];
  it.each(cases)('key %s, header %s: %s', (zone, header, result) => {
    const ask = () => zoning({}).asked({ caller: caller(zone), headers: { 'x-freehold-zone': header } });
    if (result === 'forbidden' || result === 'invalid')
      expect(ask).toThrow(expect.objectContaining({ kind: result, field: 'x-freehold-zone' }));
    else expect(ask()?.zone).toBe(result);
    if (result === 'forbidden') expect(ask).toThrow(new RegExp(`"${header}".*"alice".*"${zone}"`));
  });
});

describe('rules', () => {
  const keep = { repo: 'github.com/acme/secret-*', zone: 'own' };
  const open = { repo: 'github.com/acme/public-*', zone: 'vendor' };
  const path = { path: '**/crypto/**', zone: 'leased' };

  it.each([
    ['no rules', {}, signs(), 'vendor', /zones.default/],
    ['no rules, a default', { default: 'leased' }, signs(['github.com/a/b']), 'leased', /zones.default/],
    ['a repository that is kept', { rules: [keep] }, signs(['github.com/acme/secret-x']), 'own', /repo github.com.acme.secret-/],
    ['one that is kept, in passing', { rules: [keep] }, signs([], 0), 'own', /rules\[0\]/],
    ['another one', { rules: [keep] }, signs(['github.com/acme/app']), 'vendor', /zones.default/],
    ['none that is known', { default: 'own', rules: [open] }, signs(), 'own', /zones.default/],
    ['one that is let out', { default: 'own', rules: [open] }, signs(['github.com/acme/public-x']), 'vendor', /rules\[0\]/],
    ['one that is let out, only in passing', { default: 'own', rules: [open] }, signs([], 0), 'own', /zones.default/],
    [
      'one that is let out and one that is unknown',
      { default: 'own', rules: [open] },
      signs(['github.com/acme/public-x', 'x.org/a/b']),
      'own',
      /default/,
    ],
    ['a path', { rules: [path] }, signs([], 0), 'leased', /path/],
    [
      'a path of a repository that is let out',
      { default: 'own', rules: [open, path] },
      signs(['github.com/acme/public-x'], 1),
      'leased',
      /path/,
    ],
    [
      'two conditions, one of which holds',
      { rules: [{ ...keep, path: '**/x/**' }] },
      signs(['github.com/acme/secret-x']),
      'vendor',
      /default/,
    ],
    ['two conditions that hold', { rules: [{ ...keep, path: '**/x/**' }] }, signs(['github.com/acme/secret-x'], 1), 'own', /rules/],
    ['the strictest of two', { rules: [path, keep] }, signs(['github.com/acme/secret-x'], 0), 'own', /repo/],
  ])('%s', (_, settings, told, zone, rule) => {
    const limit = zoning(settings).told(ASKING, told);
    expect([limit.zone, limit.rule]).toEqual([zone, expect.stringMatching(rule)]);
  });

  it.each([
    [{ key: 'ali*' }, true],
    [{ key: 'k1' }, true],
    [{ key: 'bob' }, false],
    [{ team: 'core', project: 'a*' }, true],
    [{ team: 'core', project: 'b*' }, false],
    [{ header: { 'X-Client': 'ci-*' } }, true],
    [{ header: { 'x-client': 'cd' } }, false],
    [{ header: { 'x-none': '*' } }, false],
  ])('%j', (conditions, holds) => {
    const asking = { caller: caller(), headers: { 'x-client': 'ci-7' } };
    expect(zoning({ rules: [{ ...conditions, name: 'mine', zone: 'own' }] }).told(asking, signs())).toEqual(
      holds ? { zone: 'own', rule: 'rule "mine" (zones.rules[0])' } : { zone: 'vendor', rule: 'zones.default' },
    );
    expect(zoning({ rules: [{ ...conditions, zone: 'own' }] }).told(ASKING, signs()).zone).toBe('vendor');
  });

  it('never let a request go farther than a rule that is met says', () => {
    const rule = fc.record({ zone: fc.constantFrom(...ZONES), path: fc.constantFrom('a/**', 'b/**') });
    fc.assert(
      fc.property(fc.array(rule), fc.constantFrom(...ZONES), fc.uniqueArray(fc.nat(5)), (rules, fallback, marks) => {
        const { zone } = zoning({ default: fallback, rules }).told(ASKING, signs([], ...marks));
        for (const at of marks) if (rules[at]) expect(ZONES.indexOf(zone)).toBeLessThanOrEqual(ZONES.indexOf(rules[at].zone));
      }),
    );
  });
});

it('an address inside a repository is of that repository', () => {
  expect(fitsRepository(glob('github.com/acme/*'), 'github.com/acme/app/blob/main/a.ts')).toBe(true);
  expect(fitsRepository(glob('gitlab.com/group/**'), 'gitlab.com/group/sub/app')).toBe(true);
  expect(fitsRepository(glob('github.com/acme/app'), 'github.com/acme/other')).toBe(false);
});
