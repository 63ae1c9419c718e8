import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runs } from '../../src/cli/fixtures/shell.ts';
import { type Demo, startDemo } from '../../src/demo/demo.ts';

const folder = mkdtempSync(join(tmpdir(), 'demo-'));
const data = join(folder, 'data');
const log: string[] = [];
let demo: Demo;
/** When the first traffic may have begun. */
let begun: number;

const start = () => startDemo({ data, port: 0, speed: 100, days: 6, log: (line) => log.push(line), told: () => undefined });

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(demo.gateway.url + path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

interface Listed {
  id: string;
  at: number;
  dialect: string;
  zone: string | null;
  outcome: string;
  task: string | null;
}

beforeAll(async () => {
  begun = Date.now();
  demo = await start();
});

afterAll(async () => {
  await demo.close();
  rmSync(folder, { recursive: true });
});

describe('the demo', () => {
  test('says that it is simulated', async () => {
    expect(await get('/admin/api/health')).toMatchObject({ simulated: true });
    expect(await get('/readyz')).toMatchObject({ ready: true, simulated: true });
    expect(readFileSync(join(data, 'simulated.json'), 'utf8')).toContain('true');
  });

  test('has a history in the store, at home, rented and at vendors, with what it would have cost elsewhere', async () => {
    const now = Date.now();
    const { groups } = await get<{ groups: { exchanges: number; cost_nanos: number; baseline_nanos: number; of: { zone: string } }[] }>(
      `/admin/api/usage?from=${now - 7 * 86_400_000}&to=${now}&by=zone`,
    );
    const of = (zone: string) => groups.find((group) => group.of.zone === zone)!;
    expect(demo.written).toBeGreaterThan(50);
    expect(groups.reduce((sum, { exchanges }) => sum + exchanges, 0)).toBeGreaterThanOrEqual(demo.written);
    expect(of('own').cost_nanos).toBe(0);
    expect(of('own').baseline_nanos).toBeGreaterThan(0);
    expect(of('leased').exchanges).toBeGreaterThan(0);
    expect(of('vendor').cost_nanos).toBeGreaterThan(0);
  });

  test('real requests in several dialects went through the gateway, with work recognised and decisions made', async () => {
    let exchanges: Listed[] = [];
    const dialects = async () => {
      ({ exchanges } = await get<{ exchanges: Listed[] }>(`/admin/api/exchanges?limit=500&from=${begun}`));
      return new Set(exchanges.map(({ dialect }) => dialect)).size;
    };
    await expect.poll(dialects, { timeout: 30_000, interval: 200 }).toBe(5);
    const answered = exchanges.filter(({ outcome, task }) => outcome === 'ok' && task);
    const decided = await get<{ verdicts: unknown[]; answered: string }>(`/v1/exchanges/${answered[0]!.id}/decision`);
    expect(decided.answered).toMatch(/^simulated-/);
    expect(decided.verdicts.length).toBeGreaterThan(3);
    expect(exchanges.filter(({ outcome }) => outcome === 'internal' || outcome === 'invalid' || outcome === 'malformed')).toEqual([]);
  });

  test('nothing left this machine, and what went to simulated vendors is in the journal', async () => {
    const metrics = await (await fetch(`${demo.gateway.url}/metrics`)).text();
    const origins = [...metrics.matchAll(/freehold_upstream_requests_total\{origin="([^"]+)"/g)].map(([, origin]) => origin);
    expect(origins.length).toBeGreaterThan(3);
    expect(origins.filter((origin) => !origin!.startsWith('http://127.0.0.1:'))).toEqual([]);
    expect(await runs(['egress', 'verify', '--data', data])).toMatchObject({ code: 0 });
  });

  test('a simulated evaluation proved something, by the statistics of a real one, and swaps follow from it', async () => {
    const { certificates } = await get<{ certificates: { certificate: { outcome: string } }[] }>('/admin/api/evidence/certificates');
    expect(new Set(certificates.map(({ certificate }) => certificate.outcome))).toEqual(new Set(['good enough', 'not good enough']));
    const { swaps } = await get<{ swaps: { state: string; certificates: string[] }[] }>('/admin/api/swaps');
    expect(swaps.map(({ state }) => state).sort()).toEqual(expect.arrayContaining(['rolled-back', 'waiting']));
    expect(swaps.some((swap) => (swap.state === 'full' || swap.state === 'canary') && swap.certificates.length > 0)).toBe(true);
  });

  test('a folder that holds something else is left alone, and one that is in use too', async () => {
    const others = mkdtempSync(join(folder, 'mine-'));
    writeFileSync(join(others, 'thesis.txt'), 'years of work');
    const { code, err } = await runs(['demo', '--data', others, '--port', '0']);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('choose another one') });
    expect(existsSync(join(others, 'thesis.txt'))).toBe(true);
    await expect(start()).rejects.toThrow('in use');
    expect(existsSync(join(data, 'ledger.sqlite'))).toBe(true);
  });

  test('a taken port is said before anything is written', async () => {
    const never = join(folder, 'never');
    const { code, err } = await runs(['demo', '--data', never, '--port', new URL(demo.gateway.url).port]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('is taken; choose another one with --port') });
    expect(existsSync(never)).toBe(false);
  });

  test('options that make no sense are named', async () => {
    const { code, err } = await runs(['demo', '--speed', 'fast']);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('--speed') });
  });

  test('the next demo begins anew, and the same', async () => {
    await demo.close();
    const before = demo.written;
    demo = await start();
    expect(Math.abs(demo.written - before)).toBeLessThan(20);
    expect(log).toEqual([]);
  });
});
