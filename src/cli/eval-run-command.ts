import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { NANOS } from '../catalog/price.ts';
import { reportHtml } from '../evals/run/html.ts';
import type { RunPlan } from '../evals/run/plan.ts';
import { TASKS, type TaskClass } from '../tasks/task.ts';
import { type EvalFlags, withEvalGateway } from './eval-gateway.ts';
import { type EvalRequest, type Evaluated, evaluate, resume, suiteNamed, suitesOf } from './eval-run.ts';
import { summaryText } from './eval-tables.ts';
import { type Shell, say, tell } from './shell.ts';

export interface RunFlags extends EvalFlags {
  models?: string;
  reference?: string;
  task?: string;
  margin: string;
  count: string;
  repeat?: string;
  budget?: string;
  seed?: string;
  most?: string;
  maxTokens?: string;
  temperature?: string;
  atOnce?: string;
  untilDecided?: boolean;
  fresh?: boolean;
  resume?: string;
  json?: boolean;
  html?: string;
}

/** `freehold eval run [suite...]`: asks models the cases of suites and says who is good enough. 0 when it came to its end, 1 when not, 130 when it was stopped. */
export async function evalRun(shell: Shell, names: readonly string[], flags: RunFlags): Promise<number> {
  // What is wrong with the command line is said before anything starts.
  const settings = settingsOf(flags);
  const request = flags.resume === undefined ? requestOf(shell, names, flags, settings) : undefined;
  const stopping = new AbortController();
  const off = shell.onStop(() => stopping.abort(new Error('it was stopped')));
  try {
    const done = await withEvalGateway(shell, flags, (gateway) => {
      if (request) return evaluate(shell, gateway, request, stopping.signal);
      const id = flags.resume!;
      const suites = names.length ? names.map((name) => suiteNamed(shell, name)) : suitesOf(shell, gateway, id);
      return resume(shell, gateway, { id, budget: settings.budget }, { ...settings, suites }, stopping.signal);
    });
    print(shell, done, flags);
    return done.run.ended === 'complete' ? 0 : done.run.ended === 'stopped' ? 130 : 1;
  } finally {
    off();
  }
}

function requestOf(shell: Shell, names: readonly string[], flags: RunFlags, settings: Partial<EvalRequest>): EvalRequest {
  const models = list(flags.models);
  const reference = flags.reference?.trim() || models[0];
  if (reference === undefined)
    throw new Error('--models: name who is to be tried, e.g. --models box/small,cloud/large --reference cloud/large');
  const named = names.length ? names : ['builtin'];
  const tasks = list(flags.task);
  const unknown = tasks.find((one) => !(TASKS as readonly string[]).includes(one));
  if (unknown !== undefined) throw new Error(`--task: "${unknown}" is no class of work; there are ${TASKS.join(', ')}`);
  return {
    ...settings,
    suites: named.map((name) => suiteNamed(shell, name)),
    from: named.map((name) => (name === 'builtin' ? name : resolve(shell.cwd, name))),
    models,
    reference,
    margin: marginIn(flags.margin),
    count: countIn(flags.count),
    ...(tasks.length > 0 && { tasks: tasks as TaskClass[] }),
  };
}

function settingsOf(flags: RunFlags): Partial<EvalRequest> {
  const whole = (text: string | undefined, option: string, least = 1) =>
    numberIn(text, option, (n) => Number.isSafeInteger(n) && n >= least, 'a whole number');
  return {
    repeat: whole(flags.repeat, '--repeat'),
    seed: whole(flags.seed, '--seed', 0),
    most: whole(flags.most, '--most'),
    maxTokens: whole(flags.maxTokens, '--max-tokens'),
    atOnce: whole(flags.atOnce, '--at-once'),
    temperature: numberIn(flags.temperature, '--temperature', (n) => n >= 0 && n <= 2, 'a number from 0 to 2'),
    budget: numberIn(
      flags.budget?.replace(/^\$/, ''),
      '--budget',
      (n) => n > 0 && n * NANOS <= Number.MAX_SAFE_INTEGER,
      'an amount of US dollars',
    ),
    untilDecided: flags.untilDecided,
    fresh: flags.fresh,
    quiet: flags.json,
  };
}

/** @throws Error naming the option */
export function numberIn(text: string | undefined, option: string, fits: (n: number) => boolean, what: string): number | undefined {
  if (text === undefined) return undefined;
  const n = Number(text);
  if (text.trim() === '' || !fits(n)) throw new Error(`${option}: "${text}" is not ${what}`);
  return n;
}

/** How much worse is still good enough, as people write it: `keep=0.95` or `lose=0.05`. @throws Error naming the option */
export function marginIn(text: string): RunPlan['margin'] {
  const found = /^(keep|lose)=(0?\.\d+)$/.exec(text.trim());
  const share = Number(found?.[2]);
  if (!found || !(share > 0 && share < 1))
    throw new Error(
      `--margin: "${text}" is neither keep=0.95 (it keeps 95 % of the reference's score) nor lose=0.05 (it loses at most 5 points of 100)`,
    );
  return found[1] === 'keep' ? { keep: share } : { lose: share };
}

function countIn(text: string): RunPlan['count'] {
  if (text !== 'score' && text !== 'pass') throw new Error(`--count: "${text}" is neither score nor pass`);
  return text;
}

export const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

function print(shell: Shell, { summary, grades, certificates, folder }: Evaluated, { json, html }: RunFlags): void {
  if (html !== undefined) writeFileSync(resolve(shell.cwd, html), reportHtml(summary, grades, certificates));
  if (json) {
    say(shell, JSON.stringify({ ...summary, grades, certificates, folder: folder ?? null }));
    return;
  }
  say(shell, summaryText(shell, summary));
  for (const { certificate } of certificates)
    say(shell, `Certificate ${certificate.id}: ${certificate.candidate.address} at ${certificate.task}, ${certificate.outcome}.`);
  if (folder !== undefined) tell(shell, `All of it: ${folder}`);
}
