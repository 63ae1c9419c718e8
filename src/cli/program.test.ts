import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configFrom } from '../config/load.ts';
import { runs } from './fixtures/shell.ts';

const COMMANDS = ['up', 'pull', 'models', 'ask', 'check', 'key'];

describe('help', () => {
  test('lists every command with examples', async () => {
    const { code, out } = await runs(['--help']);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(out).toContain('Examples:');
    // A command without a heading would stand under this one.
    expect(out).not.toContain('\nCommands:');
  });

  test.each(COMMANDS)('%s explains itself and every option in words', async (command) => {
    const { code, out } = await runs([command, '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`freehold ${command}`);
    for (const line of out.split('\n').filter((one) => /^ {2}-/.test(one))) expect(line).toMatch(/^ {2}-\S.*? {2,}[a-z"]\w+/);
  });

  test('the version is the package’s', async () => expect((await runs(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/));

  test('no command is a question for help', async () =>
    expect(await runs([])).toMatchObject({ code: 2, err: expect.stringContaining('Start and ask:') }));
});

test.each([
  [['chek'], /unknown command 'chek'\n\(Did you mean check\?\)/],
  [['up', '--prot', '1'], /Did you mean --port\?/],
  [['up', '--port', 'x'], /--port must be a port from 0 to 65535/],
  [['engine', 'add', 'nonsense'], /choose cuda or vulkan/],
  [['up', '--host', '0.0.0.0'], /can be reached from other machines.*freehold key/],
  [['up', '--model', 'qwen'], /--model "qwen" names no weights/],
  [['up', '--config', 'none.yaml'], /none\.yaml does not exist/],
  [['pull'], /missing required argument 'name'/],
  [['ask'], /There is no question/],
])('%j is a mistake of the command line', async (argv, message) => {
  const { code, out, err } = await runs(argv);
  expect(code).toBe(2);
  expect(err).toMatch(message);
  expect(out).toBe('');
  expect(err).not.toMatch(/^\s+at /m);
});

describe('a bad configuration', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'freehold-bad-'));
  writeFileSync(join(cwd, 'freehold.yaml'), 'server: { prt: 1 }\nprovider: {}\n');

  test.each(['up', 'models', 'check'])('stops %s with all mistakes', async (command) => {
    const { code, err } = await runs([command], { cwd });
    expect(code).toBe(2);
    expect(err).toMatch(
      /There are 2 mistakes.*\n.*freehold\.yaml:1:11 server\.prt: .*"port".*\n.*freehold\.yaml:2:1 provider: .*"providers"/,
    );
  });

  test('is data with --json', async () => {
    const { code, out, err } = await runs(['check', '--json'], { cwd });
    expect(code).toBe(2);
    expect(err).toBe('');
    expect(JSON.parse(out).error.problems).toMatchObject([
      { path: ['server', 'prt'], line: 1, column: 11 },
      { path: ['provider'], line: 2 },
    ]);
  });

  test('shows its stack on demand only', async () => {
    expect((await runs(['check'], { cwd })).err).not.toContain('at ');
    expect((await runs(['check'], { cwd, env: { FREEHOLD_DEBUG: '1' } })).err).toMatch(/^ {4}at /m);
  });
});

describe('key', () => {
  const line = /^ {4}(\S+): "(sha256:[0-9a-f]{64})"$/m;

  test('makes another one each time, with the line that lets it in', async () => {
    const [one, two] = await Promise.all([runs(['key', 'alice']), runs(['key'])]);
    const shown = one.out.match(/^ {2}(fh_[\w-]{43})$/m)![1]!;
    const [, name, hash] = one.out.match(line)!;
    expect(name).toBe('alice');
    expect(hash).toBe(`sha256:${createHash('sha256').update(shown).digest('hex')}`);
    expect(configFrom({ keys: { alice: hash } }).keys).toEqual({ alice: { hash } });
    expect(two.out.match(line)![2]).not.toBe(hash);
  });

  test('hashes one from stdin, trimmed, without showing it', async () => {
    const { out } = await runs(['key', 'bob', '--stdin', '--json'], { stdin: 's3cret\r\n' });
    expect(JSON.parse(out)).toEqual({ name: 'bob', hash: `sha256:${createHash('sha256').update('s3cret').digest('hex')}` });
    expect((await runs(['key', '--stdin'], { stdin: 's3cret' })).out).not.toContain('s3cret');
    expect((await runs(['key', '--stdin'], { stdin: ' \n' })).code).toBe(2);
  });
});
