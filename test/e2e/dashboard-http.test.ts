import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/accounts/directory.ts';
import { liveEvent, sessionView } from '../../src/http/contract.ts';
import { adminWorld } from '../fake/admin.ts';
import { open } from '../fake/call.ts';
import { BUILT, built } from '../fake/dashboard.ts';
import { startGateway } from '../fake/start.ts';
import { chat, FakeUpstream } from '../fake/upstream.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

beforeAll(built);

const ADMIN = 'an-admin-key-of-the-tests';
const WITH_KEY = { admin: { key: `sha256:${hashKey(ADMIN)}` } };

const world = (settings?: Record<string, unknown>) => adminWorld(stops, settings);

describe('the page', () => {
  it('is where a browser comes to, and not where a program asks', async () => {
    const { url } = await world();
    const browser = await fetch(`${url}/`, { headers: { accept: 'text/html,*/*' }, redirect: 'manual' });
    expect([browser.status, browser.headers.get('location')]).toEqual([302, '/dashboard/']);
    expect(await (await fetch(`${url}/`)).text()).toContain('running');
  });

  it('may run what comes from here and nothing else, with a new nonce each time', async () => {
    const { url } = await world(WITH_KEY);
    const nonces = new Set<string>();
    for (const path of ['/dashboard', '/dashboard/', '/dashboard/exchanges/abc?x=1', '/dashboard/no-such-page']) {
      const answer = await fetch(url + path);
      const policy = answer.headers.get('content-security-policy') ?? '';
      const nonce = /'nonce-([^']+)'/.exec(policy)![1]!;
      nonces.add(nonce);
      const text = await answer.text();
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(text).toContain(`nonce="${nonce}"`);
      expect(text).not.toContain('__NONCE__');
      expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/);
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(policy).toMatch(/frame-ancestors 'none'; base-uri 'none'; form-action 'self'$/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    expect(nonces.size).toBe(4);
  });

  it('keeps what has its hash in its name, and compares the rest', async () => {
    const { url } = await world();
    const page = await (await fetch(`${url}/dashboard/`)).text();
    const script = /src="(\/dashboard\/assets\/[^"]+\.js)"/.exec(page)![1]!;
    const packed = await raw(url, script, { 'accept-encoding': 'gzip, br' });
    expect([packed.status, packed.headers['content-encoding'], packed.headers['cache-control']]).toEqual([
      200,
      'br',
      'public, max-age=31536000, immutable',
    ]);
    expect((await raw(url, script, { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBe('gzip');
    const plain = await raw(url, script, {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.size).toBeGreaterThan(packed.size);
    const icon = await raw(url, '/dashboard/icon.svg', {});
    expect([icon.headers['cache-control'], icon.headers['content-type']]).toEqual(['no-cache', 'image/svg+xml']);
    const again = await raw(url, '/dashboard/icon.svg', { 'if-none-match': icon.headers['etag']! });
    expect([again.status, again.size]).toEqual([304, 0]);
    const head = await fetch(`${url}/dashboard/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('holds nothing but the page', async () => {
    const { url } = await world();
    for (const path of [
      '/dashboard/assets/nothing.js',
      '/dashboard/../package.json.js',
      '/dashboard/%2e%2e/vite.config.js',
      '/dashboard/index.html.gz.js',
    ])
      expect([path, (await raw(url, path, {})).status]).toEqual([path, 404]);
    const outside = await raw(url, '/dashboard/..%2f..%2fpackage.json', {});
    expect(outside.text).not.toContain('devDependencies');
    expect((await fetch(`${url}/dashboard/`, { method: 'POST' })).status).toBe(405);
    expect((await raw(url, '/dashboard/', { host: 'evil.example' })).status).toBe(421);
  });

  it('has the styles of every component that it uses', () => {
    const root = join(BUILT, '..');
    const styles = readFileSync(join(root, 'mantine.css'), 'utf8');
    const library = readdirSync(join(root, '../node_modules/@mantine/core/styles'));
    const used = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.tsx') && !name.startsWith('dist'))
      .flatMap((name) => [...readFileSync(join(root, name), 'utf8').matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)])
      .flatMap(([, names]) => names!.split(',').map((name) => name.trim()));
    expect(used).toContain('Button');
    const missing = new Set(used.filter((name) => library.includes(`${name}.layer.css`) && !styles.includes(`styles/${name}.layer.css"`)));
    expect([...missing], 'add them to dashboard/mantine.css').toEqual([]);
  });

  it('is under 400 kB in all, packed, and the first view under 250 kB', async () => {
    const assets = readdirSync(join(BUILT, 'assets')).filter((name) => /\.(?:js|css)$/.test(name));
    const size = (name: string) => gzipSync(readFileSync(join(BUILT, name)), { level: 9 }).length;
    const all = assets.reduce((sum, name) => sum + size(`assets/${name}`), 0);
    const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
    const first = [...page.matchAll(/"\/dashboard\/(assets\/[^"]+\.(?:js|css))"/g)].reduce((sum, [, name]) => sum + size(name!), 0);
    expect(all).toBeLessThan(400_000);
    expect(first).toBeGreaterThan(10_000);
    expect(first).toBeLessThan(250_000);
  });
});

describe('sessions', () => {
  const SAME = { 'sec-fetch-site': 'same-origin' };

  it('say what it takes', async () => {
    const open = await world();
    expect((await open.call('GET', '/admin/api/session')).body).toEqual({ by: 'local', needs: null, expires_at: null });
    const proxied = await open.call('GET', '/admin/api/session', undefined, { 'x-forwarded-for': '10.0.0.1' });
    expect(proxied.body).toEqual({ by: null, needs: 'this-machine', expires_at: null });
    const locked = await world(WITH_KEY);
    expect((await locked.call('GET', '/admin/api/session')).body).toEqual({ by: null, needs: 'key', expires_at: null });
    const byKey = await locked.call('GET', '/admin/api/session', undefined, { authorization: `Bearer ${ADMIN}` });
    expect(byKey.body).toEqual({ by: 'admin', needs: null, expires_at: null });
    expect((await locked.call('GET', '/admin/api/session', undefined, { origin: 'https://evil.example' })).status).toBe(403);
  });

  it('are begun with the key, kept in a cookie that scripts cannot read, and good for the page alone', async () => {
    const { call, url } = await world(WITH_KEY);
    const begun = await call('POST', '/admin/api/session', { key: ` ${ADMIN} ` }, SAME);
    const view = sessionView.parse(begun.body);
    expect(view.by).toBe('admin');
    expect(view.expires_at! - Date.now()).toBeGreaterThan(11 * 3_600_000);
    const sent = begun.headers.get('set-cookie')!;
    expect(sent).toMatch(/^freehold_session=[\w.-]+; Path=\/admin; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    expect(sent).not.toContain(ADMIN);
    const cookie = sent.split(';')[0]!;
    const behindTls = await call('POST', '/admin/api/session', { key: ADMIN }, { ...SAME, 'x-forwarded-proto': 'https' });
    expect(behindTls.headers.get('set-cookie')).toMatch(/; Secure$/);

    expect((await call('GET', '/admin/api/keys', undefined, { cookie })).status).toBe(200);
    expect((await call('GET', '/admin/api/keys', undefined, { cookie: `other=1; ${cookie}` })).status).toBe(200);
    const from: { sent: Record<string, string>; status: number }[] = [
      { sent: {}, status: 403 },
      { sent: { 'sec-fetch-site': 'none' }, status: 403 },
      { sent: { 'sec-fetch-site': 'same-site' }, status: 403 },
      { sent: { 'sec-fetch-site': 'cross-site' }, status: 403 },
      { sent: { origin: 'https://evil.example' }, status: 403 },
      { sent: { origin: url }, status: 201 },
      { sent: SAME, status: 201 },
    ];
    for (const { sent: more, status } of from)
      expect([more, (await call('POST', '/admin/api/keys', { name: 'a' }, { cookie, ...more })).status]).toEqual([more, status]);
    expect((await call('GET', '/v1/models', undefined, { cookie })).status).toBe(401);
  });

  it('end: when they are left, with the admin key, and never begin by guessing', async () => {
    const { call, gateway } = await world(WITH_KEY);
    const cookieOf = async () => (await call('POST', '/admin/api/session', { key: ADMIN }, SAME)).headers.get('set-cookie')!.split(';')[0]!;
    const cookie = await cookieOf();
    const other = await cookieOf();
    const left = await call('DELETE', '/admin/api/session', undefined, { cookie, ...SAME });
    expect(left.body).toEqual({ by: null, needs: 'key', expires_at: null });
    expect(left.headers.get('set-cookie')).toMatch(/^freehold_session=; .*Max-Age=0/);
    const may = async (sent: string) => (await call('GET', '/admin/api/keys', undefined, { cookie: sent })).status;
    expect(await may(cookie)).toBe(401);
    expect(await may(other)).toBe(200);
    const [name, token = ''] = other.split('=');
    const [end = '', random = '', mac = ''] = token.split('.');
    const later = (Number.parseInt(end, 36) + 1000).toString(36);
    for (const made of [
      '',
      'x',
      '..',
      `${end}.${random}`,
      `${end}.${random}.`,
      `${later}.${random}.${mac}`,
      `${end}.${random}.${mac.slice(1)}A`,
    ])
      expect([made, await may(`${name}=${made}`)]).toEqual([made, 401]);
    const { configFrom } = await import('../../src/config/load.ts');
    await gateway.apply(configFrom({ server: { port: 0 }, admin: { key: `sha256:${hashKey('another')}` } }));
    expect(await may(other)).toBe(401);
  });

  it('take ten wrong keys a minute from one address', async () => {
    const { call } = await world(WITH_KEY);
    const tries = [];
    for (let i = 0; i < 11; i++) tries.push((await call('POST', '/admin/api/session', { key: `wrong ${i}` }, SAME)).status);
    expect(tries).toEqual([...Array(10).fill(401), 429]);
    const right = await call('POST', '/admin/api/session', { key: ADMIN }, SAME);
    expect([right.status, Number(right.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await call('GET', '/admin/api/keys', undefined, { authorization: `Bearer ${ADMIN}` })).status).toBe(200);
  });

  it('are on record: who signed in and out from where, and who failed to', async () => {
    const { call, data } = await world(WITH_KEY);
    await call('POST', '/admin/api/session', { key: 'wrong' }, SAME);
    const begun = await call('POST', '/admin/api/session', { key: ADMIN }, SAME);
    await call('DELETE', '/admin/api/session', undefined, { cookie: begun.headers.get('set-cookie')!.split(';')[0]!, ...SAME });
    const lines = readdirSync(data, { recursive: true, encoding: 'utf8' })
      .filter((name) => /audit.*\.jsonl?$|audit/.test(name) && !/key/.test(name))
      .flatMap((name) => text(join(data, name)).split('\n'))
      .filter((line) => line.includes('session.'))
      .map((line) => JSON.parse(line) as { actor: string; action: string; outcome: string; from: string });
    expect(lines.map(({ actor, action, outcome }) => [actor, action, outcome])).toEqual([
      ['', 'session.begin', 'refused'],
      ['admin', 'session.begin', 'done'],
      ['admin', 'session.end', 'done'],
    ]);
    expect(lines.every(({ from }) => /127\.0\.0\.1$/.test(from))).toBe(true);
    expect(JSON.stringify(lines)).not.toContain(ADMIN);
  });

  it('need a key to be had', async () => {
    const { call } = await world();
    const answer = await call('POST', '/admin/api/session', { key: 'x' }, SAME);
    expect([answer.status, answer.body.error.message]).toEqual([400, expect.stringContaining('freehold key --admin')]);
    const locked = await world(WITH_KEY);
    for (const body of [{}, { key: 5 }, { key: '' }, []])
      expect((await locked.call('POST', '/admin/api/session', body, SAME)).status).toBe(400);
    expect((await locked.call('PUT', '/admin/api/session', {}, SAME)).status).toBe(405);
    expect((await locked.call('POST', '/admin/api/session', { key: 'x'.repeat(5000) }, SAME)).status).toBe(413);
  });
});

describe('the live feed', () => {
  const ASK = { model: 'up/fake', stream: true, messages: [{ role: 'user', content: 'a secret question' }] };

  /** An upstream that goes on when it is told to. */
  async function streaming(settings: Record<string, unknown> = {}) {
    const gates: (() => void)[] = [];
    const gate = () => new Promise<void>((settle) => gates.push(settle));
    const up = await FakeUpstream.start(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chat.start());
      await gate();
      response.write(chat.text('a secret answer '));
      await gate();
      response.write(chat.text('that goes on '));
      await gate();
      response.end(chat.stop() + chat.done);
    });
    const models = { fake: { price: { input: 1, output: 2 } } };
    const started = await startGateway({ providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models } }, ...settings });
    stops.push(
      () => up.stop(),
      () => started.gateway.close(),
      () => {
        for (const settle of gates) settle();
      },
    );
    const goOn = async () => {
      while (gates.length === 0) await new Promise((resume) => setTimeout(resume, 5));
      gates.shift()!();
    };
    return { ...started, up, goOn };
  }

  it('tells how an exchange begins, answers and ends, and nothing of what was said', async () => {
    const { url, goOn } = await streaming();
    const reader = await read(url);
    stops.push(() => reader.leave());
    const call = open(`${url}/v1/chat/completions`, ASK, { 'user-agent': 'claude-cli/2.0.1' });
    const { id } = await reader.until(({ state }) => state === 'waiting');
    await goOn();
    const begun = await reader.until(({ state }) => state === 'answering');
    await goOn();
    await reader.until(({ bytes_in }) => bytes_in > begun.bytes_in);
    await goOn();
    const ended = await reader.until(({ state }) => state === 'ended');
    await call.answer;
    const mine = reader.events.filter((event) => event.id === id);
    expect([...new Set(mine.map(({ state }) => state))]).toEqual(['waiting', 'answering', 'ended']);
    expect(mine.every((event) => event.asked === 'up/fake' && event.client === 'claude-cli')).toBe(true);
    expect(ended).toMatchObject({
      outcome: 'ok',
      outcome_class: 'ok',
      status: 200,
      attempts: 1,
      provider: 'up',
      model: 'fake',
      zone: 'vendor',
    });
    expect(reader.text()).not.toMatch(/secret|goes on/);
  });

  it('goes on where a reader left off, also across what it missed', async () => {
    const { url, goOn } = await streaming();
    const first = await read(url);
    open(`${url}/v1/chat/completions`, ASK);
    const { id } = await first.until(({ state }) => state === 'waiting');
    const last = first.last();
    first.leave();
    for (let i = 0; i < 3; i++) await goOn();
    const second = await read(url, { 'last-event-id': last });
    const ended = await second.until((event) => event.id === id && event.state === 'ended');
    expect(ended.outcome).toBe('ok');
    second.leave();
    const third = await read(url, { 'last-event-id': last });
    stops.push(() => third.leave());
    expect((await third.until((event) => event.id === id && event.state === 'ended')).outcome).toBe('ok');
    expect(third.numbers().filter((number) => number <= Number(last))).toEqual([]);
  });

  it('is for who may use the admin API', async () => {
    const { url } = await streaming(WITH_KEY);
    expect((await fetch(`${url}/admin/api/live`)).status).toBe(401);
    expect((await fetch(`${url}/admin/api/live`, { method: 'POST', headers: { authorization: `Bearer ${ADMIN}` } })).status).toBe(405);
    const reader = await read(url, { authorization: `Bearer ${ADMIN}` });
    reader.leave();
  });

  it('ends when the gateway does', async () => {
    const { url, gateway } = await streaming();
    const reader = await read(url);
    const began = performance.now();
    await gateway.close();
    await reader.over;
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

type LiveEvent = ReturnType<typeof liveEvent.parse>;

/** Reads the feed until it is told to leave. Every event fits the contract. */
function read(url: string, headers: Record<string, string> = {}) {
  const events: LiveEvent[] = [];
  const waiting: { fits: (event: LiveEvent) => boolean; settle: (event: LiveEvent) => void }[] = [];
  let text = '';
  let done = 0;
  return new Promise<{
    events: LiveEvent[];
    text(): string;
    last(): string;
    numbers(): number[];
    until(fits: (event: LiveEvent) => boolean): Promise<LiveEvent>;
    leave(): void;
    over: Promise<void>;
  }>((resolve, reject) => {
    const call = request(`${url}/admin/api/live`, { headers, agent: false }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`status ${answer.statusCode}`));
      const over = new Promise<void>((settle) => answer.on('close', () => settle()));
      answer.on('error', () => undefined);
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const end = text.lastIndexOf('\n\n');
        for (const block of text.slice(done, Math.max(done, end)).split('\n\n')) {
          if (!block.includes('event: exchange')) continue;
          const event = liveEvent.parse(JSON.parse(/^data: (.*)$/m.exec(block)![1]!));
          events.push(event);
          for (const one of waiting) if (one.fits(event)) one.settle(event);
        }
        done = Math.max(done, end);
      });
      const numbers = () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
      resolve({
        events,
        text: () => text,
        last: () => String(numbers().at(-1)),
        numbers,
        until: (fits) =>
          new Promise((settle) => {
            const found = events.find(fits);
            if (found) settle(found);
            else waiting.push({ fits, settle });
          }),
        leave: () => call.destroy(),
        over,
      });
    });
    call.on('error', reject).end();
  });
}

/** Of a file; nothing where it is a folder. */
function text(path: string): string {
  return statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
}

/** A request whose path and headers go as they stand. */
function raw(url: string, path: string, headers: Record<string, string>) {
  const { hostname, port } = new URL(url);
  return new Promise<{ status: number; headers: Record<string, string | undefined>; size: number; text: string }>((resolve, reject) => {
    request({ hostname, port, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers as Record<string, string | undefined>,
          size: bytes.length,
          text: bytes.toString(),
        });
      });
    })
      .on('error', reject)
      .end();
  });
}
