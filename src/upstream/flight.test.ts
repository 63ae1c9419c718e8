import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { header } from '../wire/http.ts';
import { Upstream } from './client.ts';
import { type Clocks, expired } from './clocks.ts';

const CLOCKS: Clocks = { connect: 2000, firstByte: 5000, idle: 5000, total: 10_000 };
let server: Server | undefined;
let upstream: Upstream | undefined;
afterEach(async () => {
  await upstream?.close();
  server?.closeAllConnections();
  await new Promise((done) => server?.close(done) ?? done(undefined));
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  upstream = new Upstream({}, () => 'own');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function send(origin: string, clocks: Partial<Clocks> = {}) {
  return upstream!.send({
    method: 'POST',
    origin,
    path: '/x',
    headers: ['a', 'b'],
    body: '{}',
    clocks: { ...CLOCKS, ...clocks },
    ceiling: 'own',
  });
}

async function text(flight: ReturnType<typeof send>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of flight) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('Flight', () => {
  it('gives the head, then the body', async () => {
    const origin = await serve((_, response) => response.writeHead(201, { 'X-A': 'é'.normalize() === 'é' ? '1' : '2' }).end('hello'));
    const flight = send(origin);
    const head = await flight.head;
    expect([head.status, header(head.headers, 'x-a')]).toEqual([201, '1']);
    expect(await text(flight)).toBe('hello');
    expect(upstream!.inFlight).toBe(0);
  });

  it.each([
    ['gzip', gzipSync('squeezed')],
    ['br', brotliCompressSync('squeezed')],
  ])('decodes %s', async (encoding, bytes) => {
    const origin = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(bytes));
    expect(await text(send(origin))).toBe('squeezed');
  });

  it('a broken or unknown encoding is malformed', async () => {
    const origin = await serve((request, response) =>
      response.writeHead(200, { 'content-encoding': request.headers['a'] === 'b' ? 'gzip' : 'x' }).end('plain'),
    );
    await expect(text(send(origin))).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('tells a refused connection from a broken answer', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    const broken = send(origin);
    await broken.head;
    await expect(text(broken)).rejects.toMatchObject({ kind: 'truncated' });
    await expect(send('http://127.0.0.1:1').head).rejects.toMatchObject({ kind: 'network', code: 'ECONNREFUSED' });
  });

  it('leaving the loop closes the connection', async () => {
    let closed: () => void;
    const gone = new Promise<void>((done) => {
      closed = done;
    });
    const origin = await serve((_, response) => {
      response.on('close', () => closed());
      response.write('first');
    });
    for await (const _ of send(origin)) break;
    await gone;
    expect(upstream!.inFlight).toBe(0);
  });

  it('asks loopback directly, also where a proxy is set', async () => {
    const origin = await serve((_, response) => response.end('direct'));
    upstream = new Upstream({ HTTP_PROXY: 'http://127.0.0.1:1' }, () => 'own');
    expect(await text(send(origin))).toBe('direct');
  });

  it('an abort before the connection stands sends nothing', async () => {
    let asked = 0;
    const origin = await serve((_, response) => {
      asked++;
      response.end();
    });
    const flight = send(origin);
    flight.abort();
    await expect(flight.head).rejects.toMatchObject({ kind: 'cancelled' });
    await text(send(origin));
    expect(asked).toBe(1);
  });

  it('runs out of patience by its own clocks', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/x') response.write('first');
    });
    await expect(text(send(origin, { idle: 120 }))).rejects.toMatchObject({ kind: 'timeout' });
    await expect(
      upstream!.send({ method: 'POST', origin, path: '/y', headers: [], clocks: { ...CLOCKS, firstByte: 120 }, ceiling: 'own' }).head,
    ).rejects.toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('first_byte_seconds'),
    });
  });
});

describe('expired', () => {
  const flight = {
    clocks: { connect: 0, firstByte: 10, idle: 10, total: 100 },
    sentAt: 0,
    lastByteAt: undefined as number | undefined,
    paused: false,
    expire: () => undefined,
  };
  it.each([
    [{}, 10, undefined],
    [{}, 11, 'first_byte_seconds'],
    [{ lastByteAt: 50 }, 60, undefined],
    [{ lastByteAt: 50 }, 61, 'idle_seconds'],
    [{ lastByteAt: 50, paused: true }, 99, undefined],
    [{ lastByteAt: 100 }, 101, 'total_seconds'],
  ])('%j at %d', (change, now, setting) => {
    const error = expired({ ...flight, ...change }, now);
    if (setting) expect(error?.message).toContain(setting);
    else expect(error).toBeUndefined();
  });
});
