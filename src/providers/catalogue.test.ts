import { describe, expect, test } from 'vitest';
import { configFrom } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { upstreamDialects } from '../dialects/index.ts';
import { complete } from './catalogue.ts';
import { QUIRKS } from './quirks.ts';
import { KEYED, LOCAL, NAMED, ROWS } from './rows.ts';
import { join } from './url.ts';

const dialects = upstreamDialects.map(({ name }) => name);
const load = (providers: Record<string, unknown>, env = {}) => configFrom({ providers }, { env, dialects }).providers;

/** What the loader says of one provider, without its place. */
function problems(provider: unknown, env = {}): string[] {
  try {
    load({ up: provider }, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path.slice(2).join('.')} ${message}`);
  }
}

describe('every row', () => {
  test('none has the name of another', () => {
    expect(ROWS).toHaveLength(LOCAL.length + KEYED.length + NAMED.length);
    expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
    expect(ROWS.length).toBeGreaterThan(20);
  });

  test.each(ROWS.map((row) => [row.name, row] as const))('%s is complete by its name, its variables and its models', (name, row) => {
    const variables = [...(row.variables ?? []).slice(0, 1), ...Object.values(row.fills ?? {}).map(([first]) => first!)];
    const env = { ...Object.fromEntries(variables.map((one) => [one, 'value-1'])), GOOGLE_APPLICATION_CREDENTIALS: '/a.json' };
    const { up } = load({ up: { use: name, ...(row.unlisted && { models: ['m'] }) } }, env);
    expect(up).toMatchObject({ dialect: row.dialect, zone: row.zone });
    expect(up!.url).not.toMatch(/[{}]/);
    expect(up!.quirks ?? []).toEqual(row.quirks ?? []);
    if (row.variables) expect(up!.key).toBe('value-1');
    expect((row.quirks ?? []).filter((quirk) => !(quirk in QUIRKS))).toEqual([]);
    expect(row).toMatchObject({
      source: expect.stringMatching(/^https:\/\//),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      tried: expect.any(Boolean),
    });
  });
});

test('the file’s own words win, its quirks come on top', () => {
  const own = { use: 'groq', key: 'mine', url: 'https://proxy.example/v1', zone: 'leased', quirks: ['top-k'], headers: { a: 'b' } };
  expect(load({ up: own }, { GROQ_API_KEY: 'other' })['up']).toMatchObject({
    dialect: 'openai-chat',
    key: 'mine',
    url: 'https://proxy.example/v1',
    zone: 'leased',
    quirks: ['strict-messages', 'top-k'],
  });
});

describe('addresses', () => {
  const url = (provider: object) => load({ up: { models: ['m'], key: 'k', ...provider } })['up']!;
  test.each([
    [{ use: 'amazon-bedrock', region: 'eu-west-1' }, 'https://bedrock-runtime.eu-west-1.amazonaws.com'],
    [{ use: 'azure-openai', resource: 'mine' }, 'https://mine.openai.azure.com/openai/v1'],
    [
      { use: 'vertex', project: 'p', region: 'us-east5' },
      'https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/google',
    ],
    [
      { use: 'vertex-anthropic', project: 'p', region: 'global' },
      'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/anthropic',
    ],
  ])('%j', (provider, expected) => expect(url(provider).url).toBe(expected));

  test('a list of models elsewhere belongs to the catalogue’s own address', () => {
    expect(url({ use: 'amazon-bedrock', region: 'eu-west-1' }).listing).toMatch(/^https:\/\/bedrock\.eu-west-1\.amazonaws\.com\//);
    expect(url({ use: 'amazon-bedrock', region: 'eu-west-1', url: 'http://vpc.example' }).listing).toBeUndefined();
  });

  test('an api-version in the base is the version', () => {
    expect(join('https://h/inference?api-version=1', '/v1/chat/completions')).toBe('https://h/inference/chat/completions?api-version=1');
    expect(join('https://h/openai/deployments/d?api-version=1', '/v1/models?a=b')).toBe(
      'https://h/openai/deployments/d/models?api-version=1&a=b',
    );
  });
});

describe('credentials', () => {
  const AWS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token', AWS_REGION: 'eu-west-1' };

  test('of the environment, a session’s token with its own key only', () => {
    expect(load({ up: { use: 'amazon-bedrock' } }, AWS)['up']).toMatchObject({
      auth: 'aws-sigv4',
      service: 'bedrock',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
    });
    const own = { access_key_id: 'own', secret_access_key: 'own-secret' };
    expect(load({ up: { use: 'amazon-bedrock', credentials: own } }, AWS)['up']!.credentials).toEqual({
      accessKeyId: 'own',
      secretAccessKey: 'own-secret',
    });
  });

  test('a file counts from the folder of the configuration', () => {
    const vertex = { use: 'vertex', project: 'p', region: 'global', models: ['m'], credentials: { file: 'keys/a.json' } };
    const { providers } = configFrom({ providers: { up: vertex } }, { dialects, cwd: '/home/x' });
    expect(providers['up']!.credentials).toEqual({ file: '/home/x/keys/a.json' });
  });

  test('a key takes their place', () => {
    const { up } = load({ up: { use: 'amazon-bedrock' } }, { ...AWS, AWS_BEARER_TOKEN_BEDROCK: 'k' });
    expect(up).toMatchObject({ key: 'k' });
    expect(up).not.toHaveProperty('credentials');
  });
});

describe('what is missing is named with its mend', () => {
  test.each<[string, object, Record<string, string>, string[]]>([
    ['a key', { use: 'groq' }, {}, ['key is missing: Groq wants one. Set it here or in GROQ_API_KEY']],
    [
      'region and credentials',
      { use: 'amazon-bedrock' },
      {},
      [
        'region is missing: the address of Amazon Bedrock (Converse) has it. Set it here or in AWS_REGION or AWS_DEFAULT_REGION',
        'credentials has no access_key_id and no secret_access_key. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a key (AWS_BEARER_TOKEN_BEDROCK)',
      ],
    ],
    [
      'half a credential',
      { use: 'amazon-bedrock', region: 'r' },
      { AWS_ACCESS_KEY_ID: 'id' },
      ['credentials has no secret_access_key. Set AWS_SECRET_ACCESS_KEY, or a key (AWS_BEARER_TOKEN_BEDROCK)'],
    ],
    [
      'project, models and account',
      { use: 'vertex', region: 'us-east5' },
      {},
      [
        'project is missing: the address of Vertex AI, Gemini has it. Set it here or in GOOGLE_CLOUD_PROJECT',
        'models is missing: Vertex AI, Gemini does not list what your account can ask for. Name its models here',
        'credentials has no file. Set GOOGLE_APPLICATION_CREDENTIALS',
      ],
    ],
    [
      'what a signature names',
      {
        dialect: 'bedrock',
        url: 'http://h',
        zone: 'vendor',
        auth: 'aws-sigv4',
        credentials: { access_key_id: 'a', secret_access_key: 'b' },
      },
      {},
      ['region is missing: the signature of a request names it', 'service is missing: the signature of a request names it'],
    ],
  ])('%s', (_, provider, env, expected) => expect(problems(provider, env).sort()).toEqual([...expected].sort()));

  test('a name that is none', () => {
    expect(problems({ use: 'grok' })[0]).toMatch(/^use no provider of the catalogue is called "grok"; did you mean "groq"\?/);
    expect(problems({ use: 'zzzzzz' })[0]).toMatch(/it has vllm, /);
  });

  test('a model server of one’s own needs nothing', () => expect(problems({ use: 'vllm' })).toEqual([]));
});

test('what is no provider is left to the schema', () => {
  for (const given of [null, 'text', [], 3]) expect(complete(given, {})).toEqual({ provider: given, lacks: [] });
});
