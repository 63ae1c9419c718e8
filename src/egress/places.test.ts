import { describe, expect, it } from 'vitest';
import { glob } from '../policy/glob.ts';
import { Finder, repositoryOf, type Sought } from './places.ts';

const path = (text: string): Sought => ({ kind: 'path', ...glob(text), fits: glob(text).fits });
const repo = (text: string): Sought => ({ kind: 'repo', ...glob(text), fits: glob(text).fits });
const said = (text: string) => ({ messages: [{ role: 'user', content: [{ type: 'text', text }] }] });

describe('repositoryOf', () => {
  it.each([
    ['git@github.com:Acme/App.git', 'github.com/acme/app'],
    ['https://github.com/acme/app', 'github.com/acme/app'],
    ['https://user:token@github.com/acme/app.git/', 'github.com/acme/app'],
    ['ssh://git@git.acme.example:2222/acme/app.git', 'git.acme.example/acme/app'],
    ['git.acme.example:2222/acme/app', 'git.acme.example/acme/app'],
    ['github.com/acme/app/blob/main/src/a.ts#L5', 'github.com/acme/app/blob/main/src/a.ts'],
    ['gitlab.com/group/sub/app', 'gitlab.com/group/sub/app'],
  ])('%s', (address, repository) => {
    expect(repositoryOf(address)).toBe(repository);
  });
});

describe('working directories', () => {
  it.each([
    ['<env>\n  Working directory: /home/me/app\n  Is directory a git repo: Yes', '/home/me/app'],
    ['Primary working directory: /home/me/my app\n', '/home/me/my app'],
    ['<environment_context>\n  <cwd>/srv/app</cwd>\n', '/srv/app'],
    ['I’m currently working in the directory: /srv/x\nHere is', '/srv/x'],
    ['I am working in the following directories:\n  - /srv/x\n', '/srv/x'],
    ['# Current Working Directory (/Users/me/app) Files', '/Users/me/app'],
    ['Working directory: C:\\src\\app\n', 'C:\\src\\app'],
    ['Workspace Path: /w/app\n', '/w/app'],
  ])('%j', (text, folder) => {
    expect(new Finder([]).find(said(text)).folders).toEqual([folder]);
  });

  it('are not made up from prose', () => {
    expect(new Finder([]).find(said('the working directory is not known; <cwd> is a tag')).folders).toEqual([]);
  });
});

describe('git remotes', () => {
  it.each([
    ['origin\tgit@github.com:acme/app.git (fetch)\norigin\tgit@github.com:acme/app.git (push)', ['github.com/acme/app']],
    ['[core]\n\tbare = false\n[remote "origin"]\n\turl = https://github.com/acme/app.git\n\tfetch = +refs', ['github.com/acme/app']],
    ['Git remote: git@git.example.org:a/b.git', ['git.example.org/a/b']],
    ['Repository: https://github.com/acme/app', ['github.com/acme/app']],
    ['see https://github.com/lodash/lodash for the source', []],
    ['the repo: see below', []],
  ])('%j', (text, repositories) => {
    expect(new Finder([]).find(said(text)).repositories).toEqual(repositories);
  });
});

describe('what is sought', () => {
  it.each([
    ['**/crypto/**', 'see src/crypto/aes.ts:12'],
    ['**/crypto/**', 'diff --git a/lib/crypto/x.c b/lib/crypto/x.c'],
    ['**/crypto/**', '{"file_path":"/home/me/app/crypto/x.ts"}'],
    ['**/crypto/**', '{"path":"C:\\\\app\\\\Crypto\\\\x.ts"}'],
    ['**/*.pem', 'cat ./keys/server.pem'],
    ['**/secret?/**', 'in secret1/x'],
    ['/srv/app/**', 'Working directory: /srv/app'],
    ['/srv/app/crypto/**', 'Working directory: /srv/app\nI read crypto/aes.ts'],
  ])('%s in %j', (pattern, text) => {
    expect([...new Finder([path(pattern)]).find(said(text)).met]).toEqual([0]);
  });

  it.each([
    ['**/crypto/**', 'cryptography is hard, and so is crypto'],
    ['**/crypto/*.ts', 'see crypto/deep/aes.ts'],
    ['/srv/app/crypto/**', 'Working directory: /srv/other\nI read crypto/aes.ts'],
    ['**/*.pem', 'server.pem.md'],
  ])('%s not in %j', (pattern, text) => {
    expect(new Finder([path(pattern)]).find(said(text)).met.size).toBe(0);
  });

  it('finds repositories in passing', () => {
    const finder = new Finder([repo('github.com/acme/secret-*/**')]);
    expect(finder.find(said('clone git@github.com:acme/secret-x.git first')).met.size).toBe(1);
    expect(finder.find(said('clone git@github.com:acme/open.git first')).met.size).toBe(0);
  });

  it('looks into every field of a body', () => {
    const finder = new Finder([path('**/crypto/**')]);
    expect(finder.find({ tools: [{ function: { parameters: { anything: ['x', { deep: 'a/crypto/b' }] } } }] }).met.size).toBe(1);
  });

  it('tells the same when it was asked before, also of long texts', () => {
    const finder = new Finder([path('**/crypto/**')]);
    const body = said(`${'x '.repeat(5000)} src/crypto/a.ts`);
    expect(finder.find(body)).toEqual(finder.find(body));
    expect(finder.find(body).met.size).toBe(1);
  });

  it.each([
    ['a long word', 'crypto/'.repeat(100_000)],
    ['many hits', 'crypto '.repeat(100_000)],
    ['many slashes', '/'.repeat(500_000)],
    ['many marks', 'Working directory: '.repeat(20_000)],
    ['many remotes', 'remote: '.repeat(50_000)],
    ['remote without end', `[remote "${'a'.repeat(300_000)}`],
  ])('takes time in proportion to hostile text: %s', (_, text) => {
    const time = (piece: string): number => {
      const finder = new Finder([path('**/crypto/**'), path('/srv/**/crypto/**/x*'), repo('github.com/*/crypto*')]);
      const from = performance.now();
      finder.find(said(piece));
      return performance.now() - from;
    };
    time(text);
    // Quadratic work on half a megabyte would take minutes.
    expect(time(text)).toBeLessThan(2000);
  });
});
