import { fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type Engine, type EngineState, startEngine } from './engine.ts';
import { post, send } from './fixtures/calls.ts';
import { testModel } from './fixtures/models.ts';
import { restartDelay } from './restart.ts';

const LIMIT = 60_000;
const engines: Engine[] = [];
const start = (options: Parameters<typeof startEngine>[0]) => {
  const engine = startEngine(options);
  engines.push(engine);
  return engine;
};
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.stop())));
const damaged = (change: (bytes: Buffer) => Buffer) => {
  const path = join(mkdtempSync(join(tmpdir(), 'freehold-damaged-')), 'damaged.gguf');
  writeFileSync(path, change(readFileSync(testModel())));
  return path;
};

describe('a supervised engine', () => {
  it(
    'reports loading, answers, and comes back with its reason after kill -9',
    async () => {
      const states: EngineState[] = [];
      const engine = start({ name: 'tiny', model: testModel(), sequences: 1, gpu: false, onState: (state) => states.push(state) });
      expect(engine.state).toMatchObject({ kind: 'loading', progress: 0 });
      await engine.ready();
      expect(engine.rssBytes).toBeGreaterThan(0);
      const pid = engine.pid as number;
      const cut = send(engine, '/completions', { prompt: 'Once', max_tokens: 400, stream: true }).then((reply) => reply.text());
      const isCut = cut.then(
        (text) => !text.includes('[DONE]'),
        () => true,
      );
      process.kill(pid, 'SIGKILL');
      expect(await isCut).toBe(true);
      await expect
        .poll(() => states.find((state) => state.kind === 'loading' && state.reason !== undefined), { timeout: LIMIT })
        .toMatchObject({ reason: expect.stringContaining('SIGKILL') });
      await engine.ready();
      expect(engine.pid).not.toBe(pid);
      expect((await post(engine, '/completions', { prompt: 'Once', max_tokens: 3 })).status).toBe(200);
      await engine.stop();
      expect(engine.state).toEqual({ kind: 'stopped' });
      await expect(engine.ready()).rejects.toThrow(/stopped/);
    },
    LIMIT,
  );

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2))],
    ['no GGUF at all', () => Buffer.from('<html>not found</html>')],
    ['with a head of nonsense', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 16), Buffer.alloc(64, 0xff), bytes.subarray(80)])],
  ])(
    'fails with a reason when the file is %s',
    async (_how, change) => {
      const engine = start({ name: 'broken', model: damaged(change), gpu: false, loadTimeoutMs: 30_000 });
      await expect(engine.ready()).rejects.toThrow(/Engine "broken" failed: ./);
      expect(engine.state.kind).toBe('failed');
    },
    LIMIT,
  );

  it('fails when the file is not there, and when loading takes too long', async () => {
    await expect(start({ name: 'none', model: '/nowhere/model.gguf' }).ready()).rejects.toThrow(/cannot be read/);
    await expect(start({ name: 'slow', model: testModel(), gpu: false, loadTimeoutMs: 1 }).ready()).rejects.toThrow(/loading took longer/);
  });

  it(
    'ends a child that holds more memory than allowed',
    async () => {
      await expect(start({ name: 'fat', model: testModel(), gpu: false, memoryCapBytes: 1e6 }).ready()).rejects.toThrow(
        /over the cap of 1000000/,
      );
    },
    LIMIT,
  );
});

describe('the child program', () => {
  const program = fileURLToPath(new URL('./child.ts', import.meta.url));

  it('ends by itself when its parent is gone', async () => {
    const child = fork(program, [], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.once('message', resolve));
    child.disconnect();
    expect(await ended).toBe(0);
  });

  it('says how it is meant to be started when somebody runs it by hand', () => {
    const { status, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('freehold up --model');
  });
});

describe('restartDelay', () => {
  it.each([
    [{ wasReady: true, failures: 1, isHopeless: false }, 250],
    [{ wasReady: true, failures: 4, isHopeless: false }, 2000],
    [{ wasReady: true, failures: 9, isHopeless: false }, 30_000],
    [{ wasReady: true, failures: 10, isHopeless: false }, undefined],
    [{ wasReady: false, failures: 2, isHopeless: false }, 500],
    [{ wasReady: false, failures: 3, isHopeless: false }, undefined],
    [{ wasReady: true, failures: 1, isHopeless: true }, undefined],
  ])('%j waits %s ms', (ended, delay) => {
    expect(restartDelay(ended)).toBe(delay);
  });
});
