import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchangesIn } from '../../src/egress/journal/egress.ts';
import { decodeLine } from '../../src/egress/journal/line.ts';
import { readLines, segmentFiles } from '../../src/egress/journal/segments.ts';
import { verify } from '../../src/egress/journal/verify.ts';
import { openStore } from '../../src/store/open.ts';
import { open, post } from '../fake/call.ts';
import { chance } from '../fake/packets.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, reset, type Script, silence, sse } from '../fake/upstream.ts';

const stops: (() => Promise<void> | void)[] = [];
let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'freehold-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  rmSync(data, { recursive: true, force: true });
});

const journal = () => join(data, 'journal');
const events = () => segmentFiles(journal(), 'egress').flatMap((file) => readLines(file).lines.map((line) => decodeLine(line)!.event));
const ask = (model: string, text = 'hello') => ({ model, max_tokens: 50, messages: [{ role: 'user', content: text }] });

async function upstream(...scripts: Script[]): Promise<FakeUpstream> {
  const up = await FakeUpstream.start(...scripts);
  stops.push(() => up.stop());
  return up;
}

function settings(vendor: FakeUpstream, own: FakeUpstream): Record<string, unknown> {
  const provider = (up: FakeUpstream, zone: string) => ({
    dialect: 'openai-chat',
    url: up.url,
    zone,
    models: { fake: { price: { input: 1, output: 2 } } },
  });
  return { data, providers: { own: provider(own, 'own'), far: provider(vendor, 'vendor') }, budgets: { total: '100/day' } };
}

