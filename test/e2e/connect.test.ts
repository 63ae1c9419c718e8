import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { parse as parseToml } from 'smol-toml';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { runs } from '../../src/cli/fixtures/shell.ts';
import { keyLine } from '../../src/config/load.ts';
import { locate, type Tool } from '../../src/connect/tool.ts';
import { tools } from '../../src/connect/tools.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, sse } from '../fake/upstream.ts';

let upstream: FakeUpstream;
let open: Started;
const stops: (() => unknown)[] = [];

const providers = () => ({
  box: { dialect: 'openai-chat', url: `${upstream.url}/v1`, zone: 'own', models: { coder: { context: 65_536 } } },
});

beforeAll(async () => {
  upstream = await FakeUpstream.start(sse([chat.start(), chat.text('Hello.'), chat.stop(), chat.done]));
  open = await startGateway({ providers: providers() });
});
afterAll(async () => {
  await open.gateway.close();
  await upstream.stop();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const newHome = () => mkdtempSync(join(tmpdir(), 'freehold-home-'));
const envOf = (home: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ HOME: home, SHELL: '/bin/bash', PATH: '', ...more });
const placesOf = (tool: Tool, home: string) =>
  tool.files.map(({ path, format }) => ({
    format,
    path: locate(path.at(-1)!, { folder: home, env: envOf(home), platform: process.platform }),
  }));

/** All below a folder: what files hold, their permissions, and links as links. */
function tree(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const kept = relative(folder, path);
    if (kept === '.local' || kept.startsWith(join('.local', 'share'))) continue;
    const mode = (lstatSync(path).mode & 0o777).toString(8);
    found[kept] = entry.isFile() ? `${mode} ${readFileSync(path).toString('base64')}` : entry.isSymbolicLink() ? 'link' : 'folder';
  }
  return found;
}

/** @returns a parsed line of JSON */
async function command(argv: string[], home: string, more: NodeJS.ProcessEnv = {}) {
  const ran = await runs([...argv, '--json'], { env: envOf(home, more), cwd: home });
  return { ...ran, said: JSON.parse(ran.out || '{}') as Record<string, unknown> & { error?: { message: string } } };
}

