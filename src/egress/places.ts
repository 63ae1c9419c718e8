import { hash, randomBytes } from 'node:crypto';
import { walk } from './text.ts';

/** Something to look for in paths or in addresses of repositories. */
export interface Sought {
  kind: 'repo' | 'path';
  /** Small letters that stand in all that fits. */
  literal: string;
  /** It begins at the root of the disk. */
  anchored: boolean;
  /** It means what lies in a folder, whose bare name is but a word. */
  inside: boolean;
  /** @param text a path, or a repository as `host/owner/name/…` in small letters */
  fits(text: string): boolean;
}

/** Where a request comes from, as its texts tell. */
export interface Places {
  /** Git remotes, as `host/owner/name` in small letters. */
  repositories: readonly string[];
  /** Working directories. */
  folders: readonly string[];
  /** What was met of what was sought, by place in the list. */
  met: ReadonlySet<number>;
}

/** What one text tells, whatever the others say. */
interface Told {
  repositories: readonly string[];
  folders: readonly string[];
  met: readonly number[];
  /** Relative paths that may fit from a working directory on. */
  relative: readonly string[];
}

const NOTHING: Told = { repositories: [], folders: [], met: [], relative: [] };
const NOWHERE: Places = { repositories: [], folders: [], met: new Set() };

/** What all texts tell. */
interface All {
  repositories: Set<string>;
  folders: Set<string>;
  met: Set<number>;
  relative: Set<string>;
}

/** Longest path or address. Characters. */
const LONGEST = 1024;
/** Most occurrences of one mark that are looked at in one text. */
const MOST = 256;
/** Texts whose telling is remembered. */
const REMEMBERED = 20_000;
/** Texts up to this length that tell nothing are remembered as they are: roles, types and the like. */
const SHORT = 24;
const SHORTS = 4096;

