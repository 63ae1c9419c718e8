import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { tinyGguf } from '../../src/engines/fixtures/tiny-gguf.ts';
import { chat, FakeUpstream, json, silence, sse } from '../fake/upstream.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const LIMIT = 90_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Program {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  code: Promise<number | null>;
}

/** The real program in a process of its own, with its own cache folder and no way to the outside. */
function freehold(
  argv: string[],
  { cwd = folder(), env = {}, stdin }: { cwd?: string; env?: Record<string, string>; stdin?: string } = {},
): Program {
  const clean = {
    PATH: process.env['PATH'],
    HOME: cwd,
    XDG_CACHE_HOME: cwd,
    HF_ENDPOINT: 'http://127.0.0.1:9',
    PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
  };
  const child = spawn(process.execPath, [MAIN, ...argv], { cwd, env: { ...clean, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.end(stdin ?? '');
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  cleanups.push(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await code;
  });
  return { child, out: () => out, err: () => err, code };
}

function folder(config?: string): string {
  const made = mkdtempSync(join(tmpdir(), 'freehold-e2e-'));
  if (config !== undefined) writeFileSync(join(made, 'freehold.yaml'), config);
  return made;
}

async function upstream(...scripts: Parameters<typeof FakeUpstream.start>): Promise<FakeUpstream> {
  const fake = await FakeUpstream.start(...scripts);
  cleanups.push(() => fake.stop());
  return fake;
}

const boxAt = (url: string, more = '') =>
  `server: { port: 0 }\nproviders: { box: { dialect: openai-chat, url: "${url}/v1", zone: own } }\n${more}`;

/** `up` until its line of JSON. */
async function started(
  argv: string[],
  options: Parameters<typeof freehold>[1] = {},
): Promise<Program & { url: string; models: { model: string }[] }> {
  const program = freehold(['up', '--json', ...argv], options);
  await vi.waitFor(() => expect(program.out(), program.err()).toContain('\n'), { timeout: 30_000, interval: 50 });
  return { ...program, ...JSON.parse(program.out()) };
}

const answer = sse([chat.start(), chat.text('Hel'), chat.text('lo.'), chat.stop(), chat.done]);

describe('up', () => {
  test('says where it is, what it serves, one curl and how to point a tool at it; stops on a signal', { timeout: LIMIT }, async () => {
    const fake = await upstream(answer);
    const program = freehold(['up'], { cwd: folder(boxAt(fake.url)) });
    await vi.waitFor(() => expect(program.out(), program.err()).toContain('Point a tool at it'), { timeout: 30_000 });
    const [first, , second] = program.out().split('\n');
    const url = /^Freehold is ready at (http:\/\/127\.0\.0\.1:\d+)$/.exec(first!)![1]!;
    expect(second).toMatch(/^ {2}box\/fake {2}own .*this is "auto"$/);
    expect(program.out()).toContain(`curl ${url}/v1/chat/completions`);
    for (const path of ['/healthz', '/readyz']) expect((await fetch(url + path)).status).toBe(200);
    program.child.kill('SIGINT');
    expect(await program.code).toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('takes a changed file under running streams, and keeps the old one when the new is bad', { timeout: LIMIT }, async () => {
    const fake = await upstream(sse([chat.start(), chat.text('slow')], 'hang'), answer);
    const cwd = folder(boxAt(fake.url));
    const { url, err } = await started([], { cwd });
    const body = (model: string) => ({
      method: 'POST',
      body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'x' }] }),
    });
    const running = await fetch(`${url}/v1/chat/completions`, body('box/fake'));
    const reader = running.body!.getReader();
    await reader.read();
    writeFileSync(join(cwd, 'freehold.yaml'), boxAt(fake.url, 'aliases: { mine: bxo/fake }'));
    await vi.waitFor(() => expect(err()).toMatch(/not taken; the old one stays\.\n.*aliases\.mine.*did you mean "box"/), {
      timeout: 10_000,
    });
    writeFileSync(join(cwd, 'freehold.yaml'), boxAt(fake.url, 'aliases: { mine: box/fake }'));
    await vi.waitFor(async () => expect((await fetch(`${url}/v1/chat/completions`, body('mine'))).status).toBe(200), {
      timeout: 10_000,
      interval: 200,
    });
    expect(fake.seen.at(-1)!.body).toContain('"fake"');
    const still = await Promise.race([reader.read(), new Promise((resolve) => setTimeout(() => resolve('open'), 200))]);
    expect(still).toBe('open');
    await reader.cancel();
  });

  test('with nothing at all says in three lines what to do, and fails', { timeout: LIMIT }, async () => {
    const program = freehold(['up', '--port', '0']);
    expect(await program.code).toBe(1);
    const said = program.err();
    expect(said).toMatch(/^Nothing is configured/);
    expect(said).toMatch(/Freehold fetches a small model .*\(\d.*B, licence .*\)/);
    expect(said.trimEnd().split('\n').slice(-3)).toEqual([
      expect.stringMatching(/^Start a model server/),
      expect.stringMatching(/--model FILE\.gguf/),
      expect.stringMatching(/mirror/),
    ]);
    expect(said).not.toMatch(/^\s+at /m);
  });

  test('--no-pull fetches nothing', { timeout: LIMIT }, async () => {
    const program = freehold(['up', '--port', '0', '--no-pull']);
    expect(await program.code).toBe(1);
    expect(program.err()).toMatch(/--no-pull forbids/);
    expect(program.err()).not.toContain('Fetching');
  });

  test('fetches weights while /readyz tells how far it is, then serves them', { timeout: LIMIT }, async () => {
    const bytes = tinyGguf();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const server = createServer(async (_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length, 'accept-ranges': 'bytes' });
      for (const part of [1, 2]) {
        response.write(bytes.subarray(((part - 1) * bytes.length) / 4, (part * bytes.length) / 4));
        await new Promise((resume) => setTimeout(resume, 300));
      }
      await gate;
      response.end(bytes.subarray(bytes.length / 2));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    cleanups.push(() => server.close());
    const weights = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny.gguf`;
    const program = freehold(['up', '--port', '0', '--model', weights]);
    await vi.waitFor(() => expect(program.err()).toMatch(/Listening on (\S+); no model can answer yet/), { timeout: 30_000 });
    const url = /Listening on (\S+);/.exec(program.err())![1]!;
    await vi.waitFor(
      async () => {
        const waiting = await fetch(`${url}/readyz`);
        expect(waiting.status).toBe(503);
        expect(JSON.stringify(await waiting.json())).toMatch(/fetching http.*50%/);
      },
      { timeout: 10_000, interval: 100 },
    );
    const ask = () =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'auto', max_tokens: 4, messages: [{ role: 'user', content: 'x' }] }),
      });
    expect((await ask()).status).toBe(503);
    open();
    await vi.waitFor(() => expect(program.out(), program.err()).toContain('Freehold is ready'), { timeout: 60_000 });
    expect(program.out()).toContain('tiny/tiny');
    expect(program.err()).toMatch(/Fetched .*tiny\.gguf \(.* kB, licence cc0-1\.0\)/);
    expect((await ask()).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});

describe('ask', () => {
  test('streams from the gateway that runs, showing it the key', { timeout: LIMIT }, async () => {
    const fake = await upstream(answer);
    const cwd = folder(boxAt(fake.url));
    const env = { FREEHOLD_KEY: 'hunter2' };
    const { url } = await started([], { cwd, env });
    const there = { ...env, FREEHOLD_PORT: new URL(url).port };
    const asked = freehold(['ask', 'Say', 'hello.', '--system', 'Be brief.'], { cwd, env: there, stdin: 'piped\n' });
    expect(await asked.code).toBe(0);
    expect(asked.out()).toBe('Hello.\n');
    const { messages } = JSON.parse(fake.seen.at(-1)!.body);
    expect(JSON.stringify(messages)).toMatch(/Be brief\..*Say hello\.\\n\\npiped"/);
    const unknown = freehold(['ask', 'x'], { cwd, env: { FREEHOLD_PORT: there.FREEHOLD_PORT } });
    expect(await unknown.code).toBe(1);
    expect(unknown.err()).toMatch(/^That failed: .*key/);
  });

  test('starts a gateway of its own when none runs', { timeout: LIMIT }, async () => {
    const fake = await upstream(answer);
    const asked = freehold(['ask', '--json', 'hi'], { cwd: folder(boxAt(fake.url)) });
    expect(await asked.code).toBe(0);
    expect(JSON.parse(asked.out())).toMatchObject({ text: 'Hello.', finish: 'stop' });
  });

  test('a broken answer is a failure, with what came before it', { timeout: LIMIT }, async () => {
    const fake = await upstream(sse([chat.start(), chat.text('Hel')], 'cut'));
    const asked = freehold(['ask', 'hi'], { cwd: folder(boxAt(fake.url)) });
    expect(await asked.code).toBe(1);
    expect(asked.out()).toBe('Hel\n');
    expect(asked.err()).toMatch(/^That failed: /);
  });

  test('Ctrl-C ends it and the provider’s work', { timeout: LIMIT }, async () => {
    const fake = await upstream(silence);
    const asked = freehold(['ask', 'hi'], { cwd: folder(boxAt(fake.url)) });
    await vi.waitFor(() => expect(fake.seen).toHaveLength(1), { timeout: 30_000 });
    asked.child.kill('SIGINT');
    expect(await asked.code).toBe(130);
    await fake.seen[0]!.aborted;
  });

  test('an unknown model is named with its like', { timeout: LIMIT }, async () => {
    const fake = await upstream(answer);
    const asked = freehold(['ask', '-m', 'box/fkae', 'hi'], { cwd: folder(boxAt(fake.url)) });
    expect(await asked.code).toBe(1);
    expect(asked.err()).toContain('Near names: "box/fake"');
  });
});

describe('models and check', () => {
  test('say where each model runs, and what is wrong with whom', { timeout: LIMIT }, async () => {
    const fake = await upstream(json(200, {}));
    const cwd = folder(`
providers:
  box: { dialect: openai-chat, url: "${fake.url}/v1", zone: own }
  paid: { dialect: anthropic, url: "${fake.url.replace('127.0.0.1', 'localhost')}", zone: vendor, models: { big: { context: 200000, price: { input: 5, output: 25 } } } }
  gone: { dialect: openai-chat, url: "http://127.0.0.1:9/v1", zone: leased }
engines: { lost: { model: ./lost.gguf } }
aliases: { good: box/fake, bad: box/nothing }
`);
    const listed = freehold(['models', '--json'], { cwd });
    expect(await listed.code).toBe(0);
    expect(JSON.parse(listed.out())).toMatchObject([
      { address: 'lost/lost', at: 'this machine', healthy: false },
      { address: 'box/fake', at: new URL(fake.url).host, zone: 'own', healthy: true },
      { address: 'paid/big', zone: 'vendor', window: 200_000, price: { input: 5, output: 25 } },
    ]);
    const table = freehold(['models'], { cwd, env: { FORCE_COLOR: '0' } });
    await table.code;
    expect(table.out()).toMatch(/^paid\/big +\S+ +vendor +200k +5 \/ 25 /m);
    const checked = freehold(['check'], { cwd });
    expect(await checked.code).toBe(1);
    expect(checked.out()).toMatch(/^freehold\.yaml is valid\./);
    expect(checked.out()).toMatch(/^box .* ok$/m);
    expect(checked.out()).toMatch(/\ngone: .*127\.0\.0\.1:9.*\n {2}→ Is it running/);
    expect(checked.out()).toMatch(/\nengine lost: there is no such file\n {2}→ /);
    expect(checked.out()).toMatch(/\nalias bad: provider "box" serves no model "nothing"/);
    expect(checked.out()).not.toMatch(/alias good/);
  });

  test('a configuration that works is said to be well', { timeout: LIMIT }, async () => {
    const fake = await upstream(json(200, {}));
    const checked = freehold(['check', '--json'], { cwd: folder(boxAt(fake.url, 'aliases: { "claude-*": auto }')) });
    expect(await checked.code).toBe(0);
    expect(JSON.parse(checked.out())).toMatchObject({ ok: true, providers: [{ name: 'box', healthy: true, models: 1 }], aliases: [] });
  });
});
