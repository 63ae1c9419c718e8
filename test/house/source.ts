/**
 * Reads TypeScript source just far enough for the house rules: without comments, and its imports.
 *
 * Why not the compiler: TypeScript 7 is a native program. Its JavaScript API is published under `unstable/` and spawns that program,
 * so a rule built on it would break with a patch release. A hundred lines that know strings, comments and templates are steadier.
 */

/** Path (from the repository root, with `/`) → source text. What every rule judges, so that a canary can hand in a house of its own. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  /** As written, e.g. `../protocol/part.ts`, `node:http`, `zod`. */
  specifier: string;
  /** Path in the tree for relative imports; undefined for packages. */
  target?: string;
  /** `import type` / `export type … from`: gone at run time. */
  typeOnly: boolean;
  /** Names imported to run (no types); `*` for a namespace, `default` for a default import; empty for a bare or dynamic import. */
  names: string[];
  /** The local name of a namespace or default import. */
  local?: string;
}

/** After one of these a slash begins a regular expression, after anything else it divides. */
const BEFORE_REGEX = /(?:^|[=(,:;!&|?{}[+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|yield|await|void|delete))$/;

/** The source with comments blanked (line ends stay), and with `texts` also the text of templates and regular expressions. */
export function bare(source: string, texts = false): string {
  let out = '';
  let at = 0;
  /** One number per open template: how many braces are open inside its `${`. */
  const templates: number[] = [];
  const blank = (text: string) => text.replace(/[^\n]/g, ' ');
  const template = (from: number): number => {
    let end = from;
    while (end < source.length) {
      if (source[end] === '\\') end += 2;
      else if (source[end] === '`') break;
      else if (source.startsWith('${', end)) break;
      else end++;
    }
    const text = source.slice(from, end);
    out += texts ? blank(text) : text;
    if (source[end] === '`') {
      out += '`';
      return end + 1;
    }
    out += '${';
    templates.push(0);
    return end + 2;
  };
  while (at < source.length) {
    const char = source[at]!;
    const two = source.slice(at, at + 2);
    const open = templates.at(-1);
    if (two === '//' || two === '/*') {
      const mark = two === '//' ? source.indexOf('\n', at) : source.indexOf('*/', at + 2) + 2;
      const end = mark < at + 2 ? source.length : mark;
      out += blank(source.slice(at, end));
      at = end;
    } else if (char === "'" || char === '"') {
      const end = stringEnd(source, at);
      out += source.slice(at, end);
      at = end;
    } else if (char === '`') {
      out += '`';
      at = template(at + 1);
    } else if (char === '}' && open === 0) {
      templates.pop();
      out += '}';
      at = template(at + 1);
    } else if (char === '/' && BEFORE_REGEX.test(out.trimEnd().slice(-12))) {
      const end = regexEnd(source, at);
      out += texts ? blank(source.slice(at, end)) : source.slice(at, end);
      at = end;
    } else {
      if (open !== undefined && (char === '{' || char === '}')) templates[templates.length - 1] = open + (char === '{' ? 1 : -1);
      out += char;
      at++;
    }
  }
  return out;
}

function stringEnd(source: string, at: number): number {
  const quote = source[at];
  let end = at + 1;
  while (end < source.length && source[end] !== quote && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1;
  return end + 1;
}

function regexEnd(source: string, at: number): number {
  let end = at + 1;
  let inClass = false;
  while (end < source.length && source[end] !== '\n' && (inClass || source[end] !== '/')) {
    if (source[end] === '\\') end++;
    else if (source[end] === '[') inClass = true;
    else if (source[end] === ']') inClass = false;
    end++;
  }
  return end + 1;
}

const STATEMENT = /^[ \t]*(?:import|export)\b(\s+type\b(?!\s+from\b)(?!\s*,))?([^'"`;=()]*?)\bfrom\s*(['"])([^'"\n]+)\3/gm;
const BARE = /^[ \t]*import\s*(['"])([^'"\n]+)\1/gm;
const DYNAMIC = /(?<![\w.$])(?:import|require)\s*\(\s*(['"])([^'"\n]+)\1/g;

/** All imports and re-exports of a file, static and dynamic. */
export function importsOf(path: string, source: string): Import[] {
  const code = bare(source, true);
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, clause = '') => {
    found.push({ specifier, target: resolve(path, specifier), typeOnly, ...clauseOf(clause) });
  };
  for (const [, type, clause, , specifier] of code.matchAll(STATEMENT)) add(specifier!, type !== undefined, clause);
  for (const [, , specifier] of code.matchAll(BARE)) add(specifier!, false);
  for (const [, , specifier] of code.matchAll(DYNAMIC)) add(specifier!, false);
  return found;
}

function clauseOf(clause: string): { names: string[]; local?: string } {
  const names: string[] = [];
  const braces = /\{([^}]*)\}/.exec(clause);
  for (const item of braces?.[1]?.split(',') ?? []) {
    const name = item.trim().split(/\s+as\s+/)[0]!;
    if (name && !/^type\s/.test(name)) names.push(name);
  }
  const outside = clause.replace(/\{[^}]*\}/, '');
  const namespace = /\*(?:\s+as\s+([\w$]+))?/.exec(outside);
  if (namespace) names.push('*');
  const fallback = /^\s*([\w$]+)/.exec(outside);
  if (fallback) names.push('default');
  return { names, local: namespace?.[1] ?? fallback?.[1] };
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
