import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GatewayError } from '../protocol/errors.ts';

const ROOT = '/dashboard';

/** Where the built page lies: beside the program in the package, in its own folder in a checkout. */
const PLACES = ['../dashboard/', '../../dashboard/dist/'].map((place) => fileURLToPath(new URL(place, import.meta.url)));

const MIME: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.md': 'text/plain; charset=utf-8',
};

/** What the bundler stands in place of a nonce. */
const NONCE = '__NONCE__';

/** Names with a hash of their content never mean other bytes. */
const HASHED = /^assets\//;

/** Milliseconds between two looks at what is there. */
const LOOK = 1000;

const ABSENT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Freehold</title>
<p>Freehold is running. Its dashboard is not built here: run <code>npm run build:dashboard</code> in the checkout and reload.</p></html>
`;

/** Whether a path belongs to the page. */
export function isDashboardPath(path: string): boolean {
  return path === ROOT || path.startsWith(`${ROOT}/`);
}

/** Whether somebody with a browser has come to the front door. */
export function wantsPage(path: string, { method, headers }: IncomingMessage): boolean {
  return path === '/' && method === 'GET' && /\btext\/html\b/.test(headers.accept ?? '');
}

/** Sends to the page. */
export function toDashboard(response: ServerResponse): void {
  response.writeHead(302, { location: `${ROOT}/`, 'content-length': 0, 'cache-control': 'no-store' }).end();
}

/** Serves the built page. Holds no data: what it shows comes from the admin API, which asks who wants to know. */
export class Dashboard {
  readonly #places: readonly string[];
  #place = '';
  #files: ReadonlySet<string> = new Set();
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param places folders that may hold what was built; the first that has a page counts */
  constructor(places: readonly string[] = PLACES) {
    this.#places = places;
  }

  /** @param path canonical, without query @throws GatewayError `method`, `not-found` */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new GatewayError('method', `${path} takes GET`);
    const name = path.slice(ROOT.length + 1);
    if (this.#has(name) && name !== 'index.html') return this.#file(request, response, name);
    // What looks like a file is one; everything else is an address inside the page.
    if (extname(name) in MIME)
      throw new GatewayError('not-found', `there is no ${path} here; reload the page, it may be of an older version`);
    if (!this.#has('index.html')) return end(response, 503, 'text/html; charset=utf-8', ABSENT, { ...policy(''), 'retry-after': '5' });
    const nonce = randomBytes(16).toString('base64');
    const page = (await readFile(join(this.#place, 'index.html'), 'utf8')).replaceAll(NONCE, nonce);
    end(response, 200, 'text/html; charset=utf-8', page, { ...policy(nonce), 'cache-control': 'no-store' });
  }

  async #file(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const type = MIME[extname(name)];
    if (!type) throw new GatewayError('not-found', `there is no ${ROOT}/${name} here`);
    const accepted = String(request.headers['accept-encoding'] ?? '');
    const coding = (['br', 'gzip'] as const).find((one) => new RegExp(`\\b${one}\\b`).test(accepted) && this.#has(name + ENDS[one]));
    const bytes = await readFile(join(this.#place, name + (coding ? ENDS[coding] : '')));
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    const headers = {
      ...policy(''),
      etag,
      vary: 'accept-encoding',
      'cache-control': HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...(coding && { 'content-encoding': coding }),
    };
    if (request.headers['if-none-match'] === etag) response.writeHead(304, headers).end();
    else end(response, 200, type, bytes, headers);
  }

  /** Looks again for a name it does not know: the page may have been built while the gateway runs. */
  #has(name: string): boolean {
    if (this.#files.has(name)) return true;
    const now = performance.now();
    if (now - this.#lookedAt < LOOK) return false;
    this.#lookedAt = now;
    for (const place of this.#places) {
      const files = filesOf(place);
      if (!files.has('index.html')) continue;
      this.#place = place;
      this.#files = files;
      return files.has(name);
    }
    this.#files = new Set();
    return false;
  }
}

const ENDS = { br: '.br', gzip: '.gz' } as const;

/** Names below a folder, with `/`; none where there is no folder. Only what is in this list is ever opened. */
function filesOf(place: string): Set<string> {
  try {
    return new Set(readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/')));
  } catch {
    return new Set();
  }
}

/** What a browser may do with it: run and show what comes from here, and nothing else. @param nonce for style elements; empty for none */
function policy(nonce: string): Record<string, string> {
  const styles = nonce ? `'self' 'nonce-${nonce}'` : "'self'";
  return {
    'content-security-policy':
      `default-src 'none'; script-src 'self'; style-src ${styles}; font-src 'self'; img-src 'self' data:; connect-src 'self'; ` +
      "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  };
}

function end(response: ServerResponse, status: number, type: string, body: string | Buffer, headers: Record<string, string>): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
