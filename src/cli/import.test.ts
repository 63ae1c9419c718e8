import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../config/load.ts';
import { dialectNames } from '../gateway.ts';
import { runs } from './fixtures/shell.ts';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/import/${name}`, import.meta.url));
const ENV = {
  AZURE_EU_KEY: 'k',
  OPENAI_API_KEY: 'k',
  OPENAI_KEY: 'k',
  ANTHROPIC_KEY: 'k',
  OPENROUTER_API_KEY: 'k',
  BOX_KEY: 'k',
  GROQ_API_KEY: 'k',
  GROQ_TEAM_A1B2C3_KEY: 'k',
};

/** A reference to a variable. */
const ref = (name: string) => `\${${name}}`;

/** Imports a fixture and loads what comes out as the gateway would. */
async function imported(format: string, file: string) {
  const cwd = mkdtempSync(join(tmpdir(), 'freehold-import-'));
  const { code, out, err } = await runs(['import', format, fixture(file), '--output', 'freehold.yaml', '--json'], { cwd });
  expect(code, out + err).toBe(0);
  const text = readFileSync(join(cwd, 'freehold.yaml'), 'utf8');
  const { notes } = JSON.parse(out) as { notes: { path: string; why: string }[] };
  for (const { path } of notes) expect(text).toContain(`# - ${path}: `);
  return {
    text,
    said: parse(text) as Record<string, unknown>,
    notes,
    load: () => loadConfig({ cwd, env: { ...ENV, HOME: cwd }, dialects: dialectNames }).config,
  };
}

describe('import', () => {
  test('LiteLLM: deployments, names, fallbacks; no secret is copied', async () => {
    const { text, said, notes, load } = await imported('litellm', 'litellm.yaml');
    expect(said).toMatchObject({
      timeouts: { total_seconds: 300 },
      providers: {
        azure: { use: 'azure-openai', url: 'https://acme-eu.openai.azure.com', key: ref('AZURE_EU_KEY'), models: ['gpt-4o-eu'] },
        openai: { use: 'openai', key: ref('OPENAI_API_KEY'), models: ['gpt-4o'] },
        hosted_vllm: { use: 'vllm', url: 'http://gpu1.internal:8000/v1', models: ['qwen3-coder-30b'] },
        anthropic: { key: ref('ANTHROPIC_KEY') },
      },
      aliases: { 'gpt-4o': ['azure/gpt-4o-eu', 'openai/gpt-4o', 'coder'], coder: 'hosted_vllm/qwen3-coder-30b', 'gpt-4': 'gpt-4o' },
    });
    expect(text).not.toMatch(/sk-/);
    const paths = notes.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'model_list[0].litellm_params.rpm',
        'litellm_settings.success_callback',
        'router_settings.routing_strategy',
        'general_settings.master_key',
      ]),
    );
    expect(load().providers['hosted_vllm']).toMatchObject({ zone: 'own' });
  });

  test('claude-code-router: roles become rules and names', async () => {
    const { text, said, notes, load } = await imported('claude-code-router', 'claude-code-router.json');
    expect(said).toMatchObject({
      server: { port: 3456, host: '0.0.0.0' },
      timeouts: { total_seconds: 600 },
      providers: {
        openrouter: { use: 'openrouter', key: ref('OPENROUTER_API_KEY') },
        box: { url: 'http://localhost:8000/v1', zone: 'own', models: ['qwen3-coder', 'qwen3-4b'] },
      },
      routing: {
        rules: [{ when: { tokens: { above: 80_000 } }, models: ['openrouter/google/gemini-2.5-pro'] }, { models: ['box/qwen3-coder'] }],
      },
      aliases: { 'claude-*': 'auto', 'claude-haiku-*': 'box/qwen3-4b' },
    });
    expect(text).not.toContain('a-secret-of-the-team');
    expect(notes.map(({ path }) => path)).toEqual(expect.arrayContaining(['LOG', 'Router.think', 'Providers[0].transformer']));
    expect(Object.keys(load().keys)).toEqual(['imported']);
  });

  test('Portkey: weights become a split', async () => {
    const { text, said, notes } = await imported('portkey', 'portkey.json');
    expect(said).toMatchObject({
      providers: { openai: { use: 'openai', key: ref('OPENAI_KEY') }, 'openai-2': { url: 'http://192.168.1.5:8000/v1', zone: 'own' } },
      routing: { rules: [{ models: { 'openai/gpt-5': 0.7, 'openai-2/qwen3-coder': 0.3 } }] },
    });
    expect(text).not.toContain('sk-written-here');
    expect(notes.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['retry', 'targets[0].override_params.temperature', 'targets[2].virtual_key']),
    );
  });

  test('llama-swap: commands become engines, others are asked where they are', async () => {
    const { said, notes, load } = await imported('llama-swap', 'llama-swap.yaml');
    expect(said).toMatchObject({
      engines: {
        coder: { model: '/models/qwen3-coder-30b.gguf', context: 32_768 },
        'org-small-q4': { model: 'Qwen/Qwen3-4B-GGUF:Q4_K_M' },
      },
      providers: { big: { url: 'http://127.0.0.1:9005/v1', zone: 'own', models: ['big/model'] } },
      aliases: { 'gpt-4o-mini': 'coder', fast: 'coder', 'org/small:q4': 'org-small-q4', big: 'big/big/model' },
    });
    expect(notes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: 'models.odd' }),
        expect.objectContaining({ path: 'groups' }),
        expect.objectContaining({ path: 'models.coder.ttl' }),
      ]),
    );
    expect(notes.find(({ path }) => path === 'models.coder.cmd')?.why).toContain('--jinja -ngl');
    expect(Object.keys(load().engines)).toEqual(['coder', 'org-small-q4']);
  });

  test('says what is wrong with a file', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'freehold-import-'));
    writeFileSync(join(cwd, 'empty.yaml'), 'a: 1\n');
    writeFileSync(join(cwd, 'bad.yaml'), 'a: [\n');
    expect(await runs(['import', 'litellm', 'empty.yaml'], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining('names no model'),
    });
    expect(await runs(['import', 'litellm', 'bad.yaml'], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining('bad.yaml cannot be read'),
    });
    expect(await runs(['import', 'kong', 'bad.yaml'], { cwd })).toMatchObject({ code: 2, err: expect.stringContaining('choose litellm') });
    writeFileSync(join(cwd, 'freehold.yaml'), '# mine\n');
    expect(await runs(['import', 'litellm', fixture('litellm.yaml'), '-o', 'freehold.yaml'], { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining('there already'),
    });
  });
});

