import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Flags } from '../config/load.ts';
import { compareRuns } from '../evals/run/compare.ts';
import { reportHtml } from '../evals/run/html.ts';
import { hasEnded, keptRun } from '../evals/run/kept.ts';
import { listRuns, readRun } from '../evals/run/record.ts';
import type { RunSummary } from '../evals/run/summary.ts';
import { evalFolders } from './eval-gateway.ts';
import { list } from './eval-run-command.ts';
import { comparisonText, dollars, summaryText } from './eval-tables.ts';
import { load } from './prepare.ts';
import { paint, type Shell, say, table } from './shell.ts';

export interface ShowFlags extends Pick<Flags, 'config'> {
  json?: boolean;
  html?: string;
  /** Which model of the first run is which of the second. */
  models?: string;
  all?: boolean;
}

/** Changed cases that are shown unless all are asked for. */
const SHOWN = 30;

/** `freehold eval list`: every run of the data folder, newest first. */
export async function evalList(shell: Shell, flags: ShowFlags): Promise<number> {
  const runs = runsFolder(shell, flags);
  const found = listRuns(runs).map((id) => {
    const plan = readRun(runs, id).find((line) => line.t === 'plan')?.plan;
    const summary = hasEnded(runs, id) ? keptRun(runs, id).summary : undefined;
    return { id, plan, summary };
  });
  if (flags.json) {
    say(
      shell,
      JSON.stringify(
        found.map(({ id, plan, summary }) => ({
          id,
          plan: plan ?? null,
          ended: summary?.ended ?? 'died',
          spent_nanos: summary?.spent_nanos ?? null,
        })),
      ),
    );
    return 0;
  }
  if (found.length === 0) {
    say(shell, `There is no run yet in ${runs}. Begin with: freehold eval run builtin --models A,B`);
    return 0;
  }
  const head = ['run', 'suites', 'models', 'ended', 'spent', 'verdicts'].map((title) => paint(shell.stdout, 'bold', title));
  const rows = found.map(({ id, plan, summary }) => [
    id,
    plan?.suites.map(({ name }) => name).join(', ') ?? '',
    plan?.models.map((model) => (model === plan.reference ? `${model} (reference)` : model)).join(', ') ?? '',
    summary?.ended ?? 'died',
    summary ? dollars(summary.spent_nanos) : '',
    summary ? tallied(summary) : `freehold eval run --resume ${id}`,
  ]);
  say(shell, table([head, ...rows], [4]));
  return 0;
}

function tallied({ verdicts }: RunSummary): string {
  const counts = [...Map.groupBy(verdicts, ({ outcome }) => outcome)].map(([outcome, all]) => `${all.length} ${outcome}`);
  return counts.sort().join(', ');
}

/** `freehold eval show [run]`: what a run came to; the last one by default. */
export async function evalShow(shell: Shell, name: string | undefined, flags: ShowFlags): Promise<number> {
  const runs = runsFolder(shell, flags);
  const { summary, grades, certificates } = keptRun(runs, meantRun(runs, name));
  if (flags.html !== undefined) writeFileSync(resolve(shell.cwd, flags.html), reportHtml(summary, grades, certificates));
  if (flags.json) say(shell, JSON.stringify({ ...summary, grades, certificates }));
  else say(shell, summaryText(shell, summary));
  return 0;
}

/** `freehold eval compare RUN RUN`: what is different, case by case. 0 when nothing that passed fails, 1 when something does. */
export async function evalCompare(shell: Shell, [first, second]: readonly [string, string], flags: ShowFlags): Promise<number> {
  const runs = runsFolder(shell, flags);
  const [before, after] = [first, second].map((name) => keptRun(runs, meantRun(runs, name)));
  const named = list(flags.models);
  if (named.length % 2 === 1)
    throw new Error('--models: name them in pairs, as they are called in the first run and in the second: OLD,NEW');
  const pairs = named.flatMap((name, at) => (at % 2 === 0 ? [[name, named[at + 1]!] as const] : []));
  const comparison = compareRuns(before!.grades, after!.grades, pairs.length ? pairs : undefined);
  if (flags.json) say(shell, JSON.stringify({ before: before!.summary.plan.id, after: after!.summary.plan.id, ...comparison }));
  else say(shell, comparisonText(shell, comparison, flags.all ? Number.POSITIVE_INFINITY : SHOWN));
  return comparison.changed.some(({ broke }) => broke) ? 1 : 0;
}

function runsFolder(shell: Shell, { config }: ShowFlags): string {
  return evalFolders(load(shell, { config }).config.data!).runs;
}

/** An id, the beginning of one, or `last`. @throws Error naming the choices */
function meantRun(runs: string, name = 'last'): string {
  const all = listRuns(runs);
  const found = name === 'last' ? all.slice(0, 1) : all.filter((id) => id === name || id.startsWith(name));
  if (found.length === 1) return found[0]!;
  if (all.length === 0) throw new Error(`there is no run yet in ${runs}; begin with: freehold eval run builtin --models A,B`);
  throw new Error(`"${name}" is ${found.length ? `the beginning of ${found.join(' and ')}` : `no run in ${runs}; the last is ${all[0]}`}`);
}
