import type { TaskClass } from '../tasks/task.ts';

/** Languages in which an answer can be run; the tools for each are looked for on this machine. */
export const LANGUAGES = ['typescript', 'python', 'go', 'shell'] as const;
export type Language = (typeof LANGUAGES)[number];

/** One grader as a suite names it: its kind and what its own schema allows. */
export interface GraderSpec {
  kind: string;
  settings: unknown;
}

/** One task for a model, with what proves an answer right. */
export interface Case {
  /** Unique in its suite. */
  id: string;
  task: TaskClass;
  language?: Language;
  level?: 'easy' | 'medium' | 'hard';
  /** What the model is asked; `files` are shown below it. */
  prompt: string;
  /** What the model may see and what lies in the sandbox, by path. */
  files: Readonly<Record<string, string>>;
  /** The path a bare code block of an answer is meant for. */
  answer?: string;
  /** Code that lies before what the graders run, e.g. a function that counts calls. */
  setup?: string;
  /** All must pass. */
  graders: readonly GraderSpec[];
  /** An answer as a model would give it, which every grader must accept. */
  reference?: string;
  /** Plausible answers of which each must fail. */
  wrong: readonly string[];
}

/** Cases that belong together; `hash` changes with anything that could change a grade. */
export interface Suite {
  name: string;
  version: string;
  description?: string;
  cases: readonly Case[];
  /** SHA-256 over the cases, in hexadecimal. */
  hash: string;
}

/** What one grader found. */
export interface Grade {
  grader: string;
  pass: boolean;
  /** 0 to 1; 1 whenever `pass` with nothing left to wish. */
  score: number;
  /** For people, what was missing; empty when nothing was. */
  reasons: readonly string[];
  /** For programs: counts, outputs, false alarms. */
  details: Readonly<Record<string, unknown>>;
  /** Why it could not judge, e.g. a tool that is not installed. Then `pass` and `score` mean nothing. */
  skipped?: string;
}

/** All grades of one answer. */
export interface CaseGrade {
  case: string;
  /** Every grader passed. A case whose grader was skipped did neither pass nor fail. */
  pass: boolean;
  /** The lowest of the grades: an answer is worth what its weakest proof is. */
  score: number;
  grades: readonly Grade[];
  skipped?: string;
}

/**
 * One model, asked once. Handed in, so that graders and runs know no upstream.
 * @param model the model's name as the gateway resolves it @param prompt the whole question
 * @throws when there is no complete answer
 */
export type Ask = (model: string, prompt: string) => Promise<string>;

/** The question as a model gets it: the prompt and the files it may see, each under its path. */
export function question({ prompt, files }: Pick<Case, 'prompt' | 'files'>): string {
  const shown = Object.entries(files).map(([path, text]) => `${path}:\n${fenced(text)}`);
  return [prompt.trimEnd(), ...shown].join('\n\n');
}

/** Text in a fence that nothing in the text closes. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.trimEnd()}\n${fence}`;
}