describe('export', () => {
  /** Imports, exports and imports again. */
  async function around(format: string, file: string) {
    const cwd = mkdtempSync(join(tmpdir(), 'freehold-export-'));
    const env = { ...ENV, HOME: cwd };
    await runs(['import', format, fixture(file), '--output', 'freehold.yaml'], { cwd });
    const { code, out, err } = await runs(['export', format], { cwd, env });
    expect(code, err).toBe(0);
    writeFileSync(join(cwd, 'back'), out);
    const again = await runs(['import', format, 'back'], { cwd });
    return {
      first: parse(readFileSync(join(cwd, 'freehold.yaml'), 'utf8')) as Record<string, unknown>,
      out,
      again: parse(again.out) as Record<string, unknown>,
    };
  }

  test('to LiteLLM and back keeps providers and names', async () => {
    const { first, out, again } = await around('litellm', 'litellm.yaml');
    expect(again['providers']).toEqual(first['providers']);
    expect(again['timeouts']).toEqual(first['timeouts']);
    expect(again['aliases']).toMatchObject({ coder: 'hosted_vllm/qwen3-coder-30b', 'gpt-4': 'gpt-4o' });
    expect(out).toContain('# - aliases.gpt-4o: left out');
    expect(out).toContain('os.environ/AZURE_EU_KEY');
  });

  test('to llama-swap and back keeps engines', async () => {
    const { first, out, again } = await around('llama-swap', 'llama-swap.yaml');
    expect(again['engines']).toEqual(first['engines']);
    expect(again['aliases']).toMatchObject({ fast: 'coder', 'gpt-4o-mini': 'coder' });
    expect(out).toContain('# - providers.big: left out');
  });
});
