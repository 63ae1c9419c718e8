import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ZONES, type Zone } from '../protocol/zone.ts';
import { Upstream } from './client.ts';
import type { Clocks } from './clocks.ts';
import { get } from './get.ts';

const CLOCKS: Clocks = { connect: 2000, firstByte: 5000, idle: 5000, total: 10_000 };
const BODY = 'what the client said';

let server: Server | undefined;
let upstream: Upstream | undefined;
afterEach(async () => {
  await upstream?.close();
  server?.closeAllConnections();
  await new Promise((done) => server?.close(done) ?? done(undefined));
});

/** A server that counts what it is sent and answers 1000 bytes. */
async function serve(zone: Zone | undefined): Promise<{ origin: string; got: { requests: number; bytes: number } }> {
  const got = { requests: 0, bytes: 0 };
  server = createServer((request, response) => {
    got.requests++;
    request.on('data', (chunk: Buffer) => {
      got.bytes += chunk.length;
    });
    request.on('end', () => response.end('a'.repeat(1000)));
  });
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  upstream = new Upstream({}, (asked) => (asked === origin ? zone : undefined));
  return { origin, got };
}

function send(origin: string, ceiling: Zone) {
  return upstream!.send({ method: 'POST', origin, path: '/', headers: [], body: BODY, clocks: CLOCKS, ceiling });
}

describe('the gate', () => {
  const pairs = ZONES.flatMap((zone) => ZONES.map((ceiling) => [zone, ceiling] as const));

  it.each(pairs)('an address in zone %s, what may go as far as %s', async (zone, ceiling) => {
    const { origin, got } = await serve(zone);
    if (ZONES.indexOf(zone) <= ZONES.indexOf(ceiling)) {
      await send(origin, ceiling).collect(10_000);
      expect(got).toEqual({ requests: 1, bytes: BODY.length });
    } else {
      expect(() => send(origin, ceiling)).toThrow(
        expect.objectContaining({ kind: 'forbidden', message: expect.stringContaining(`"${ceiling}"`) }),
      );
      expect(got.requests).toBe(0);
      expect(upstream!.inFlight).toBe(0);
    }
  });

  it('sends nothing of a client’s to an address that nobody configured; errands may go there', async () => {
    const { origin, got } = await serve(undefined);
    expect(() => send(origin, 'vendor')).toThrow(/no configured provider/);
    expect(got.requests).toBe(0);
    const { status, body } = await get(upstream!, origin, { headers: {} });
    for await (const _ of body);
    expect([status, got]).toEqual([200, { requests: 1, bytes: 0 }]);
  });
});

describe('what went through', () => {
  it('is counted by origin, zone and kind as the other side counts it', async () => {
    const { origin, got } = await serve('leased');
    await Promise.all([send(origin, 'vendor').collect(10_000), send(origin, 'leased').collect(10_000)]);
    for await (const _ of (await get(upstream!, origin, { headers: {} })).body);
    const row = { origin, zone: 'leased' };
    expect(upstream!.traffic).toEqual([
      { ...row, kind: 'exchange', requests: 2, bytesOut: 2 * BODY.length, bytesIn: 2000 },
      { ...row, kind: 'errand', requests: 1, bytesOut: 0, bytesIn: 1000 },
    ]);
    expect(got).toEqual({ requests: 3, bytes: 2 * BODY.length });
  });

  it('is nothing where no connection came about', async () => {
    const { origin } = await serve('own');
    await new Promise((done) => server!.close(done));
    const flight = send(origin, 'own');
    await expect(flight.head).rejects.toMatchObject({ kind: 'network' });
    expect([flight.bytesOut, upstream!.traffic[0]]).toEqual([0, expect.objectContaining({ requests: 0, bytesOut: 0, bytesIn: 0 })]);
  });

  it('is final when the call is over', async () => {
    const { origin } = await serve('own');
    const flight = send(origin, 'own');
    const over = new Promise<void>((done) => flight.whenOver(done));
    await flight.head;
    flight.release();
    await over;
    expect([flight.status, flight.bytesOut, flight.bytesIn]).toEqual([200, BODY.length, 1000]);
    await new Promise<void>((done) => flight.whenOver(done));
  });
});
