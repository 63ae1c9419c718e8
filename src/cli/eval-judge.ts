import { setTimeout as sleep } from 'node:timers/promises';
import { NANOS } from '../catalog/price.ts';
import { unfit } from '../evals/graders/judge.ts';
import { keyOf } from '../evals/run/cache.ts';
import { Desk, roomFor } from '../evals/run/desk.ts';
import { type JudgeReport, labelledPairs, reportJudge } from '../evals/run/judging.ts';
import { TASKS, type TaskClass } from '../tasks/task.ts';
import { type EvalFlags, withEvalGateway } from './eval-gateway.ts';
import { suiteNamed } from './eval-run.ts';
import { list, numberIn } from './eval-run-command.ts';
import { dollars, percent } from './eval-tables.ts';
import { ProgressLine } from './progress.ts';
import { paint, type Shell, say, table, tell } from './shell.ts';

export interface JudgeFlags extends EvalFlags {
  suite?: string[];
  task?: string;
  most: string;
  budget?: string;
  seed?: string;
  atOnce?: string;
  json?: boolean;
}

/** Tokens of an opinion. */
const LONGEST = 2048;

/**
 * `freehold eval judge MODEL`: lets a model compare answers of which running them has shown the better one. 0 when it is right more often than
 * a coin, as far as can be told, 1 when not.
 */
export async function evalJudge(shell: Shell, name: string, flags: JudgeFlags): Promise<number> {
  const whole = (n: number) => Number.isSafeInteger(n) && n >= 1;
  const most = numberIn(flags.most, '--most', whole, 'a whole number')!;
  const seed = numberIn(flags.seed, '--seed', whole, 'a whole number') ?? 1;
  const budget = numberIn(flags.budget?.replace(/^\$/, ''), '--budget', (n) => n > 0, 'an amount of US dollars');
  const atOnce = numberIn(flags.atOnce, '--at-once', whole, 'a whole number');
  const tasks = list(flags.task);
  const unknown = tasks.find((one) => !(TASKS as readonly string[]).includes(one));
  if (unknown !== undefined) throw new Error(`--task: "${unknown}" is no class of work; there are ${TASKS.join(', ')}`);
  const suites = (flags.suite ?? ['builtin']).map((one) => suiteNamed(shell, one));
  const pairs = labelledPairs(suites, { most, seed, ...(tasks.length > 0 && { tasks: tasks as TaskClass[] }) });
  const stopping = new AbortController();
  const off = shell.onStop(() => stopping.abort(new Error('it was stopped')));
  try {
    return await withEvalGateway(shell, flags, async (gateway) => {
      const [judge] = await gateway.entrants([name], atOnce);
      const problem = unfit(judge!.address, []);
      if (problem) throw new Error(problem);
      if (budget !== undefined && judge!.price === undefined)
        throw new Error(`nobody knows what ${judge!.address} costs, so no budget can hold`);
      const line = new ProgressLine(shell);
      const desk = new Desk({
        ask: gateway.ask,
        budgetNanos: budget === undefined ? undefined : Math.round(budget * NANOS),
        before: [],
        record: { write: () => {} },
        log: (text) => tell(shell, text),
        wait: (ms, signal) => sleep(ms, undefined, { signal }),
        signal: stopping.signal,
      });
      let asked = 0;
      const ask = async (prompt: string) => {
        const asking = { model: judge!.address, prompt, maxTokens: roomFor(judge!, prompt, LONGEST), temperature: 0, seed };
        const { text } = await desk.answer(keyOf({ prompt }), judge!, asking);
        asked++;
        if (!flags.json) line.at(asked / (2 * pairs.length), `${asked} of ${2 * pairs.length} opinions  ${dollars(desk.spent)}`);
        return text;
      };
      const reports = await reportJudge(ask, pairs).finally(() => line.end());
      if (flags.json) say(shell, JSON.stringify({ judge: judge!.address, pairs: pairs.length, spent_nanos: desk.spent, reports }));
      else print(shell, judge!.address, reports, desk.spent);
      return reports.at(-1)!.intervals.accuracy[0] > 0.5 ? 0 : 1;
    });
  } finally {
    off();
  }
}

function print(shell: Shell, judge: string, reports: readonly JudgeReport[], spent: number): void {
  const bold = (text: string) => paint(shell.stdout, 'bold', text);
  const span = (share: number, [low, high]: readonly [number, number]) => `${percent(share)} (${percent(low)} to ${percent(high)})`;
  const head = [
    'class',
    'pairs',
    'right',
    'wrong',
    'neither',
    'right in both orders',
    'one choice in both orders',
    'first place wins',
    'kappa with execution',
  ].map(bold);
  const rows = reports.map((one) => [
    one.class,
    String(one.pairs),
    String(one.right),
    String(one.wrong),
    String(one.undecided),
    span(one.accuracy, one.intervals.accuracy),
    span(one.consistency, one.intervals.consistency),
    span(one.firstPlaceBias, one.intervals.firstPlaceBias),
    one.agreement.kappa.toFixed(2),
  ]);
  say(shell, `${bold(judge)} as a judge, on pairs of which one passes and one fails\n\n${table([head, ...rows], [1, 2, 3, 4, 8])}`);
  const { accuracy, intervals, firstPlaceBias } = reports.at(-1)!;
  const [least] = intervals.accuracy;
  say(shell, '');
  if (least <= 0.5) say(shell, 'Nothing shows that it knows the better answer more often than a coin. Do not let it judge.');
  else
    say(
      shell,
      `It knows the better answer in ${percent(accuracy)} of pairs, at least ${percent(least)}. What it says ranks models; it measures none.`,
    );
  if (intervals.firstPlaceBias[0] > 0.1)
    say(shell, `It prefers the first place in ${percent(firstPlaceBias)} of pairs; those count as ties.`);
  say(shell, `Spent ${dollars(spent)}.`);
}
