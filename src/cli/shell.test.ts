import { styleText } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Progress } from '../engines/meter.ts';
import { fakeShell } from './fixtures/shell.ts';
import { tokens } from './models.ts';
import { describe as inWords, ProgressLine, size } from './progress.ts';
import { paint, table } from './shell.ts';

test('columns are as wide as their widest cell, colours not counted, and lines end with their text', () => {
  const red = styleText('red', 'b', { validateStream: false });
  expect(
    table(
      [
        ['name', 'n', ''],
        ['x', '10', 'long'],
        [red, '5', ''],
      ],
      [1],
    ),
  ).toBe(`name   n\nx     10  long\n${red}      5`);
});

test('styles are for terminals', () => {
  const { shell } = fakeShell();
  expect(paint(shell.stdout, 'red', 'x')).toBe('x');
});

test.each([
  [0, '0 kB'],
  [1, '1 kB'],
  [379_680, '380 kB'],
  [1_185_952, '1.2 MB'],
  [98_362_432, '98 MB'],
  [2.5e9, '2.5 GB'],
])('%i bytes are %s', (bytes, words) => expect(size(bytes)).toBe(words));

test.each([
  [512, '512'],
  [4096, '4k'],
  [131_072, '128k'],
  [200_000, '200k'],
  [1_000_000, '1000k'],
])('%i tokens are %s', (count, words) => expect(tokens(count)).toBe(words));

const at = (part: number, more: Partial<Progress> = {}): Progress => ({
  file: 'f',
  bytes: part * 1e8,
  total: 1e8,
  bytesPerSecond: 0,
  etaSeconds: undefined,
  ...more,
});

describe('progress', () => {
  test.each([
    [at(0.456, { bytesPerSecond: 3.1e6, etaSeconds: 17.2 }), ' 45%  46 MB of 100 MB  3.1 MB/s  18 s left'],
    [at(0.5, { etaSeconds: 600 }), ' 50%  50 MB of 100 MB  10 min left'],
    [at(0.5, { etaSeconds: 9000 }), ' 50%  50 MB of 100 MB  2.5 h left'],
    [at(0.5, { total: 0 }), '50 MB'],
  ])('%j', (progress, words) => expect(inWords(progress)).toBe(words));

  test('is a line for each tenth where nobody watches', () => {
    const { shell, err } = fakeShell();
    const line = new ProgressLine(shell);
    for (let part = 0; part <= 100; part++) line.show(at(part / 100));
    line.end();
    expect(
      err()
        .split('\n')
        .filter(Boolean)
        .map((text) => text.slice(0, 4)),
    ).toEqual(['  0%', ' 10%', ' 20%', ' 30%', ' 40%', ' 50%', ' 60%', ' 70%', ' 80%', ' 90%', '100%']);
  });

  test('is one line with a bar on a terminal', () => {
    const { shell, err } = fakeShell({ isTTY: true });
    const line = new ProgressLine(shell);
    line.show(at(0.5));
    line.show(at(1));
    line.end();
    line.end();
    const said = err();
    expect(said.split('\n')).toHaveLength(2);
    expect(said).toContain(`${'█'.repeat(14)}${'░'.repeat(14)}  50%`);
    expect(said).toContain(`\r\x1b[2K${'█'.repeat(28)} 100%`);
  });
});
