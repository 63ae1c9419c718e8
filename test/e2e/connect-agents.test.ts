import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runs } from '../../src/cli/fixtures/shell.ts';
import { agents } from '../agents/agents.ts';
import { placeOf } from '../agents/install.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, sse } from '../fake/upstream.ts';

/** Real tools with nothing but what `connect` wrote: no variable, no option names the gateway, its key or a model. */

const LIMIT = 180_000;
const KEY = 'k-of-the-one-who-connects';
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Case {
  tool: string;
  /** The client of the agents' drive that shows where its program is. */
  client: string;
  args: (prompt: string) => string[];
  env: Record<string, string>;
  /** A file of its home that was there before, relative to it. */
  had?: { path: string; text: string };
}

const CASES: readonly Case[] = [
  {
    tool: 'claude-code',
    client: 'claude-code',
    args: (prompt) => ['-p', prompt, '--output-format', 'text'],
    env: { IS_SANDBOX: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' },
  },
  {
    tool: 'codex',
    client: 'codex',
    args: (prompt) => ['exec', '--dangerously-bypass-approvals-and-sandbox', '--skip-git-repo-check', prompt],
    env: {},
  },
  {
    tool: 'opencode',
    client: 'opencode-chat',
    args: (prompt) => ['run', '--pure', prompt],
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    },
  },
  {
    tool: 'gemini-cli',
    client: 'gemini-cli',
    args: (prompt) => ['--yolo', '--skip-trust', '--output-format', 'text', '-p', prompt],
    env: { GEMINI_CLI_TRUST_WORKSPACE: 'true', GEMINI_TELEMETRY_ENABLED: 'false' },
    // Without these it waits for hosts that a machine without network does not reach.
    had: {
      path: '.gemini/settings.json',
      text: '{\n  // mine\n  "privacy": { "usageStatisticsEnabled": false },\n  "general": { "enableAutoUpdate": false, "disableAutoUpdate": true, "enableAutoUpdateNotification": false }\n}\n',
    },
  },
  {
    tool: 'qwen-code',
    client: 'qwen-code-openai',
    args: (prompt) => ['--yolo', '--output-format', 'text', '-p', prompt],
    env: { QWEN_CODE_SUPPRESS_YOLO_WARNING: '1' },
  },
];

/** How the program of a client is started; undefined where it is not installed. */
function program(name: string): { file: string; lead: string[] } | undefined {
  const client = agents.find((one) => one.name === name)!;
  const installed = placeOf(client);
  if (!existsSync(join(installed, 'node_modules', client.package))) return undefined;
  const { file, args } = client.command({ url: '', key: '', model: '', prompt: '', stream: true, home: '', installed, picture: '' });
  // A script stands behind Node; a program stands alone.
  return { file, lead: file === process.execPath ? args.slice(0, 1) : [] };
}

function execute(file: string, args: string[], env: Record<string, string>, cwd: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT - 20_000 });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe('a real tool after connect', () => {
  for (const { tool, client, args, env, had } of CASES) {
    const found = program(client);
    if (!found) console.warn(`SKIPPED: ${tool} is not installed; "npm run test:agents" fetches it`);
    it.skipIf(!found)(`${tool} is answered by the gateway, and disconnect leaves its home as it was`, { timeout: LIMIT }, async () => {
      const { file, lead } = found!;
      const upstream = await FakeUpstream.start(
        sse([chat.start(), chat.text('The harbour is '), chat.text('open.'), chat.stop(), chat.done]),
      );
      stops.push(() => upstream.stop());
      const { gateway, url, records } = await startGateway({
        keys: { me: { hash: `sha256:${createHash('sha256').update(KEY).digest('hex')}` } },
        providers: { box: { dialect: 'openai-chat', url: `${upstream.url}/v1`, zone: 'own', models: { coder: { context: 200_000 } } } },
      });
      stops.push(() => gateway.close());
      const home = mkdtempSync(join(tmpdir(), 'freehold-tool-'));
      const work = join(home, 'work');
      mkdirSync(work);
      execFileSync('git', ['init', '-q', work]);
      if (had) {
        mkdirSync(dirname(join(home, had.path)));
        writeFileSync(join(home, had.path), had.text);
      }
      const shell = { HOME: home, SHELL: '/bin/bash', PATH: '' };
      const connected = await runs(['connect', tool, '--yes', '--url', url, '--key', KEY, '--json'], { env: shell, cwd: work });
      expect(connected.code, connected.out + connected.err).toBe(0);
      records.length = 0;
      const ran = await execute(
        file,
        [...lead, ...args('Is the harbour open? Answer in one sentence.')],
        { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home, TERM: 'dumb', CI: '1', NO_COLOR: '1', ...env },
        work,
      );
      expect(ran.output, JSON.stringify(records.map(({ asked, status }) => [asked, status]))).toContain('The harbour is open.');
      expect(records.length).toBeGreaterThan(0);
      expect(records.every(({ status }) => status === 200)).toBe(true);
      // Some tools write into their settings themselves, which is a change like any other.
      const undone = await runs(['disconnect', tool, '--force', '--json'], { env: shell, cwd: work });
      expect(undone.code, undone.out).toBe(0);
      const { files } = JSON.parse(undone.out) as { files: string[] };
      for (const path of files)
        expect(had && path.endsWith(had.path) ? readFileSync(path, 'utf8') : existsSync(path)).toBe(
          had && path.endsWith(had.path) ? had.text : false,
        );
      for (const entry of readdirSync(home, { recursive: true, withFileTypes: true }))
        if (entry.isFile() && /settings\.json$|config\.toml$|\.env$|opencode\.json$/.test(entry.name))
          expect(readFileSync(join(entry.parentPath, entry.name), 'utf8')).not.toContain(KEY);
    });
  }
});
