import type { Case, Language } from './case.ts';
import { applyPatch, applyReplacements, holdsPatch, holdsReplacements } from './patch.ts';

/** One fenced block of an answer. */
export interface Block {
  /** What stands behind the opening fence, e.g. `ts`. */
  info: string;
  text: string;
  /** The last line with words before it. */
  before: string;
}

/** What an answer means for the files. */
export interface Extracted {
  /** Files it writes, by path; whole, also when it sent a patch. */
  files: Record<string, string>;
  form: 'blocks' | 'patch' | 'replacements' | 'bare' | 'nothing';
  /** Why something in it could not be taken. */
  problems: string[];
}

/** Names that answers give a language behind a fence. */
const INFO: Readonly<Record<Language, RegExp>> = {
  typescript: /^(?:ts|tsx|typescript|js|javascript|mts)$/i,
  python: /^(?:py|python3?|pycon)$/i,
  go: /^(?:go|golang)$/i,
  shell: /^(?:sh|bash|shell|zsh|console)$/i,
};
const PATH = /[\w@./-]*\w\.[A-Za-z][\w]{0,9}/;

/** What was thought aloud before the answer is no part of it. */
export function spoken(answer: string): string {
  return answer.replace(/^\s*<(think|thinking|reasoning)>[\s\S]*?<\/\1>/i, '').replace(/\r\n/g, '\n');
}