const withFiles = tools().filter(({ files }) => files.length > 0);
const names = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
const words = fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map((text) => text.replace(/[^\w .#-]/g, ''));

/** Files as people leave them: comments, either line end, with and without the last one, empty. */
const EXISTING: Record<Tool['files'][number]['format'], fc.Arbitrary<string>> = {
  json: fc
    .tuple(
      fc.dictionary(names, fc.oneof(words, fc.integer(), fc.boolean(), fc.array(words), fc.dictionary(names, words))),
      words,
      fc.boolean(),
    )
    .map(([value, comment, comma]) => {
      const text = JSON.stringify(value, null, 2);
      const trailed = comma && Object.keys(value).length ? text.replace(/\n\}$/, ',\n}') : text;
      return `// ${comment}\n${trailed}\n/* ${comment} */\n`;
    }),
  toml: fc
    .tuple(fc.dictionary(names, words, { maxKeys: 4 }), fc.dictionary(names, words, { maxKeys: 3 }), words, fc.boolean())
    .map(([top, inner, comment, hasModel]) => {
      const lines = (of: Record<string, string>) =>
        Object.entries(of).map(([key, value]) => `${key} = ${JSON.stringify(value)} # ${comment}`);
      const own = hasModel ? ['model_provider = "other" # mine'] : [];
      return [`# ${comment}`, ...own, ...lines(top), '', `[table_${Object.keys(inner)[0] ?? 'x'}]`, ...lines(inner), ''].join('\n');
    }),
  yaml: fc.tuple(fc.dictionary(names, words, { maxKeys: 4 }), words).map(
    ([value, comment]) =>
      `# ${comment}\n${Object.entries(value)
        .map(([key, one]) => `${key}: ${JSON.stringify(one)} # ${comment}\n`)
        .join('')}`,
  ),
  dotenv: fc.array(fc.tuple(names, words)).map((all) => all.map(([key, value]) => `${key.toUpperCase()}="${value}"\n`).join('# note\n')),
  shell: fc.array(words).map((all) => all.map((one) => `# ${one}\nexport OPENAI_API_KEY=old\n`).join('')),
};

describe('connect and disconnect', () => {
  it.each(withFiles.map((tool) => [tool.label, tool] as const))('%s: files are byte-identical afterwards', async (_, tool) => {
    const formats = placesOf(tool, '').map(({ format }) =>
      fc.option(fc.oneof({ weight: 5, arbitrary: EXISTING[format] }, { weight: 1, arbitrary: fc.constant('') }), { nil: undefined }),
    );
    await fc.assert(
      fc.asyncProperty(fc.tuple(...formats), fc.boolean(), fc.boolean(), fc.boolean(), async (texts, isCrlf, isCut, isMarked) => {
        const home = newHome();
        placesOf(tool, home).forEach(({ path, format }, index) => {
          let text = texts[index];
          if (text === undefined) return;
          if (tool.name === 'copilot') text = `[\n  // mine\n  { "vendor": "ollama", "name": "Other" }\n]\n`;
          if (isCut) text = text.replace(/\n$/, '');
          if (isCrlf) text = text.replaceAll('\n', '\r\n');
          if (isMarked && format === 'json' && text) text = `\uFEFF${text}`;
          mkdirSync(dirname(path), { recursive: true });
          writeFileSync(path, text);
          chmodSync(path, isCut ? 0o640 : 0o600);
        });
        const before = tree(home);
        const connected = await command(['connect', tool.name, '--yes', '--no-test', '--url', open.url], home);
        expect(connected).toMatchObject({ code: 0, said: { connected: true } });
        expect(tree(home)).not.toEqual(before);
        const undone = await command(['disconnect', tool.name], home);
        expect(undone.code, undone.out).toBe(0);
        expect(tree(home)).toEqual(before);
      }),
      { numRuns: 25 },
    );
  });

  it.each(tools().map((tool) => [tool.label, tool] as const))('%s: its door answers', async (_, tool) => {
    const home = newHome();
    const { code, said, err } = await command(['connect', tool.name, '--yes', '--url', open.url], home);
    expect(said, err).toMatchObject({ test: { ok: true }, url: open.url });
    expect(code).toBe(0);
    expect(JSON.stringify(said['steps'])).not.toMatch(/\{(url|key|model|window|each)\}/);
  });

  it('keeps what a file says beside it, comments and line ends', async () => {
    const home = newHome();
    mkdirSync(join(home, '.codex'));
    const file = join(home, '.codex', 'config.toml');
    writeFileSync(file, '# mine\r\nmodel = "gpt-5.5" # best\r\n\r\n[features]\r\nplugins = false');
    await command(['connect', 'codex', '--yes', '--url', open.url, '--model', 'coder'], home);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('model = "coder" # best\r\n');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    expect(parseToml(text)).toMatchObject({
      model: 'coder',
      model_provider: 'freehold',
      features: { plugins: false },
      model_providers: { freehold: { base_url: `${open.url}/v1`, wire_api: 'responses' } },
    });
  });

  it('adds to a list, and says what models there are', async () => {
    const home = newHome();
    mkdirSync(join(home, '.continue'));
    const file = join(home, '.continue', 'config.yaml');
    writeFileSync(file, 'name: mine\nversion: 1.0.0\nmodels:\n  # the old one\n  - name: Other\n    provider: x\n    model: y\n');
    await command(['connect', 'continue', '--yes', '--url', open.url], home);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('# the old one');
    expect(parseYaml(text)).toMatchObject({ name: 'mine', models: [{ name: 'Other' }, { name: 'Freehold', apiBase: `${open.url}/v1` }] });
    await command(['connect', 'zed', '--yes', '--url', open.url], home);
    const zed = JSON.parse(readFileSync(join(home, '.config', 'zed', 'settings.json'), 'utf8')) as {
      language_models: { openai_compatible: { Freehold: { available_models: { name: string; max_tokens: number }[] } } };
    };
    expect(zed.language_models.openai_compatible.Freehold.available_models).toContainEqual(
      expect.objectContaining({ name: 'box/coder', max_tokens: 65_536 }),
    );
  });

  it('goes through links and leaves them links', async () => {
    const home = newHome();
    mkdirSync(join(home, 'dotfiles'));
    mkdirSync(join(home, '.claude'));
    writeFileSync(join(home, 'dotfiles', 'settings.json'), '{}');
    symlinkSync(join(home, 'dotfiles', 'settings.json'), join(home, '.claude', 'settings.json'));
    const before = tree(home);
    await command(['connect', 'claude-code', '--yes', '--url', open.url], home);
    expect(readFileSync(join(home, 'dotfiles', 'settings.json'), 'utf8')).toContain(open.url);
    expect(lstatSync(join(home, '.claude', 'settings.json')).isSymbolicLink()).toBe(true);
    await command(['disconnect', 'claude-code'], home);
    expect(tree(home)).toEqual(before);
  });

  it('refuses to undo what changed since, and with --force keeps it beside', async () => {
    const home = newHome();
    await command(['connect', 'claude-code', '--yes', '--url', open.url], home);
    const file = join(home, '.claude', 'settings.json');
    writeFileSync(file, '{"mine": true}');
    const refused = await command(['disconnect', 'claude-code'], home);
    expect(refused.code).toBe(1);
    expect(refused.said.error?.message).toContain(`${file} changed after`);
    expect(readFileSync(file, 'utf8')).toBe('{"mine": true}');
    const forced = await command(['disconnect', 'claude-code', '--force'], home);
    expect(forced.said).toMatchObject({ kept: [`${file}.before-disconnect`] });
    expect(existsSync(file)).toBe(false);
    expect(readFileSync(`${file}.before-disconnect`, 'utf8')).toBe('{"mine": true}');
  });

  it.each([
    ['claude-code', '.claude/settings.json', '{"env": ', /no valid JSON in line 1/],
    ['claude-code', '.claude/settings.json', '"text"', /single value/],
    ['codex', '.codex/config.toml', 'model = ', /no valid TOML/],
    ['codex', '.codex/config.toml', 'model_providers = { other = { name = "x" } }\n', /put these in by hand:\n.*freehold/],
    ['continue', '.continue/config.yaml', 'models: {a: b}\n', /where a list should be/],
    ['aider', '.aider.conf.yml', '- a\n', /no settings by name/],
  ])('%s: leaves %s alone when it holds %s', async (tool, path, text, message) => {
    const home = newHome();
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
    const before = tree(home);
    const { code, said } = await command(['connect', tool, '--yes', '--url', open.url], home);
    expect(code).toBe(1);
    expect(said.error?.message).toMatch(message);
    expect(tree(home)).toEqual(before);
  });

  it('only looks with --dry-run, and writes nothing unasked', async () => {
    const home = newHome();
    const looked = await runs(['connect', 'codex', '--dry-run', '--url', open.url], { env: envOf(home), cwd: home });
    expect(looked).toMatchObject({ code: 0, out: expect.stringContaining('+ model_provider = "freehold"') });
    const unasked = await command(['connect', 'codex', '--url', open.url], home);
    expect(unasked.said.error?.message).toContain('--yes');
    expect(existsSync(join(home, '.codex'))).toBe(false);
  });

  it('shows no key, old or new', async () => {
    const home = newHome();
    writeFileSync(join(home, '.bashrc'), 'export OPENAI_API_KEY=sk-old-secret-of-mine\n');
    const { out, err, code } = await runs(['connect', 'shell', '--dry-run', '--url', open.url, '--key', 'sk-new-secret'], {
      env: envOf(home),
      cwd: home,
    });
    expect(code).toBe(0);
    expect(out).toContain('- export OPENAI_API_KEY=<hidden>');
    expect(out).toContain('+ export OPENAI_API_KEY=<key>');
    expect(out + err).not.toMatch(/sk-/);
  });

  it('says that no gateway runs', async () => {
    const home = newHome();
    writeFileSync(join(home, 'freehold.yaml'), 'server: { port: 9 }\n');
    const { code, said } = await command(['connect', 'codex', '--yes'], home);
    expect(code).toBe(1);
    expect(said.error?.message).toMatch(/No gateway runs at http:\/\/127\.0\.0\.1:9\..*freehold up/);
  });

  it('lists tools with their state', async () => {
    const home = newHome();
    await command(['connect', 'opencode', '--yes', '--url', open.url], home);
    const { said } = await command(['connect'], home);
    expect(said).toContainEqual(expect.objectContaining({ name: 'opencode', url: open.url, changed: [] }));
    expect(said).toHaveLength(13);
    expect((await command(['connect', 'opencode', '--yes'], home)).said.error?.message).toMatch(/is connected to/);
    expect((await command(['connect', 'emacs'], home)).said.error?.message).toMatch(/no tool "emacs"\. Tools: claude-code,/);
  });
});

describe('with keys on', () => {
  it('makes a key for the tool, and revokes it', async () => {
    const admin = 'an-admin-key-of-some-length';
    const locked = await startGateway({
      data: newHome(),
      providers: providers(),
      keys: { someone: { hash: keyLine('k') } },
      admin: { key: keyLine(admin) },
    });
    stops.push(() => locked.gateway.close());
    const home = newHome();
    const refused = await command(['connect', 'claude-code', '--yes', '--url', locked.url], home);
    expect(refused.said.error?.message).toMatch(/FREEHOLD_ADMIN_KEY[\s\S]*--key/);
    const env = { FREEHOLD_ADMIN_KEY: admin };
    const { said } = await command(['connect', 'claude-code', '--yes', '--url', locked.url], home, env);
    expect(said).toMatchObject({ connected: true, test: { ok: true } });
    const file = join(home, '.claude', 'settings.json');
    const key = (JSON.parse(readFileSync(file, 'utf8')) as { env: { ANTHROPIC_AUTH_TOKEN: string } }).env.ANTHROPIC_AUTH_TOKEN;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(said)).not.toContain(key);
    const asked = () => fetch(`${locked.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    expect((await asked()).status).toBe(200);
    expect((await command(['disconnect', 'claude-code'], home, env)).said).toMatchObject({ revoked: true });
    expect((await asked()).status).toBe(401);
  });
});
