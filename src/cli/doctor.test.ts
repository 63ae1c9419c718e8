import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { clock, type Symptom } from './doctor-machine.ts';
import { runs } from './fixtures/shell.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server on a free port that answers every question alike. */
async function server(body: unknown): Promise<{ port: number; asked: () => number }> {
  let asked = 0;
  const one = createServer((_, response) => {
    asked++;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => one.close(resolve)));
  return { port: (one.address() as AddressInfo).port, asked: () => asked };
}

async function examine(config: string, env: NodeJS.ProcessEnv = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'freehold-doctor-'));
  writeFileSync(join(cwd, 'freehold.yaml'), config);
  const { code, out } = await runs(['doctor', '--json'], { cwd, env: { FREEHOLD_DATA: join(cwd, 'data'), ...env } });
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Symptom[] };
  return { code, ok, cwd, of: (what: string) => findings.find((one) => one.what === what) };
}

const box = (port: number, more = '') =>
  `server: { port: 0 }\nproviders: { box: { dialect: openai-chat, url: "http://127.0.0.1:${port}/v1", zone: own } }\n${more}`;

describe('doctor', () => {
  test('finds nothing where all is well', async () => {
    const { port } = await server({ data: [{ id: 'coder' }] });
    const { code, ok, of } = await examine(box(port));
    expect(of('provider box')).toMatchObject({ state: 'ok' });
    expect(of('versions')?.found).toContain(process.versions.node);
    expect(of('data folder')?.found).toMatch(/to be made; [\d.]+ GiB free/);
    expect({ code, ok }).toEqual({ code: 0, ok: true });
  });

  test('names a provider that is away, and an alias to nothing', async () => {
    const { port } = await server({ data: [{ id: 'coder' }] });
    const { code, of } = await examine(
      `server: { port: 0 }\nproviders:\n  box: { dialect: openai-chat, url: "http://127.0.0.1:${port}/v1", zone: own }\n  away: { dialect: openai-chat, url: "http://127.0.0.1:9/v1", zone: own, models: [x] }\naliases: { fast: box/none }\n`,
    );
    expect(of('provider box')?.state).toBe('ok');
    expect(of('alias fast')).toMatchObject({ state: 'fails', found: expect.stringContaining('none') });
    expect(code).toBe(1);
  });

  test('looks for the collector where traces are sent, by the configuration or the environment, and only there', async () => {
    const { port } = await server({ data: [{ id: 'coder' }] });
    expect((await examine(box(port))).of('collector')).toBeUndefined();
    const { of } = await examine(box(port, `telemetry: { otlp: "http://127.0.0.1:${port}" }`));
    expect(of('collector')).toMatchObject({ state: 'ok' });
    const { code, of: away } = await examine(box(port), { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect(away('collector')).toMatchObject({ state: 'warns', mend: expect.stringContaining('telemetry.otlp') });
    expect(code).toBe(0);
  });

  test('says that the port is taken by something else', async () => {
    const { port } = await server({ hello: 1 });
    const { code, of } = await examine(`server: { port: ${port} }\n`);
    expect(of('port')).toMatchObject({
      state: 'fails',
      found: expect.stringContaining('something else'),
      mend: expect.stringContaining('server.port'),
    });
    expect(code).toBe(1);
  });

  test('takes mistakes of the configuration for findings, and ends with 2', async () => {
    const { code, of } = await examine('server: { prt: 1 }\n');
    expect(of('configuration')).toMatchObject({ state: 'fails', found: 'server.prt, line 1', mend: expect.stringContaining('port') });
    expect(code).toBe(2);
  });

  test('wants weights that are there', async () => {
    const { code, of } = await examine('server: { port: 0 }\nengines: { small: { model: ./none.gguf } }\n');
    expect(of('engine small')).toMatchObject({ state: 'fails', mend: expect.stringContaining('path') });
    expect(code).toBe(1);
  });

  test.skipIf(process.platform === 'win32')('looks at the data folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freehold-data-'));
    chmodSync(folder, 0o755);
    expect((await examine('server: { port: 0 }\n', { FREEHOLD_DATA: folder })).of('data folder')).toMatchObject({
      state: 'warns',
      mend: `chmod 700 ${folder}`,
    });
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect((await examine('server: { port: 0 }\n', { FREEHOLD_DATA: file })).of('data folder')).toMatchObject({ state: 'fails' });
    mkdirSync(join(folder, 'own'), { mode: 0o700 });
    expect((await examine('server: { port: 0 }\n', { FREEHOLD_DATA: join(folder, 'own') })).of('data folder')?.mend ?? '').not.toContain(
      'chmod',
    );
  });

  test('a clock before this version was made is wrong', () => {
    expect(clock(0)).toMatchObject({ state: 'fails', mend: expect.stringContaining('Set it') });
    expect(clock(Date.parse('2027-01-01'))).toMatchObject({ state: 'ok' });
  });
});