/** What ends a path in prose, code, JSON and shells. */
const PATH_END = /[\s"'`<>|;,()[\]{}=*:\0]/;
/** An address goes on behind a colon. */
const ADDRESS_END = /[\s"'`<>|;,()[\]{}=*\0]/;

/** How tools tell their working directory; looked at behind a mark only, so each costs a bounded stretch. */
const FOLDER_MARKS = ['orking directory', 'orking in the', 'orkspace path', '<cwd>'];
const FOLDER =
  /^(?:orking directory(?: is)?|orking in the (?:following )?director(?:y|ies)|orkspace path|<cwd>)\s{0,8}[:=(-]{0,2}\s{0,8}-?\s{0,8}["'`]?((?:~|[A-Za-z]:[\\/]|\/)[^\n<>"'`)]{0,1023})/i;

/** How git and tools tell a remote. */
const REMOTE_MARKS = ['(fetch)', '(push)', '[remote "', 'remote: ', 'remote url', 'repository: ', 'repo: '];
const REMOTES = [
  /^[\s\S]{0,1200}?\b[\w./-]{1,100}[\t ]+(\S{3,1000}) \((?:fetch|push)\)/,
  /\[remote "[^"\n]{1,100}"\][^[]{0,300}?\burl\s{0,8}=\s{0,8}(\S{3,1000})/,
  /(?:remote|remote url|repository|repo)\s{0,8}: {0,8}["'`]?(\S{3,1000})/i,
];

/**
 * Finds where requests come from: the one place that reads texts for it. It looks for marks and reads a bounded stretch around each, so
 * the work is linear in the text, and what was read before is known by a keyed hash.
 */
export class Finder {
  readonly #sought: readonly Sought[];
  readonly #key = randomBytes(16).toString('hex');
  readonly #known = new Map<string, Told>();
  readonly #silent = new Set<string>();

  constructor(sought: readonly Sought[]) {
    this.#sought = sought;
  }

  /** @param body a parsed JSON body of any dialect. @throws RangeError when it is too deep */
  find(body: unknown): Places {
    let all: All | undefined;
    walk(body, ({ text, key }) => {
      if (key || text.length < 3) return;
      const told = this.#told(text);
      if (told === NOTHING) return;
      all ??= { repositories: new Set(), folders: new Set(), met: new Set(), relative: new Set() };
      for (const one of told.repositories) all.repositories.add(one);
      for (const one of told.folders) all.folders.add(one);
      for (const one of told.met) all.met.add(one);
      for (const one of told.relative) all.relative.add(one);
    });
    if (!all) return NOWHERE;
    const { repositories, folders, met, relative } = all;
    for (const [at, sought] of this.#sought.entries())
      if (sought.kind === 'path' && !met.has(at) && isMetFrom(sought, folders, relative)) met.add(at);
    return { repositories: [...repositories], folders: [...folders], met };
  }

  #told(text: string): Told {
    if (text.length <= SHORT && this.#silent.has(text)) return NOTHING;
    if (text.length < 64) {
      const told = this.#read(text);
      if (told === NOTHING && text.length <= SHORT && this.#silent.size < SHORTS) this.#silent.add(text);
      return told;
    }
    const id = hash('sha256', this.#key + text, 'base64');
    let told = this.#known.get(id);
    if (told) this.#known.delete(id);
    else told = this.#read(text);
    this.#known.set(id, told);
    if (this.#known.size > REMEMBERED)
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    return told;
  }

  #read(text: string): Told {
    const small = text.toLowerCase();
    const met: number[] = [];
    const relative: string[] = [];
    for (const [at, sought] of this.#sought.entries()) {
      if (sought.kind === 'path') {
        const tokens = around(small, sought.literal, PATH_END).map(asPath);
        if (tokens.some((token) => (!sought.inside || token.includes('/')) && sought.fits(token))) met.push(at);
        else if (sought.anchored) relative.push(...tokens);
      } else if (around(small, sought.literal, ADDRESS_END).some((token) => sought.fits(repositoryOf(token)))) met.push(at);
    }
    const folders = foldersIn(text, small);
    const repositories = remotesIn(text, small);
    if (met.length + relative.length + folders.length + repositories.length === 0) return NOTHING;
    return { repositories, folders, met, relative };
  }
}

/** A working directory is a path itself, and what is relative lies in one. */
function isMetFrom({ fits, literal }: Sought, folders: ReadonlySet<string>, relative: ReadonlySet<string>): boolean {
  for (const folder of folders) {
    if (fits(asPath(folder))) return true;
    for (const path of relative) if (path.includes(literal) && fits(`${asPath(folder)}/${path}`)) return true;
  }
  return false;
}

/** The words of a text in which a literal stands. */
function around(small: string, literal: string, end: RegExp): string[] {
  const words: string[] = [];
  for (let hit = small.indexOf(literal), seen = 0; hit >= 0 && seen < MOST; seen++) {
    let from = hit;
    while (from > 0 && hit - from < LONGEST && !end.test(small[from - 1]!)) from--;
    let to = hit + literal.length;
    while (to < small.length && to - hit < LONGEST && !end.test(small[to]!)) to++;
    words.push(small.slice(from, to));
    hit = small.indexOf(literal, to);
  }
  return words;
}

/** Slashes of either kind are one; an escaped backslash is no second one. */
function asPath(text: string): string {
  return text.replace(/[\\/]+/g, '/');
}

/**
 * A repository's address without scheme, user, port and `.git`, in small letters: `git@host:owner/name.git` and
 * `https://user@host/owner/name` are both `host/owner/name`.
 */
export function repositoryOf(address: string): string {
  return address
    .toLowerCase()
    .replace(/^[a-z][a-z+]{0,20}:\/\//, '')
    .replace(/^[^/@]{0,200}@/, '')
    .replace(/^([^/:]{1,255}):(?:\d{1,5}\/)?\/?/, '$1/')
    .replace(/\.git(?=$|[/#?])/, '')
    .replace(/[#?].{0,1024}$/, '')
    .replace(/[/.]+$/, '');
}

function foldersIn(text: string, small: string): string[] {
  return hits(small, FOLDER_MARKS).flatMap((at) => FOLDER.exec(text.slice(at, at + LONGEST + 100))?.[1]?.trim() ?? []);
}

function remotesIn(text: string, small: string): string[] {
  const found = hits(small, REMOTE_MARKS).flatMap((at) => {
    const from = Math.max(0, text.lastIndexOf('\n', at) + 1, at - LONGEST);
    const stretch = text.slice(from, at + LONGEST + 100);
    return REMOTES.flatMap((form) => form.exec(stretch)?.[1] ?? []);
  });
  return [...new Set(found.map(repositoryOf))].filter((one) => /^[^/\s]+\.[^/\s]+\/.+/.test(one));
}

function hits(small: string, marks: readonly string[]): number[] {
  const found: number[] = [];
  for (const mark of marks)
    for (let at = small.indexOf(mark), seen = 0; at >= 0 && seen < 16; at = small.indexOf(mark, at + mark.length), seen++) found.push(at);
  return found;
}
