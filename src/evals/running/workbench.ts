import { randomUUID } from 'node:crypto';
import type { Ask, Language } from '../case.ts';
import type { Limits, Ran, Sandbox } from '../sandbox/job.ts';
import { openSandbox } from '../sandbox/sandbox.ts';
import { harness, type Outcome, outcomes } from './harness.ts';
import { findTools, type Tool } from './tools.ts';

/** What graders work with. */
export interface Workbench {
  sandbox: Sandbox;
  tools: Readonly<Partial<Record<Language, Tool>>>;
  /** Why a language's tools are not there. */
  missing: Readonly<Partial<Record<Language, string>>>;
  /** For the grader that asks a model; without it, it is skipped. */
  ask?: Ask;
}

/** Something a grader needs is not on this machine. The case is skipped, not failed. */
export class Missing extends Error {
  override name = 'Missing';
}

/** Opens a sandbox and looks for the languages' tools. @throws NoSandbox when nothing isolates */
export async function openWorkbench({ ask, sandbox }: { ask?: Ask; sandbox?: Sandbox } = {}): Promise<Workbench> {
  const isolated = sandbox ?? (await openSandbox());
  return { sandbox: isolated, ...(await findTools()), ask };
}

/** The tool of a language, ready for use. @throws Missing */
export async function toolOf({ tools, missing }: Workbench, language: Language): Promise<Tool> {
  const tool = tools[language];
  if (!tool) throw new Missing(missing[language] ?? `${language} is not installed`);
  await tool.prepare?.();
  return tool;
}

/** Why a run that was stopped was, or what it said last. */
export function ending({ stopped, code, stderr, stdout }: Ran): string {
  if (stopped)
    return {
      time: 'it took too long',
      memory: 'it took too much memory',
      processes: 'it started too many processes',
      output: 'it printed without end',
      files: 'it made too many files',
    }[stopped];
  const said = (stderr.trim() || stdout.trim()).split('\n').filter((line) => /error|exception|panic|fail|invalid|cannot|not /i.test(line));
  return (said.at(-1) ?? stderr.trim().split('\n').at(-1) ?? '').slice(0, 300) || `it ended with code ${code}`;
}

export interface Evaluate {
  language: Language;
  files: Readonly<Record<string, string>>;
  /** The file whose names the expressions use. */
  path: string;
  setup?: string;
  expressions: readonly string[];
  limits?: Partial<Limits>;
}

/** Works out expressions beside files, in one run of the sandbox. @throws Missing */
export async function evaluate(bench: Workbench, { language, files, path, setup, expressions, limits }: Evaluate): Promise<Outcome[]> {
  const tool = await toolOf(bench, language);
  const program = { language, path, setup, expressions, nonce: randomUUID() };
  const { file, text } = harness(program);
  const named = language === 'go' ? text.replace('{package}', /^\s*package (\w+)/m.exec(files[path] ?? '')?.[1] ?? 'main') : text;
  const ran = await bench.sandbox.run({
    argv: tool.check(file),
    files: { ...tool.files, ...files, [file]: named },
    reads: tool.reads,
    env: tool.env,
    stdin: `${program.nonce}\n`,
    limits,
  });
  return outcomes(ran.stdout, program, ending(ran));
}
