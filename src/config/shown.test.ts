import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { configFrom, loadConfig } from './load.ts';
import { provenanceOf } from './provenance.ts';
import { configJsonSchema } from './schema.ts';
import { shownSettings } from './shown.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function load(text: string, env: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'freehold-shown-'));
  folders.push(cwd);
  writeFileSync(join(cwd, 'freehold.yaml'), text);
  const loaded = loadConfig({ cwd, env, flags: { port: '8123' }, dialects: ['openai-chat', 'anthropic'] });
  return { ...loaded, rows: shownSettings(loaded.config, provenanceOf(loaded, [], 0), configJsonSchema([])) };
}

const CANARY = 'tr0ub4dor-and-3';
const HASH = `sha256:${'0'.repeat(60)}cafe`;

const FILE = `
server: { body_limit_mib: 12 }
admin: { key: "${HASH}" }
keys:
  alice: "${HASH}"
  bob: { hash: "${HASH}", budget: 20/day, metadata: { note: plain } }
providers:
  box:
    dialect: openai-chat
    url: http://box:8080/v1
    zone: own
    key: ${CANARY}
    headers: { x-team: ${CANARY}, cookie: "\${BOX_COOKIE}" }
  cloud:
    dialect: openai-chat
    url: https://cloud.example/v1?api-key=${CANARY}
    zone: vendor
    auth: google
    credentials: { file: ./robot.json }
  other: { dialect: openai-chat, url: "http://o:1", zone: own, key: "\${OTHER_KEY}" }
store: { url: "postgres://ada:${CANARY}@db:5432/freehold" }
egress: { words: { codenames: [Falcon ${CANARY}] }, patterns: { ticket: "${CANARY}[0-9]" } }
aliases: { fast: [box/a, other/b] }
`;

describe('settings as people may see them', () => {
  it('say where each comes from', () => {
    const { rows } = load(FILE, { BOX_COOKIE: CANARY, OTHER_KEY: CANARY, FREEHOLD_ADMIN_KEY: `${CANARY}-${CANARY}` });
    const of = (path: string) => rows.find((row) => row.path === path);
    expect(of('server.port')).toMatchObject({ value: '8123', source: '--port' });
    expect(of('server.body_limit_mib')).toMatchObject({ value: '12', source: 'file' });
    expect(of('server.host')).toMatchObject({ value: '127.0.0.1', source: 'default' });
    expect(of('keys.bob.budget')).toMatchObject({ value: '20/day', source: 'file' });
    expect(of('aliases.fast')).toMatchObject({ value: '["box/a","other/b"]' });
    expect(of('admin.key')).toMatchObject({ value: '••••••', source: 'FREEHOLD_ADMIN_KEY' });
    // A secret that a variable holds is told by the variable's name.
    expect([of('providers.other.key'), of('providers.box.headers.cookie')]).toMatchObject([
      { value: `\${OTHER_KEY}` },
      { value: `\${BOX_COOKIE}` },
    ]);
    expect(of('providers.cloud.credentials.file')).toMatchObject({ value: './robot.json' });
    expect(of('store.url')).toMatchObject({ value: 'postgres://••••••@db:5432/freehold' });
  });

  it('never hold a secret, wherever it comes from', () => {
    const env = { BOX_COOKIE: CANARY, OTHER_KEY: CANARY, FREEHOLD_KEY: CANARY, FREEHOLD_ADMIN_KEY: `${CANARY}-${CANARY}` };
    const { rows, config } = load(FILE, env);
    for (const shown of [rows, shownSettings(config, undefined, configJsonSchema([]))]) {
      const text = JSON.stringify(shown);
      expect(shown.length).toBeGreaterThan(10);
      for (const secret of [CANARY, 'cafe', 'Falcon']) expect(text).not.toContain(secret);
    }
  });

  it('hide what looks like a secret in a place where nobody expects one', () => {
    const token = `ghp_${'k3Jd82hfQp0ZxVb71LmNc4RtYw95GsHuEa6T'}`;
    const { rows } = load(`aliases: { fast: "${token}" }`);
    expect(rows.find(({ path }) => path === 'aliases.fast')).toMatchObject({ value: '••••••' });
  });

  it('of a program are all its own', () => {
    const rows = shownSettings(configFrom({ server: { port: 1 } }), undefined, configJsonSchema([]));
    expect(rows.find(({ path }) => path === 'server.port')).toEqual({ path: 'server.port', value: '1', source: 'program' });
  });
});
