import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExchangeRecord, Running } from '../exchange/record.ts';
import { LiveFeed } from './live.ts';
import { Density, endedView, liveView } from './live-view.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function record(more: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    id: 'e1',
    at: 1000,
    dialect: 'd',
    asked: 'auto',
    stream: true,
    attempts: [],
    status: 200,
    outcome: 'ok',
    notes: [],
    totalMs: 0,
    ...more,
  };
}

const attempt = { provider: 'p', model: 'm', zone: 'own' } as const;
const running = (of: ExchangeRecord, bytesIn = 0): Running => ({ record: of, flights: new Set([{ bytesIn }]), seat: -1 });

describe('what is seen of an exchange', () => {
  it('waits, answers by bytes, then by tokens, and ends by what was reported', () => {
    const density = new Density();
    expect(liveView(running(record()), density, 1500)).toMatchObject({ state: 'waiting', total_ms: 500, provider: null, attempts: 0 });
    const answering = record({ attempts: [attempt], firstTokenMs: 200 });
    expect(liveView(running(answering, 900), density, 2200)).toMatchObject({ state: 'answering', bytes_in: 900, output_tokens: null });
    const over = { ...answering, totalMs: 1200, attempts: [{ ...attempt, usage: { input: 5, output: 100 }, bytesIn: 1000 }] };
    density.learn(over);
    expect(liveView(running(answering, 900), density, 2200)).toMatchObject({ output_tokens: 90, tokens_per_second: 90 });
    expect(endedView(over)).toMatchObject({ state: 'ended', output_tokens: 100, tokens_per_second: 100, outcome: 'ok', zone: 'own' });
  });

  it('learns of whole streams only, and more of the newest', () => {
    const density = new Density();
    const seen = (bytesIn: number, more: Partial<ExchangeRecord> = {}) =>
      density.learn(record({ attempts: [{ ...attempt, usage: { input: 1, output: 10 }, bytesIn }], ...more }));
    seen(5000, { outcome: 'truncated' });
    seen(5000, { stream: false });
    expect(density.of(attempt)).toBeUndefined();
    seen(100);
    expect(density.of(attempt)).toBe(10);
    seen(200);
    expect(density.of(attempt)).toBe(12);
  });
});

describe('readers', () => {
  async function served(feed: LiveFeed) {
    const server = createServer((call, response) => feed.serve(call, response, () => undefined));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    stops.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  it('one that does not read is cut off, and holds up nobody', async () => {
    const feed = new LiveFeed(Date.now);
    stops.push(() => feed.close());
    const port = await served(feed);
    const began = await new Promise<() => void>((resolve, reject) => {
      const call = request({ port, agent: false }, (answer) => {
        answer.on('error', () => undefined);
        // Reads nothing: what the sockets hold between the two is soon full.
        resolve(() => answer.resume());
      });
      call.on('error', reject).end();
    });
    const asked = 'm'.repeat(200);
    expect(feed.readers).toBe(1);
    for (let i = 0; i < 60; i++) {
      for (let j = 0; j < 500; j++) feed.ended(record({ id: `e${i}-${j}`, asked }));
      await new Promise((resume) => setImmediate(resume));
    }
    expect(feed.readers).toBe(0);
    began();
  });

  it('are turned away when there are too many, and when they may not', async () => {
    const feed = new LiveFeed(Date.now);
    stops.push(() => feed.close());
    const refuse = () => {
      throw new Error('no');
    };
    const server = createServer((call, response) => {
      try {
        feed.serve(call, response, call.url === '/refused' ? refuse : () => undefined);
      } catch (error) {
        response.writeHead(503).end((error as Error).message);
      }
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    stops.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const read = (path: string) =>
      new Promise<number>((resolve, reject) => {
        request({ port, path, agent: false }, (answer) => {
          answer.on('error', () => undefined);
          resolve(answer.statusCode!);
        })
          .on('error', reject)
          .end();
      });
    expect(await read('/refused')).toBe(503);
    const all = await Promise.all(Array.from({ length: 50 }, () => read('/')));
    expect(new Set(all)).toEqual(new Set([200]));
    expect(await read('/')).toBe(503);
  });
});
