import { expect, test } from 'vitest';
import { dialects } from '../dialects/index.ts';
import { discover } from './discover.ts';
import { providerSchema } from './provider.ts';
import { KEYED, LOCAL } from './rows.ts';

const nobody = async () => undefined;
const list = (...ids: string[]) => ({ object: 'list', data: ids.map((id) => ({ id })) });

test('every row is a valid provider and no two have a name, a port or a variable in common', () => {
  for (const { dialect, url, zone } of [...LOCAL, ...KEYED]) {
    expect(providerSchema.safeParse({ dialect, url, zone }).error).toBeUndefined();
    expect(dialects.map((one) => one.name)).toContain(dialect);
  }
  for (const values of [[...LOCAL, ...KEYED].map((row) => row.name), LOCAL.map((row) => row.url), KEYED.flatMap((row) => row.variables)])
    expect(new Set(values).size).toBe(values.length);
  expect(KEYED.every((row) => row.url.startsWith('https://'))).toBe(true);
});

test('servers on the usual ports are found, asked at /v1/models, own ones before keys', async () => {
  const asked: string[] = [];
  const { providers, notes } = await discover({ OPENAI_API_KEY: ' sk-x\r\n' }, async (url) => {
    asked.push(url);
    return url.includes(':11434/') ? list('qwen3:latest') : url.includes(':8000/') ? list('a', 'b') : undefined;
  });
  expect(asked.sort()).toEqual([
    'http://127.0.0.1:11434/v1/models',
    'http://127.0.0.1:1234/v1/models',
    'http://127.0.0.1:30000/v1/models',
    'http://127.0.0.1:8000/v1/models',
    'http://127.0.0.1:8080/v1/models',
  ]);
  expect(Object.keys(providers)).toEqual(['vllm', 'ollama', 'openai']);
  expect(providers['ollama']).toEqual({ use: 'ollama', dialect: 'ollama', url: 'http://127.0.0.1:11434', zone: 'own' });
  expect(providers['openai']).toMatchObject({ key: 'sk-x', zone: 'vendor' });
  expect(notes).toEqual(['vLLM at 127.0.0.1:8000 with 2 models', 'Ollama at 127.0.0.1:11434 with 1 model', 'OpenAI by OPENAI_API_KEY']);
});

test.each([
  ['a web page', '<html>hello</html>'],
  ['another JSON', { status: 'ok' }],
  ['an error', { error: { message: 'no' } }],
  ['a list of something else', { data: [{ name: 'x' }] }],
])('a port that answers with %s is left alone, and that is said', async (_, body) => {
  const { providers, notes } = await discover({}, async (url) => (url.includes(':8080/') ? body : undefined));
  expect(providers).toEqual({});
  expect(notes).toEqual(['127.0.0.1:8080 answers, but not with a list of models as llama.cpp does; it is left alone']);
});

test('a server without models yet is a server', async () => {
  for (const body of [list(), { object: 'list', data: null }])
    expect((await discover({}, async (url) => (url.includes(':11434/') ? body : undefined))).notes).toEqual([
      'Ollama at 127.0.0.1:11434 with 0 models',
    ]);
});

test('a probe that fails is nobody', async () => {
  expect((await discover({}, () => Promise.reject(new Error('boom')))).providers).toEqual({});
});

test.each(KEYED.map((row) => [row.name, row] as const))('%s is found by each of its variables, and not by blanks', async (name, row) => {
  for (const variable of row.variables) {
    expect((await discover({ [variable]: 'k' }, nobody)).providers).toHaveProperty(name, {
      dialect: row.dialect,
      url: row.url,
      zone: row.zone,
      key: 'k',
      use: name,
      ...(row.quirks && { quirks: row.quirks }),
    });
    expect((await discover({ [variable]: ' \n' }, nobody)).providers).toEqual({});
  }
});

test('a key that tools send elsewhere goes to nobody: it may be the key of this gateway', async () => {
  const env = { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://127.0.0.1:7411' };
  const { providers, notes } = await discover(env, nobody);
  expect(providers).toEqual({});
  expect(notes[0]).toMatch(/ANTHROPIC_API_KEY is left alone, because ANTHROPIC_BASE_URL/);
  expect(notes.join()).not.toContain('k"');
  const same = await discover({ ...env, ANTHROPIC_BASE_URL: 'https://api.anthropic.com/v1' }, nobody);
  expect(Object.keys(same.providers)).toEqual(['anthropic']);
});
