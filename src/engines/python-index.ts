import { homedir } from 'node:os';
import { join } from 'node:path';
import { get, type Http, readText } from './http.ts';
import { normalProject } from './source.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** One wheel on an index. */
export interface Wheel {
  filename: string;
  version: string;
  url: string;
  sha256: string | undefined;
  /** Undefined when the index does not say. */
  bytes: number | undefined;
}

/**
 * The index pip is configured to use: PIP_INDEX_URL, then PIP_CONFIG_FILE, the virtual environment's, the user's
 * and the machine's pip configuration, then pypi.org. No pip and no Python is run.
 * @param read gives a file's text, or undefined when there is none
 */
export function pipIndexUrl(env: Env, read: (path: string) => string | undefined): string {
  const named = env['PIP_INDEX_URL'];
  if (named) return named.replace(/\/+$/, '');
  for (const path of configPaths(env)) {
    const text = read(path);
    const url = text === undefined ? undefined : indexUrlIn(text);
    if (url !== undefined) return url.replace(/\/+$/, '');
  }
  return 'https://pypi.org/simple';
}

/**
 * The newest wheel of a project that is not withdrawn, or the one of a version.
 * @throws Error when the index has no such project or wheel
 */
export async function findWheel(
  index: string,
  project: string,
  version: string | undefined,
  http: Http,
  signal: AbortSignal,
): Promise<Wheel> {
  const page = `${index}/${normalProject(project)}/`;
  const reply = await get(http, page, { accept: 'application/vnd.pypi.simple.v1+json, text/html;q=0.5' }, signal);
  const text = await readText(reply);
  const host = new URL(index).host;
  if (reply.status === 404) throw new Error(`The Python index ${host} has no project "${project}".`);
  if (reply.status !== 200) throw new Error(`The Python index ${host} answered ${reply.status} for "${project}".`);
  const isJson = (reply.headers['content-type'] ?? '').includes('json');
  const wheels = (isJson ? wheelsInJson(text, page) : wheelsInHtml(text, page)).filter(
    (wheel) => version === undefined || wheel.version === version,
  );
  const newest = wheels.sort((a, b) => compareVersions(a.version, b.version)).at(-1);
  if (newest === undefined)
    throw new Error(`The Python index ${host} has no wheel of "${project}"${version === undefined ? '' : ` ${version}`}.`);
  return newest;
}

/** What a wheel's METADATA says of licence and of the packages it needs (name and exact version). Pure. */
export function readMetadata(text: string): { license: string | undefined; needs: { project: string; version: string | undefined }[] } {
  const head = text.split(/\r?\n\r?\n/)[0] ?? '';
  const field = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, 'im').exec(head)?.[1]?.trim();
  const classifier = /^Classifier: License :: (?:OSI Approved :: )?(.+)$/im.exec(head)?.[1]?.trim();
  const needs = [...head.matchAll(/^Requires-Dist:\s*([A-Za-z0-9._-]+)\s*(?:\(?==\s*([^\s;)]+)\)?)?/gim)].map((match) => ({
    project: normalProject(match[1] as string),
    version: match[2],
  }));
  return { license: field('License-Expression') ?? field('License') ?? classifier, needs };
}

function configPaths(env: Env): string[] {
  const home = env['HOME'] || env['USERPROFILE'] || homedir();
  const xdg = env['XDG_CONFIG_HOME'] || join(home, '.config');
  return [
    env['PIP_CONFIG_FILE'] ?? '',
    env['VIRTUAL_ENV'] ? join(env['VIRTUAL_ENV'], 'pip.conf') : '',
    join(xdg, 'pip', 'pip.conf'),
    join(home, '.pip', 'pip.conf'),
    join(home, 'Library', 'Application Support', 'pip', 'pip.conf'),
    env['APPDATA'] ? join(env['APPDATA'], 'pip', 'pip.ini') : '',
    '/etc/xdg/pip/pip.conf',
    '/etc/pip.conf',
  ].filter((path) => path !== '');
}

function indexUrlIn(text: string): string | undefined {
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    section = /^\s*\[(.+?)\]/.exec(line)?.[1]?.toLowerCase() ?? section;
    const value = /^\s*index[-_]url\s*[=:]\s*(\S+)/i.exec(line)?.[1];
    if (value !== undefined && ['global', 'install', 'download'].includes(section)) return value;
  }
  return undefined;
}

function wheelsInJson(text: string, page: string): Wheel[] {
  const { files = [] } = JSON.parse(text) as {
    files?: { filename: string; url: string; hashes?: { sha256?: string }; size?: number; yanked?: unknown }[];
  };
  return files.flatMap((file) =>
    file.yanked
      ? []
      : wheel(file.filename, new URL(file.url, page).href, file.hashes?.sha256, typeof file.size === 'number' ? file.size : undefined),
  );
}

function wheelsInHtml(text: string, page: string): Wheel[] {
  return [...text.matchAll(/<a\s([^>]*)>([^<]*)<\/a>/gi)].flatMap(([, attributes = '', label = '']) => {
    const href = /href\s*=\s*["']([^"']+)["']/i.exec(attributes)?.[1]?.replaceAll('&amp;', '&');
    if (href === undefined || /data-yanked/i.test(attributes)) return [];
    const url = new URL(href, page);
    const sha256 = /sha256=([0-9a-f]{64})/i.exec(url.hash)?.[1];
    url.hash = '';
    return wheel(label.trim(), url.href, sha256, undefined);
  });
}

function wheel(filename: string, url: string, sha256: string | undefined, bytes: number | undefined): Wheel[] {
  const version = /^[^-]+-([^-]+)-.*\.whl$/.exec(filename)?.[1];
  return version === undefined ? [] : [{ filename, version, url, sha256, bytes }];
}

function compareVersions(a: string, b: string): number {
  // A pre-release (1.0rc1) comes before its release; exactness beyond that is pip's business.
  const parts = (version: string) => [...version.matchAll(/\d+|[a-z]+/g)].map(([part]) => (/\d/.test(part) ? Number(part) : -1));
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
