import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../src/accounts/directory.ts';
import { adminWorld } from '../fake/admin.ts';
import { BUILT, built } from '../fake/dashboard.ts';

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