/** The fenced blocks of a text, the last of which may be cut off. Fences are closed by one at least as long, as CommonMark 4.5 has it. */
export function blocks(text: string): Block[] {
  const found: Block[] = [];
  let open: (Block & { fence: string; lines: string[] }) | undefined;
  let before = '';
  for (const line of text.split('\n')) {
    const fence = /^\s{0,3}(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (open) {
      if (fence && fence[2]!.trim() === '' && fence[1]![0] === open.fence[0] && fence[1]!.length >= open.fence.length) {
        found.push({ info: open.info, before: open.before, text: `${open.lines.join('\n')}\n` });
        open = undefined;
        before = '';
      } else open.lines.push(line);
    } else if (fence && !(fence[1]![0] === '`' && fence[2]!.includes('`')))
      open = { info: fence[2]!.trim(), before, text: '', fence: fence[1]!, lines: [] };
    else if (line.trim()) before = line.trim();
  }
  if (open) found.push({ info: open.info, before: open.before, text: `${open.lines.join('\n')}\n` });
  return found;
}

/**
 * Takes the files out of a model's answer: a patch, blocks to replace, fenced blocks with or without the path they are for, or bare code.
 * Pure. What it cannot take stands in `problems`.
 */
export function extract(answer: string, { files, answer: path, language }: Pick<Case, 'files' | 'answer' | 'language'>): Extracted {
  const text = spoken(answer);
  const fenced = blocks(text);
  const patches = fenced.filter((block) => holdsPatch(block.text));
  const patch = patches.length ? patches.map((block) => block.text).join('\n') : fenced.length === 0 && holdsPatch(text) ? text : undefined;
  if (patch !== undefined) {
    const result = applyPatch(patch, files);
    return 'files' in result
      ? { files: result.files, form: 'patch', problems: [] }
      : { files: {}, form: 'patch', problems: [`The patch does not apply: ${result.problem}`] };
  }
  const whole = fenced.filter((block) => holdsReplacements(block.text));
  if (whole.length || (fenced.length === 0 && holdsReplacements(text)))
    return replaced(whole.length ? whole : [{ info: '', before: '', text }], files, path);
  if (fenced.length) return written(fenced, { files, answer: path, language });
  if (path !== undefined && text.trim()) return { files: { [path]: `${text.trim()}\n` }, form: 'bare', problems: [] };
  return { files: {}, form: 'nothing', problems: path === undefined ? [] : ['The answer is empty'] };
}

function replaced(found: readonly Block[], files: Readonly<Record<string, string>>, path?: string): Extracted {
  const result: Extracted = { files: {}, form: 'replacements', problems: [] };
  for (const block of found) {
    const named = pathOf(block, files, path) ?? path ?? Object.keys(files)[0];
    const file = named === undefined ? undefined : (result.files[named] ?? files[named]);
    if (named === undefined || file === undefined) {
      result.problems.push('It replaces text in a file that is not there');
      continue;
    }
    const next = applyReplacements(block.text, file);
    if (typeof next === 'string') result.files[named] = next;
    else result.problems.push(`${named}: ${next.problem}`);
  }
  return result;
}

function written(fenced: readonly Block[], { files, answer, language }: Pick<Case, 'files' | 'answer' | 'language'>): Extracted {
  const result: Extracted = { files: {}, form: 'blocks', problems: [] };
  const rest: Block[] = [];
  for (const block of fenced) {
    const path = pathOf(block, files, answer);
    if (path === undefined) rest.push(block);
    // The later of two for one file is the one its author ended with.
    else result.files[path] = block.text;
  }
  if (answer === undefined || result.files[answer] !== undefined) return result;
  const word = (block: Block) => block.info.split(/[\s:{]/)[0]!;
  const markdown = answer.endsWith('.md');
  const fits = rest.filter((block) =>
    markdown ? /^(md|markdown)?$/i.test(word(block)) : word(block) === '' || (language && INFO[language].test(word(block))),
  );
  // The longest is the answer; shorter ones show how to call it.
  const best = (fits.length ? fits : rest).toSorted((a, b) => b.text.length - a.text.length)[0];
  if (best) result.files[answer] = best.text;
  else if (Object.keys(result.files).length === 0) result.problems.push('No block of the answer is code');
  return result;
}

/** The path a block is for, when it says so behind its fence, on the line before or in a comment on its first line. */
function pathOf({ info, before, text }: Block, files: Readonly<Record<string, string>>, answer?: string): string | undefined {
  const known = (path: string | undefined) => (path !== undefined && (path in files || path === answer) ? path : undefined);
  const named = new RegExp(`(?:path|file|filename|title)\\s*[=:]\\s*["']?(${PATH.source})`, 'i').exec(info)?.[1];
  if (named) return named;
  const behind = new RegExp(`(?:^|[\\s:])(${PATH.source})$`).exec(info)?.[1];
  if (behind) return behind;
  const line = new RegExp(
    `^(?:#{1,6}\\s*|[-*]\\s+|\\d+[.)]\\s*)?(?:file(?:name)?\\s*:?\\s*)?[*\`"]*(${PATH.source})[*\`"]*:?[*\`"]*$`,
    'i',
  ).exec(before)?.[1];
  if (line) return line;
  const comment = new RegExp(`^(?://|#|<!--)\\s*(?:file(?:name)?\\s*:?\\s*)?(${PATH.source})\\s*(?:-->)?\\s*\\n`, 'i').exec(text)?.[1];
  return known(comment);
}

/**
 * The last JSON value in an answer: a fenced block, the whole text, or the last object or array that stands in it.
 * @returns undefined when there is none
 */
export function jsonIn(answer: string): unknown {
  const text = spoken(answer);
  const candidates = [
    ...blocks(text)
      .map((block) => block.text)
      .reverse(),
    text,
  ];
  for (const one of candidates) {
    const value = parsed(one.trim());
    if (value !== undefined) return value;
  }
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'));
  if (end < 0) return undefined;
  const open = text[end] === '}' ? '{' : '[';
  // From the left, so that the outermost value that ends there is taken.
  for (let at = text.indexOf(open), tries = 0; at >= 0 && at < end && tries < 500; at = text.indexOf(open, at + 1), tries++) {
    const value = parsed(text.slice(at, end + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

function parsed(text: string): unknown {
  if (!/^[[{"\d\-tfn]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
