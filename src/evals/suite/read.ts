import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { ZodError, z } from 'zod';
import type { Case, Suite } from '../case.ts';
import { GRADERS } from '../graders/index.ts';
import { inside } from '../sandbox/job.ts';
import { expand } from './expand.ts';
import { FIELDS, Head, Sheet, Written } from './schema.ts';

/** One mistake in a suite. */
export interface SuiteProblem {
  file: string;
  line: number;
  message: string;
}

/** A suite that cannot be used; its message holds every mistake, each with file, line and mend. */
export class SuiteError extends Error {
  override name = 'SuiteError';
  readonly problems: readonly SuiteProblem[];
  constructor(problems: readonly SuiteProblem[]) {
    super(problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
    this.problems = problems;
  }
}

const HEAD = 'suite.yaml';

/** A YAML file as data, and the line of each path in it. */
interface Read {
  value: unknown;
  line(path: readonly PropertyKey[]): number;
}

/** Reads a suite from a folder: `suite.yaml` and every other YAML file in it. @throws SuiteError */
export function readSuite(folder: string): Suite {
  const names = readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  if (!names.includes(HEAD))
    throw new SuiteError([
      { file: join(folder, HEAD), line: 1, message: 'is missing; write name and version there ("freehold eval init" makes one)' },
    ]);
  return suiteFrom(names.map((name) => ({ name: join(folder, name), text: readFileSync(join(folder, name), 'utf8') })));
}

/** Reads a suite from the texts of its files; the head's name ends with `suite.yaml`. Pure. @throws SuiteError */
export function suiteFrom(files: readonly { name: string; text: string }[]): Suite {
  const problems: SuiteProblem[] = [];
  const cases: Case[] = [];
  const places = new Map<string, string>();
  let head: z.infer<typeof Head> | undefined;
  for (const { name, text } of files) {
    const read = yaml(name, text, problems);
    if (!read) continue;
    const say = (path: readonly PropertyKey[], message: string) => problems.push({ file: name, line: read.line(path), message });
    if (name.endsWith(HEAD)) {
      const parsed = Head.safeParse(read.value);
      if (parsed.success) head = parsed.data;
      else complain(parsed.error, [], say, Object.keys(Head.shape));
      continue;
    }
    const sheet = Sheet.safeParse(read.value);
    if (!sheet.success) {
      complain(sheet.error, [], say, ['defaults', 'cases']);
      continue;
    }
    for (const [at, one] of sheet.data.cases.entries()) {
      const it = caseFrom({ ...sheet.data.defaults, ...one }, ['cases', at], say);
      if (!it) continue;
      const other = places.get(it.id);
      if (other) say(['cases', at, 'id'], `id: "${it.id}" is taken by a case in ${other}; give it another`);
      places.set(it.id, `${name}:${read.line(['cases', at])}`);
      cases.push(it);
    }
  }
  if (problems.length || !head) throw new SuiteError(problems);
  return { ...head, cases, hash: hashOf(cases) };
}

type Say = (path: readonly PropertyKey[], message: string) => void;

function caseFrom(value: Record<string, unknown>, path: readonly PropertyKey[], say: Say): Case | undefined {
  const written = Written.safeParse(value);
  const named = typeof value['id'] === 'string' ? `${value['id']}: ` : '';
  if (!written.success) {
    complain(written.error, path, (where, message) => say(where, `${named}${message}`), Object.keys(FIELDS));
    return undefined;
  }
  const unknown = Object.keys(value).filter((key) => !(key in FIELDS) && !GRADERS.has(key));
  for (const key of unknown)
    say([...path, key], `${named}${key}: is neither a field nor a grader. ${near(key, [...Object.keys(FIELDS), ...GRADERS.keys()])}`);
  if (unknown.length) return undefined;
  try {
    const it = expand(written.data);
    for (const file of [...Object.keys(it.files), ...(it.answer === undefined ? [] : [it.answer])]) inside(file);
    return judged(it, path, (where, message) => say(where, `${named}${message}`));
  } catch (error) {
    const field = /^([a-zA-Z]+)(?:\.(\d+))?: /.exec((error as Error).message);
    say([...path, ...(field ? [field[1]!, ...(field[2] ? [Number(field[2])] : [])] : [])], `${named}${(error as Error).message}`);
    return undefined;
  }
}

/** The case with its graders' settings read by their schemas. */
function judged(it: Case, path: readonly PropertyKey[], say: Say): Case | undefined {
  if (it.graders.length === 0) {
    say(path, `nothing grades it; add one of ${[...GRADERS.keys()].join(', ')}`);
    return undefined;
  }
  const graders = it.graders.flatMap(({ kind, settings }) => {
    const grader = GRADERS.get(kind);
    if (!grader) {
      say([...path, 'graders'], `graders: there is no "${kind}". ${near(kind, [...GRADERS.keys()])}`);
      return [];
    }
    const parsed = grader.schema.safeParse(settings);
    if (parsed.success) return [{ kind, settings: parsed.data }];
    complain(parsed.error, [...path, kind], say, [], kind);
    return [];
  });
  return graders.length === it.graders.length ? { ...it, graders } : undefined;
}

function complain(error: ZodError, path: readonly PropertyKey[], say: Say, known: readonly string[], field = ''): void {
  for (const issue of error.issues) {
    const where = [...path, ...issue.path];
    const name = [field, ...issue.path.map(String)].filter(Boolean).join('.');
    const keys = 'keys' in issue && Array.isArray(issue.keys) ? issue.keys : [];
    if (keys.length) for (const key of keys) say([...where, key], `${key}: is not known here. ${near(key, known)}`);
    else say(where, `${name ? `${name}: ` : ''}${issue.message}${issue.path.length && issue.code === 'invalid_type' ? '. Give it' : ''}`);
  }
}

/** The known word that is nearest by letters in common, or all. */
function near(word: string, known: readonly string[]): string {
  const close = known.find((one) => one.startsWith(word.slice(0, 3)) || word.startsWith(one.slice(0, 4)) || one.includes(word));
  return close ? `Did you mean ${close}?` : known.length ? `Known are ${known.join(', ')}` : 'Take it away';
}

function yaml(file: string, text: string, problems: SuiteProblem[]): Read | undefined {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const { message, pos } of doc.errors)
    problems.push({
      file,
      line: lines.linePos(pos[0]).line,
      message: `not valid YAML: ${message}. Put text with ": ", "#", "{" or "*" in quotes, or below a "|"`,
    });
  if (doc.errors.length) return undefined;
  const line = (path: readonly PropertyKey[]) => {
    let node: unknown = doc.contents;
    let offset = doc.contents?.range?.[0] ?? 0;
    for (const key of path) {
      if (isMap(node)) {
        const pair = node.items.find((one) => String((one.key as { value?: unknown })?.value ?? one.key) === String(key));
        if (!pair) break;
        offset = (pair.key as Node).range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        offset = (node as Node | undefined)?.range?.[0] ?? offset;
      } else break;
    }
    return lines.linePos(offset).line;
  };
  try {
    return { value: doc.toJS({ maxAliasCount: 100 }), line };
  } catch (error) {
    problems.push({ file, line: 1, message: `not usable YAML: ${(error as Error).message}` });
    return undefined;
  }
}

/** Changes with anything that could change a grade, and with nothing else. */
function hashOf(cases: readonly Case[]): string {
  return createHash('sha256').update(JSON.stringify(cases)).digest('hex');
}
