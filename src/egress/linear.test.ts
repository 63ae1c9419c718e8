import { expect, test } from 'vitest';
import formats from './detectors/formats.json' with { type: 'json' };
import { egressSchema } from './policy.ts';
import { scannerFor } from './read.ts';
import type { Limits } from './scan.ts';

const LIMITS: Limits = { budget: 600_000, length: 1e9, now: () => 0 };
const settings = egressSchema.parse({ patterns: { evil: '(a+)+b', ticket: '[A-Z]+-[0-9]+' }, words: { own: ['aaaaaaaaab', 'a b'] } });

/** What makes matchers slow: beginnings of everything again and again, runs that nearly match, and pieces that could be cut in many ways. */
const PIECES = [
  'key=',
  'password=',
  'password: "',
  'pwd:',
  '&key=',
  'a://',
  'https://a:b',
  'a://b:c@',
  'a@',
  'a.',
  'mailto:',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  'eyJ',
  'eyJhbGciOiJIUzI1NiJ9.',
  'QUFB',
  'A',
  '61',
  '1',
  '1 ',
  '1-',
  '%41',
  '\\u0041',
  '\\',
  '"',
  'bearer ',
  'Basic ',
  'sk-',
  'sk-T3BlbkFJ',
  'ghp_a',
  'github_pat_',
  'xoxb-1-',
  'Q~',
  '-us1',
  '.atlasv1.',
  ':AA',
  'DE89 ',
  'GB',
  '\n',
  ' ',
  '\u200b',
  '\uff21',
  '\u{1d5ba}',
  '=',
  '-u a:',
  'ENV key ',
  'token token ',
  '/',
  '-',
  '_',
  '<password>',
  '{"password":',
  'auth=("a","',
  'kty":"d"',
  ':5432:a:',
  'mysql -pa',
  "identified by '",
  'a1B2-',
  'aaaaaaaaa',
  'AAA-',
  'private-lines: 1 ',
  '0x',
  '&#65;',
  'sig=',
];

/** Processor milliseconds for a text of this length: other work on the machine does not count. The least of three. */
function cost(piece: string, length: number): number {
  const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    const scanner = scannerFor(settings);
    const before = process.cpuUsage();
    scanner.scan([text, { password: text }], LIMITS);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

// Sixteen times the text is sixteen times the work; were it quadratic it would be 256 times. The bound lies far from both.
test.each(PIECES)('sixteen times as much of %j takes no more than about sixteen times as long', (piece) => {
  cost(piece, 4000);
  expect(cost(piece, 64_000)).toBeLessThan(70 * Math.max(cost(piece, 4000), 1));
});

test('no expression of a format can be tried in many ways: quantifiers are bounded and none of them stands in another that has no bound', () => {
  for (const { id, pattern } of formats) {
    expect(pattern, id).not.toMatch(/[^\\[][*+](?![^[]*\])/);
    const bounds = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, from, to]) =>
      to === undefined ? Number(from) : to === '' ? Number.POSITIVE_INFINITY : Number(to),
    );
    expect(Math.max(0, ...bounds), id).toBeLessThanOrEqual(2000);
    for (const [, inner] of pattern.matchAll(/\(\?:([^()]*)\)\{\d+,\d{2,}\}/g)) expect(inner, id).not.toMatch(/[{*+]/);
  }
});
