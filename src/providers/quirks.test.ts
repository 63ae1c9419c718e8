import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MODEL_QUIRKS, QUIRKS, quirksOf } from './quirks.ts';

/** What reads quirks: the dialects, and the help that answers get before they are written. */
const code = ['../dialects/', '../protocol/']
  .map((name) => new URL(name, import.meta.url))
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .map((path) => readFileSync(new URL(path, folder), 'utf8')),
  )
  .join('\n');

test.each(Object.keys(QUIRKS))('%s is read', (name) => expect(code).toContain(`'${name}'`));

test('what dialects read is listed', () => {
  const read = [...code.matchAll(/quirks\??\.has\('([^']+)'\)/g)].map(([, name]) => name!);
  expect(read.length).toBeGreaterThan(3);
  expect(read.filter((name) => !(name in QUIRKS))).toEqual([]);
});

test('rows name known quirks, a source and a date', () => {
  for (const row of MODEL_QUIRKS) {
    expect(row.quirks.filter((name) => !(name in QUIRKS))).toEqual([]);
    expect(row).toMatchObject({ source: expect.stringMatching(/.{20}/), date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
  }
});

test.each([
  ['claude-opus-4-5-20251101', []],
  ['claude-3-5-sonnet-20241022', []],
  ['claude-sonnet-4-6', ['thinking-adaptive']],
  ['claude-opus-5', ['thinking-adaptive']],
  ['claude-opus-5-5', ['thinking-adaptive', 'thinking-always']],
  ['o4-mini', ['max-completion-tokens', 'developer-role']],
  ['gpt-4o', ['no-sealed-reasoning']],
  ['grok-4.20-reasoning', ['no-effort']],
  ['grok-4.3', []],
  ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', ['thinking-budget', 'cache-points', 'top-k']],
  ['us.anthropic.claude-opus-4-6-v1', ['thinking-budget', 'cache-points', 'top-k', 'thinking-adaptive']],
  ['gpt-oss-20b', ['thinking-level', 'thinks']],
  ['qwen3', []],
  ['Qwen/Qwen2.5-Coder-7B', ['printed-calls', 'leaked-tokens', 'fim-pipes']],
  ['qwen3-coder', ['fim-pipes']],
  ['gemini-2.5-flash', []],
  ['gemini-2.5-pro', ['thinking-always']],
  ['gemini-3-pro-preview', ['thinking-level', 'thinking-always']],
  ['gemini-3-flash', ['thinking-level']],
  ['gemini-2.0-flash', ['api-schemas']],
  ['codestral-latest', ['short-call-ids', 'fim-brackets']],
  ['deepseek-coder-v2', ['fim-holes', 'leaked-tokens']],
])('%s: %j', (model, quirks) => expect([...(quirksOf(model) ?? [])]).toEqual(quirks));

test('a model’s own come on top of its provider’s, each once', () => {
  expect([...quirksOf('gpt-4o', ['top-k'], ['top-k', 'effort-none'])!]).toEqual(['no-sealed-reasoning', 'top-k', 'effort-none']);
  expect(quirksOf('x', undefined, [])).toBeUndefined();
});
