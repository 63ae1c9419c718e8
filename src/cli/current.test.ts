import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { configFrom } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Outside } from '../gateway.ts';
import { keepCurrent } from './current.ts';
import { fakeShell } from './fixtures/shell.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A way out on which only these ports answer, with a list of one model. */
function answering(ports: Set<string>): Outside {
  const body = async function* () {
    yield Buffer.from('{"data":[{"id":"m"}]}');
  } as () => AsyncIterable<Uint8Array>;
  const request = async (url: string) => {
    if (!ports.has(new URL(url).port)) throw new Error('nobody');
    return { status: 200, headers: {}, body: body() };
  };
  return { http: { request }, ask: vi.fn(), admin: vi.fn(), close: async () => {} };
}

test('servers that appear on this machine join what is there, once; those that vanish stay for their return', async () => {
  const ports = new Set<string>();
  const applied: Config[] = [];
  const { shell, err } = fakeShell();
  const config = { ...configFrom({}), engines: { local: { model: '/m.gguf' } } };
  const prepared = { config, overrides: [], found: { providers: {}, notes: [] } };
  const leave = keepCurrent(
    shell,
    {},
    { gateway: { apply: async (next) => void applied.push(next) }, prepared, outside: answering(ports) },
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(applied).toEqual([]);
  ports.add('11434');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(applied).toHaveLength(1);
  expect(applied[0]).toMatchObject({ providers: { ollama: { zone: 'own' } }, engines: config.engines });
  expect(err()).toBe('Found ollama.\n');
  ports.delete('11434');
  ports.add('1234');
  await vi.advanceTimersByTimeAsync(120_000);
  expect(applied).toHaveLength(2);
  expect(Object.keys(applied[1]!.providers)).toEqual(['ollama', 'lmstudio']);
  leave();
  ports.add('8000');
  await vi.advanceTimersByTimeAsync(120_000);
  expect(applied).toHaveLength(2);
});

test('once the file names a provider, nothing more is looked for', async () => {
  vi.useRealTimers();
  const applied: Config[] = [];
  const { shell, err } = fakeShell();
  const file = join(shell.cwd, 'freehold.yaml');
  writeFileSync(file, 'server: { port: 1 }');
  const prepared = { config: configFrom({ server: { port: 1 } }), file, overrides: [], found: { providers: {}, notes: [] } };
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const leave = keepCurrent(
    shell,
    {},
    { gateway: { apply: async (next) => void applied.push(next) }, prepared, outside: answering(new Set(['11434'])) },
  );
  await vi.advanceTimersByTimeAsync(60_000);
  await vi.waitFor(() => expect(applied).toHaveLength(1));
  writeFileSync(file, 'server: { port: 2 }');
  await vi.waitFor(() => expect(applied).toHaveLength(2), 5000);
  expect(Object.keys(applied[1]!.providers)).toEqual(['ollama']);
  writeFileSync(file, 'providers: { box: { dialect: openai-chat, url: http://b, zone: own } }');
  await vi.waitFor(() => expect(applied).toHaveLength(3), 5000);
  expect(Object.keys(applied[2]!.providers)).toEqual(['box']);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(applied).toHaveLength(3);
  expect(err()).toMatch(/taken\. A new host or port takes a restart\./);
  leave();
});

test('with a configuration nothing is looked for', async () => {
  const outside = answering(new Set(['11434']));
  const request = vi.spyOn(outside.http, 'request');
  const { shell } = fakeShell();
  keepCurrent(shell, {}, { gateway: { apply: vi.fn() }, prepared: { config: configFrom({}), overrides: [] }, outside });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(request).not.toHaveBeenCalled();
});
