import { createHash } from 'node:crypto';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { configFrom } from '../../src/config/load.ts';
import { open, post } from '../fake/call.ts';
import { type Started, startGateway } from '../fake/start.ts';
import { chat, FakeUpstream, json, type Script, sse } from '../fake/upstream.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const ASK = { model: 'up/fake', messages: [{ role: 'user', content: 'hi' }] };
const CHAT = '/v1/chat/completions';

async function world(
  script: Script,
  settings: Record<string, unknown> = {},
): Promise<Started & { up: FakeUpstream; file: Record<string, unknown> }> {
  const up = await FakeUpstream.start(script);
  const file = { providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'own', models: ['fake'] } }, ...settings };
  const started = await startGateway(file);
  stops.push(
    () => started.gateway.close(),
    () => up.stop(),
  );
  return { ...started, up, file };
}

const fine = json(200, chat.whole('ok'));

describe('bodies', () => {
  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('%s is decoded, and what only claims it is told', async (encoding, compress) => {
    const { url, up } = await world(fine);
    const good = await post(url + CHAT, compress(Buffer.from(JSON.stringify(ASK))), { 'content-encoding': encoding });
    expect(good.status).toBe(200);
    expect(up.seen[0]?.headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(up.seen[0]!.body)).toMatchObject({ model: 'fake' });
    const bad = await post(url + CHAT, JSON.stringify(ASK), { 'content-encoding': encoding });
    expect([bad.status, JSON.parse(bad.text).error.message]).toEqual([400, expect.stringContaining(encoding)]);
  });

  it('an unknown encoding is 415, in the caller’s dialect', async () => {
    const { url } = await world(fine);
    const answer = await post(`${url}/v1/messages`, 'x', { 'content-encoding': 'rot13' });
    expect(answer.status).toBe(415);
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'error', error: { message: expect.stringContaining('gzip') } });
  });

  it('too large is 413, declared or not, also when it only grows in the decoder', async () => {
    const { url, up } = await world(fine, { server: { body_limit_mib: 1 } });
    const big = JSON.stringify({ ...ASK, pad: 'x'.repeat(3 * 1024 * 1024) });
    expect((await post(url + CHAT, big)).status).toBe(413);
    expect((await post(url + CHAT, gzipSync(big), { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post(`${url}/v1/messages`, big)).text).toContain('request_too_large');
    expect(up.seen).toHaveLength(0);
  });

  it('20 MB go through', async () => {
    const { url, up } = await world(fine);
    const answer = await post(url + CHAT, { messages: [{ role: 'user', content: 'é'.repeat(10_000_000) }], model: 'up/fake' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(up.seen[0]!.body).messages[0].content).toHaveLength(10_000_000);
  });
});

describe('paths', () => {
  it.each([
    '/v1/chat/completions',
    '/chat/completions',
    '//v1//chat/completions',
    '/v1/v1/chat/completions',
    '/v1/chat/completions/',
    '/v1/chat/completions?beta=true',
  ])('%s is the chat door', async (path) => {
    const { url } = await world(fine);
    expect((await post(url + path, ASK)).status).toBe(200);
  });

  it('unknown paths, wrong methods and WebSockets are told at once', async () => {
    const { url } = await world(fine);
    const nowhere = await post(`${url}/v1/nowhere`, {});
    expect([nowhere.status, nowhere.text]).toEqual([404, expect.stringContaining('/v1/messages')]);
    expect((await fetch(url + CHAT)).status).toBe(405);
    expect((await fetch(`${url}/`, { method: 'HEAD' })).status).toBe(200);
    const raw = await speak(url, 'GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(raw).toMatch(/^HTTP\/1\.1 426 /);
  });

  it('garbage and oversized headers get an answer, and the server lives', async () => {
    const { url } = await world(fine);
    expect(await speak(url, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await speak(url, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    expect((await post(url + CHAT, ASK)).status).toBe(200);
  });

  it('lists models in the caller’s shape, health and metrics', async () => {
    const { url } = await world(fine);
    const listed = (await (await fetch(`${url}/v1/models`)).json()) as { object: string; data: { id: string }[] };
    expect(listed.object).toBe('list');
    expect(listed.data.map((model) => model.id)).toEqual(['auto', 'up/fake']);
    const theirs = (await (await fetch(`${url}/v1/models?limit=1000`, { headers: { 'anthropic-version': '2023-06-01' } })).json()) as {
      has_more: boolean;
    };
    expect(theirs.has_more).toBe(false);
    expect((await fetch(`${url}/v1/models/up%2Ffake`)).status).toBe(200);
    expect((await fetch(`${url}/v1/models/none`)).status).toBe(404);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await post(url + CHAT, ASK);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('freehold_requests_total{dialect="openai-chat",provider="up",model="fake",zone="own",outcome="ok"} 1');
    expect(metrics).toContain('freehold_tokens_total{provider="up",model="fake",type="input"} 5');
  });
});

describe('who may call', () => {
  const key = 'fh-test-key-123';
  const keys = { alice: `sha256:${createHash('sha256').update(key).digest('hex')}` };

  it.each([
    ['authorization', `Bearer ${key}`],
    ['x-api-key', key],
    ['x-goog-api-key', key],
  ])('a key in %s opens, and never reaches the provider', async (name, value) => {
    const { url, up, records } = await world(fine, { keys });
    expect((await post(url + CHAT, ASK, { [name]: value })).status).toBe(200);
    expect(JSON.stringify(up.seen[0]?.headers)).not.toContain(key);
    expect(records[0]?.caller?.name).toBe('alice');
  });

  it.each([
    ['none', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['a wrong one', { 'x-api-key': 'fh-wrong-secret' }],
    ['a quoted tautology', { authorization: "Bearer ' OR '1'='1" }],
    ['a prototype name', { authorization: 'Bearer __proto__' }],
  ])('%s is a 401 in the caller’s shape that does not repeat it', async (_, headers) => {
    const { url, up } = await world(fine, { keys });
    for (const path of [CHAT, '/v1/messages']) {
      const answer = await post(url + path, ASK, headers as Record<string, string>);
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain('fh-wrong-secret');
      expect(JSON.parse(answer.text)).toHaveProperty('error');
    }
    expect((await fetch(`${url}/v1/models`)).status).toBe(401);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(up.seen).toHaveLength(0);
  });

  it.each(['evil.example', 'localhost.evil.example', 'localhost#', 'a@localhost', 'localhost/x', '127.0.0.1:80:80'])(
    'a Host of %s is refused',
    async (host) => {
      const { url, up } = await world(fine);
      const raw = await speak(url, `POST ${CHAT} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`);
      expect(raw).toMatch(/^HTTP\/1\.1 4(21|00) /);
      expect(up.seen).toHaveLength(0);
    },
  );

  it('callers on this machine may go without a key where the file says so, but not through a proxy', async () => {
    const { url, records } = await world(fine, { keys, server: { loopback_without_key: true } });
    expect((await post(url + CHAT, ASK)).status).toBe(200);
    expect((await post(url + CHAT, ASK, { authorization: 'Bearer ollama' })).status).toBe(200);
    expect((await post(url + CHAT, ASK, { 'x-api-key': key })).status).toBe(200);
    expect(records.map((record) => record.caller?.name)).toEqual([undefined, undefined, 'alice']);
    expect((await post(url + CHAT, ASK, { 'x-forwarded-for': '10.0.0.9' })).status).toBe(401);
  });

  it('names in server.hosts are allowed', async () => {
    const { url } = await world(fine, { server: { hosts: ['box.lan'] } });
    expect((await post(url + CHAT, ASK, { host: 'BOX.lan:7411' })).status).toBe(200);
  });
});

describe('slow readers', () => {
  it('stop the upstream instead of filling the memory', async () => {
    let written = 0;
    const flood: Script = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chat.start());
      const piece = chat.text('x'.repeat(64 * 1024));
      while (written < 64 * 1024 * 1024 && !response.destroyed) {
        if (!response.write(piece)) await room(response);
        written += piece.length;
      }
      response.end(chat.stop() + chat.done);
    };
    const { url, up } = await world(flood);
    const call = open(url + CHAT, { ...ASK, stream: true });
    const response = await call.response;
    response.pause();
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resume) => setTimeout(resume, 300));
    }
    expect(written).toBeLessThan(24 * 1024 * 1024);
    call.leave();
    await up.seen[0]!.aborted;
  });
});

describe('life', () => {
  it('a running stream survives a reload and ends within the drain time of a stop', async () => {
    const slow = sse([chat.start(), chat.text('a'), chat.text('b'), chat.text('c'), chat.stop(), chat.done], 'end', 60);
    const { url, gateway, file } = await world(slow);
    const call = open(url + CHAT, { ...ASK, stream: true });
    await call.response;
    await gateway.apply(configFrom({ ...file, aliases: { other: 'up/fake' } }));
    expect((await (await fetch(`${url}/v1/models`)).text()).includes('"other"')).toBe(true);
    const closing = gateway.close();
    const answer = await call.answer;
    expect(answer.complete).toBe(true);
    expect(answer.text).toContain('[DONE]');
    await closing;
    await expect(post(url + CHAT, ASK)).rejects.toThrow();
  });

  it('a stop does not wait for a connection that a client keeps for its next request', async () => {
    const slow = sse([chat.start(), chat.text('a'), chat.stop(), chat.done], 'end', 100);
    const { url, gateway } = await world(slow);
    const agent = new Agent({ keepAlive: true });
    const body = JSON.stringify({ ...ASK, stream: true });
    const answer = await new Promise<IncomingMessage>((resolve) =>
      request(url + CHAT, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, resolve).end(body),
    );
    const closing = gateway.close();
    expect(await text(answer)).toContain('[DONE]');
    // It would be the drain time of 30 seconds.
    expect(await Promise.race([closing.then(() => 'closed'), pause(15_000, 'waits')])).toBe('closed');
    agent.destroy();
  });

  it('neither keys nor prompts end in the log, even when Freehold itself fails', async () => {
    const { url, log } = await world(() => {
      throw new Error('upstream script failed');
    });
    await post(url + CHAT, '{"messages":"my secret prompt', { authorization: 'Bearer my-secret-key' });
    expect(log.join('\n')).not.toMatch(/secret/);
  });
});

/** Settles when more may be written, or never will be. */
function room(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}

/** Raw bytes to the server; what comes back until the connection ends. */
function speak(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\r\n\r\n')) socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}
