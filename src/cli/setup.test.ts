import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyLine, loadConfig } from '../config/load.ts';
import { dialectNames } from '../gateway.ts';
import { runs } from './fixtures/shell.ts';

describe('init', () => {
  const written = (cwd: string) => readFileSync(join(cwd, 'freehold.yaml'), 'utf8');

  test('writes a commented file that loads', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'freehold-init-'));
    const argv = ['init', '--json', '--box', 'http://gpu1:8000/v1', '--use', 'openrouter', '--engine', './small.gguf', '--port', '7500'];
    const { code, out } = await runs(argv, { cwd });
    expect(code, out).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ missing: ['OPENROUTER_API_KEY'] });
    expect(written(cwd)).toMatch(/^# Freehold[\s\S]*# Who serves models[\s\S]*# Models that run/);
    const { config } = loadConfig({ cwd, env: { HOME: cwd, OPENROUTER_API_KEY: 'k' }, dialects: dialectNames });
    expect(config).toMatchObject({
      server: { port: 7500, host: '127.0.0.1' },
      providers: { box: { url: 'http://gpu1:8000/v1', zone: 'own' }, openrouter: { zone: 'vendor' } },
      engines: { local: { model: join(cwd, 'small.gguf') } },
    });
  });

  test('for a team makes the first key, and keeps only its hash', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'freehold-init-'));
    const { key } = JSON.parse((await runs(['init', '--team', '--json', '--box', 'http://gpu1:8000/v1'], { cwd })).out) as { key: string };
    expect(written(cwd)).not.toContain(key);
    expect(written(cwd)).toContain(keyLine(key));
    expect(statSync(join(cwd, 'freehold.yaml')).mode & 0o077).toBe(0);
  });

  test('overwrites nothing and says what is wrong', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'freehold-init-'));
    for (const [argv, message] of [
      [['--use', 'nobody'], /no such provider/],
      [['--box', 'gpu1'], /is no URL/],
      [['--port', 'x'], /--port must be/],
    ] as const)
      expect((await runs(['init', '--yes', ...argv], { cwd })).err).toMatch(message);
    expect((await runs(['init', '--yes'], { cwd })).code).toBe(0);
    const before = written(cwd);
    expect(await runs(['init', '--yes'], { cwd })).toMatchObject({ code: 1, err: expect.stringContaining('there already') });
    expect(written(cwd)).toBe(before);
  });
});

describe('completion', () => {
  test('a real bash completes commands, tools and options', async () => {
    const { out } = await runs(['completion', 'bash']);
    const complete = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `${out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _freehold; echo "\${COMPREPLY[@]}"`,
      ])
        .toString()
        .trim();
    expect(complete('freehold', 'disc')).toBe('disconnect');
    expect(complete('freehold', 'connect', 'claude')).toBe('claude-code');
    expect(complete('freehold', 'key', 'crea')).toBe('create');
    expect(complete('freehold', 'import', 'port')).toBe('portkey');
    expect(complete('freehold', 'completion', 'fi')).toBe('fish');
    expect(complete('freehold', 'key', 'create', '--team', 'x', '--bud')).toBe('--budget');
  });

  test('other shells', async () => {
    expect((await runs(['completion', 'zsh'])).out).toContain('bashcompinit');
    expect((await runs(['completion', 'fish'])).out).toContain("complete -c freehold -n '__fish_use_subcommand' -a doctor");
    expect(await runs(['completion', 'csh'])).toMatchObject({ code: 2, err: expect.stringContaining('choose bash') });
  });
});