describe('the journal of what leaves', () => {
  it('has an intent and an outcome for each attempt beyond own, and its sums are the sockets’ own', async () => {
    const vendor = await upstream((response, seen) => {
      const whole = seen.body.includes('fh-') ? json(200, chat.whole('ok')) : json(500, { error: { message: 'no' } });
      const streamed = seen.body.includes('"max_tokens":51')
        ? sse([chat.start(), chat.text('hi')], 'cut')
        : sse([chat.start(), chat.text('hi'), chat.stop(), chat.done]);
      return (seen.body.includes('"stream":true') ? streamed : whole)(response, seen);
    });
    const own = await upstream(json(200, chat.whole('at home')));
    const { gateway, url } = await startGateway(settings(vendor, own));
    await post(`${url}/v1/chat/completions`, ask('far/fake'));
    await post(`${url}/v1/chat/completions`, ask('far/fake', 'token ghp_R7kP2mX9qT4vW8nB3cL6zD1fH5jS0aYeU2iO'));
    await post(`${url}/v1/messages`, { ...ask('far/fake'), stream: true });
    await post(`${url}/v1/chat/completions`, { ...ask('far/fake'), max_tokens: 51, stream: true });
    await post(`${url}/v1/chat/completions`, ask('own/fake'), { 'x-freehold-repository': 'github.com/acme/app' });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    await gateway.close();
    const told = [...exchangesIn(events()).values()].flat();
    // A broken stream is continued, so that there are more attempts than calls.
    expect(told).toHaveLength(vendor.seen.length);
    expect(told.map(({ intent, outcome }) => [intent.provider, intent.zone, outcome?.status, outcome?.error])).toEqual(
      expect.arrayContaining([
        ['far', 'vendor', 500, 'upstream'],
        ['far', 'vendor', 200, undefined],
        ['far', 'vendor', 200, expect.any(String)],
      ]),
    );
    const redacted = told.find(({ intent }) => intent.redacted);
    expect(redacted!.intent).toMatchObject({ origin: vendor.url, model: 'fake', rule: 'zones.default', redacted: expect.anything() });
    expect(redacted!.outcome).toMatchObject({ sent: true, usage: { input: 5, output: 2 }, costNanos: 9000 });
    expect(redacted!.intent.reservedNanos).toBeGreaterThan(9000);
    const sum = (side: 'out' | 'in') => told.reduce((total, { outcome }) => total + outcome![side], 0);
    expect(sum('out')).toBe(vendor.seen.reduce((total, { body }) => total + Buffer.byteLength(body), 0));
    const counted = (direction: string) =>
      Number(
        new RegExp(
          `freehold_upstream_bytes_total\\{origin="${vendor.url}",zone="vendor",kind="exchange",direction="${direction}"\\} (\\d+)`,
        ).exec(metrics)?.[1],
      );
    expect([counted('out'), counted('in')]).toEqual([sum('out'), sum('in')]);
    expect(JSON.stringify(events())).not.toContain('hello');
    const [result] = verify(segmentFiles(journal(), 'egress'));
    expect(result!.problems).toEqual([]);
  });

  it('reconciles with the sockets’ counters whatever befalls the calls', async () => {
    const slow = sse([chat.start(), chat.text('a'), chat.text('b'), chat.text('c'), chat.stop(), chat.done], 'end', 5);
    const late: Script = async (response) => {
      // Goes on after its terminal event, as some servers do.
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write([chat.start(), chat.text('a'), chat.stop(), chat.done].join(''));
      await new Promise((resume) => setTimeout(resume, 50));
      response.end(': more\n\n'.repeat(100));
    };
    const faults = [
      json(200, chat.whole('ok')),
      json(500, { error: { message: 'x'.repeat(5000) } }),
      reset,
      slow,
      late,
      sse([chat.start(), chat.text('a')], 'cut'),
      silence,
    ];
    const random = chance(7);
    const vendor = await upstream((response, seen) => faults[Math.floor(random() * faults.length)]!(response, seen));
    const own = await upstream(json(200, chat.whole('at home')));
    const { gateway, url } = await startGateway(settings(vendor, own));
    const calls = Array.from({ length: 80 }, async (_, n) => {
      const call = open(`${url}/v1/${n % 2 ? 'chat/completions' : 'messages'}`, {
        ...ask('far/fake', 'x'.repeat(n * 50)),
        stream: n % 3 !== 0,
      });
      const leaving = setTimeout(() => call.leave(), 300 + n);
      await call.answer.catch(() => undefined);
      clearTimeout(leaving);
    });
    await Promise.all(calls);
    const counted = async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return ['out', 'in'].map((direction) => {
        const rows = [
          ...text.matchAll(new RegExp(`upstream_bytes_total\\{[^}]*zone="vendor",kind="exchange",direction="${direction}"\\} (\\d+)`, 'g')),
        ];
        return rows.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
      });
    };
    const journalled = () => {
      const outcomes = [...exchangesIn(events()).values()].flat().map(({ outcome }) => outcome);
      return outcomes.includes(undefined)
        ? undefined
        : [outcomes.reduce((sum, one) => sum + one!.out, 0), outcomes.reduce((sum, one) => sum + one!.in, 0)];
    };
    await expect
      .poll(async () => JSON.stringify(journalled()) === JSON.stringify(await counted()), { timeout: 15_000, interval: 100 })
      .toBe(true);
    // A call that was left half-way may have gone out without arriving whole.
    expect((await counted())[0]).toBeGreaterThanOrEqual(vendor.seen.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0));
    await gateway.close();
    expect(verify(segmentFiles(journal(), 'egress')).flatMap(({ problems }) => problems)).toEqual([]);
  }, 40_000);

  it('lets nothing leave while it cannot be written; own models go on, and afterwards all do', async () => {
    const vendor = await upstream(json(200, chat.whole('afar')));
    const own = await upstream(json(200, chat.whole('at home')));
    const { gateway, url } = await startGateway(settings(vendor, own));
    stops.push(() => gateway.close());
    expect((await post(`${url}/v1/chat/completions`, ask('far/fake'))).status).toBe(200);
    renameSync(journal(), `${journal()}-away`);
    const refused = await post(`${url}/v1/messages`, ask('far/fake'));
    expect([refused.status, refused.headers['retry-after'], vendor.seen.length]).toEqual([503, '5', 1]);
    expect(refused.text).toMatch(/journal .* cannot be written \(ENOENT\).*nothing leaves/);
    expect((await post(`${url}/v1/chat/completions`, ask('own/fake'))).status).toBe(200);
    expect(gateway.readiness()).toMatchObject({ ready: true, reasons: [expect.stringContaining('egress journal')] });
    renameSync(`${journal()}-away`, journal());
    await expect.poll(async () => (await post(`${url}/v1/chat/completions`, ask('far/fake'))).status, { timeout: 5000 }).toBe(200);
    expect(vendor.seen).toHaveLength(2);
  });

  it('after kill -9 the ledger holds every call that reached a vendor, once', async () => {
    let answered = 0;
    const vendor = await upstream((response, seen) => {
      // Every third answer never comes.
      if (++answered % 3 === 0) return silence(response, seen);
      return json(200, chat.whole('ok'))(response, seen);
    });
    const own = await upstream(json(200, chat.whole('ok')));
    const program = fileURLToPath(new URL('../fake/gateway-process.ts', import.meta.url));
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [program, JSON.stringify({ server: { port: 0 }, ...settings(vendor, own) })], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      stops.push(() => void child.kill('SIGKILL'));
      const url = await firstLine(child);
      const before = vendor.seen.length;
      const calls = Array.from({ length: 30 }, () => post(`${url}/v1/chat/completions`, ask('far/fake')).catch(() => undefined));
      await expect.poll(() => vendor.seen.length - before, { timeout: 10_000, interval: 1 }).toBeGreaterThan(3 + 8 * round);
      child.kill('SIGKILL');
      await new Promise((done) => child.on('close', done));
      await Promise.all(calls);
    }
    const { gateway } = await startGateway(settings(vendor, own));
    await gateway.close();
    const told = exchangesIn(events());
    const sent = vendor.seen.length;
    expect(told.size).toBeGreaterThanOrEqual(sent);
    expect([...told.values()].flat().filter(({ outcome }) => !outcome)).toEqual([]);
    const store = await openStore({ file: join(data, 'ledger.sqlite'), node: 'reader' });
    stops.push(() => store.close());
    const rows = await Promise.all([...told.keys()].map((id) => store.exchanges.get(id)));
    expect(rows.every((row) => row?.provider === 'far')).toBe(true);
    const interrupted = rows.filter((row) => row!.outcome === 'interrupted');
    expect(interrupted.length).toBeGreaterThan(0);
    for (const row of interrupted) expect(row).toMatchObject({ partial: 1, cost_nanos: expect.any(Number) });
    const { items } = await page(store);
    expect(items).toBe(told.size);
    expect(verify(segmentFiles(journal(), 'egress')).flatMap(({ problems }) => problems)).toEqual([]);
  }, 60_000);
});

async function page(store: Awaited<ReturnType<typeof openStore>>): Promise<{ items: number }> {
  let items = 0;
  let cursor: string | undefined;
  do {
    const one = await store.exchanges.page({ limit: 500, ...(cursor !== undefined && { cursor }) });
    items += one.rows.length;
    cursor = one.next;
  } while (cursor !== undefined);
  return { items };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.split('\n', 1)[0]!);
    });
    child.on('close', () => reject(new Error('the gateway ended before it listened')));
  });
}
