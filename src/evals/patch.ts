/** A file as a patch leaves it, or why it does not apply. */
export type Patched = { files: Record<string, string> } | { problem: string };

interface Hunk {
  /** Line of the old file, from 1; 0 for a new file. */
  start: number;
  before: string[];
  after: string[];
}

interface FilePatch {
  from?: string;
  to?: string;
  hunks: Hunk[];
}

const isPatch = (text: string) => /^--- \S/m.test(text) && /^\+\+\+ \S/m.test(text);

/** Whether text holds a unified diff. */
export function holdsPatch(text: string): boolean {
  return isPatch(text) && /^@@/m.test(text);
}

/**
 * Applies a unified diff (the form of POSIX `diff -u`, with git's `a/` and `b/`). A hunk whose line numbers are off still applies
 * when its old lines occur exactly once; models count badly, and `git apply` would refuse what a person would take.
 * @param files all files it may change, by path @returns the changed files only
 */
export function applyPatch(patch: string, files: Readonly<Record<string, string>>): Patched {
  const changed: Record<string, string> = {};
  const parts = parsePatch(patch);
  if (parts.length === 0) return { problem: 'it holds no file with hunks' };
  for (const { from, to, hunks } of parts) {
    const path = to ?? from;
    if (path === undefined) return { problem: 'a part of it names no file' };
    const old = from === undefined ? '' : (changed[from] ?? files[from]);
    if (old === undefined) return { problem: `it changes ${from}, which is not there` };
    const result = applyHunks(old, hunks);
    if (typeof result !== 'string') return { problem: `${path}: ${result.problem}` };
    changed[path] = result;
  }
  return { files: changed };
}

function parsePatch(text: string): FilePatch[] {
  const lines = text.split('\n');
  const parts: FilePatch[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith('--- ') && lines[at + 1]?.startsWith('+++ ')) {
      parts.push({ from: name(line), to: name(lines[at + 1]!), hunks: [] });
      at++;
      continue;
    }
    const head = /^@@(?: -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@)?/.exec(line);
    const part = parts.at(-1);
    if (!head || !part) continue;
    const hunk: Hunk = { start: Number(head[1] ?? 0), before: [], after: [] };
    for (; at + 1 < lines.length && /^[ +\-\\]|^$/.test(lines[at + 1]!) && !isNextFile(lines, at + 1); at++) {
      const body = lines[at + 1]!;
      // An empty line stands for an empty line of context, which editors and models strip of its blank; at the very end it is none.
      if (body === '' && at + 2 >= lines.length) continue;
      if (body[0] !== '+' && body[0] !== '\\') hunk.before.push(body.slice(1));
      if (body[0] !== '-' && body[0] !== '\\') hunk.after.push(body.slice(1));
    }
    part.hunks.push(hunk);
  }
  return parts.filter(({ hunks }) => hunks.length);
}

const isNextFile = (lines: readonly string[], at: number) => lines[at]!.startsWith('--- ') && lines[at + 1]?.startsWith('+++ ') === true;

function name(line: string): string | undefined {
  const path = line.slice(4).split('\t')[0]!.trim();
  return path === '/dev/null' ? undefined : path.replace(/^[ab]\//, '');
}

function applyHunks(old: string, hunks: readonly Hunk[]): string | { problem: string } {
  const lines = old === '' ? [] : old.replace(/\n$/, '').split('\n');
  let moved = 0;
  for (const [index, { start, before, after }] of hunks.entries()) {
    const at = place(lines, trimmedEnd(before, lines, Math.max(0, start - 1 + moved)), Math.max(0, start - 1 + moved));
    if (typeof at !== 'number') return { problem: `hunk ${index + 1} ${at.problem}` };
    const cut = before.length - trimmedEnd(before, lines, at).length;
    lines.splice(at, before.length - cut, ...(cut ? after.slice(0, after.length - cut) : after));
    moved += after.length - before.length;
  }
  return lines.length ? `${lines.join('\n')}\n` : '';
}

/** Empty lines at a hunk's end may be those between it and what follows in the answer. */
function trimmedEnd(before: readonly string[], lines: readonly string[], at: number): readonly string[] {
  const fits = (block: readonly string[]) => block.every((line, n) => lines[at + n] === line) || occurrences(lines, block).length > 0;
  let block = before;
  while (block.length && block.at(-1) === '' && !fits(block)) block = block.slice(0, -1);
  return block;
}

function occurrences(lines: readonly string[], block: readonly string[]): number[] {
  return lines.flatMap((_, at) => (block.every((line, n) => lines[at + n] === line) ? [at] : []));
}

function place(lines: readonly string[], block: readonly string[], at: number): number | { problem: string } {
  if (block.length === 0) return Math.min(at, lines.length);
  if (block.every((line, n) => lines[at + n] === line)) return at;
  const found = occurrences(lines, block);
  if (found.length === 1) return found[0]!;
  return { problem: found.length ? `fits in ${found.length} places` : `does not fit: no lines "${block[0]!.trim()}" … as it has them` };
}

/** Blocks that say what to look for and what to put there, between lines of `<<<<<<<`, `=======` and `>>>>>>>`. */
export function holdsReplacements(text: string): boolean {
  return /^<{5,} ?\w*\n[\s\S]*?^={5,}\n[\s\S]*?^>{5,}/m.test(text);
}

/** Applies such blocks to one file. @returns the whole new file */
export function applyReplacements(text: string, file: string): string | { problem: string } {
  let result = file;
  for (const [, search, replacement] of text.matchAll(/^<{5,} ?\w*\n([\s\S]*?)^={5,}\n([\s\S]*?)^>{5,}/gm)) {
    const at = result.indexOf(search!);
    if (at < 0 || search === '') return { problem: `nothing reads "${search!.trim().split('\n')[0]}" … to be replaced` };
    result = result.slice(0, at) + replacement + result.slice(at + search!.length);
  }
  return result;
}
