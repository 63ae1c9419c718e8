import { createInterface } from 'node:readline/promises';
import type { ComparisonView } from '../http/contract.ts';
import { TASKS, type TaskClass } from '../tasks/task.ts';
import { type EvalFlags, type EvalGateway, withEvalGateway } from './eval-gateway.ts';
import { type Evaluated, evaluate } from './eval-run.ts';
import { marginIn, numberIn } from './eval-run-command.ts';
import { marginText, summaryText } from './eval-tables.ts';
import { paint, type Shell, say, tell } from './shell.ts';
import { besides, type Decision, decide, type Known } from './swap-decision.ts';
import { follow, type Swap, told } from './swap-follow.ts';
import { planText } from './swap-plan.ts';
import { suitesOf } from './swap-suites.ts';

export interface SwapFlags extends EvalFlags {
  task?: string;
  /** Per cent. */
  share?: string;
  exchanges: string;
  minutes: string;
  margin?: string;
  budget?: string;
  suite?: string[];
  days: string;
  plan?: boolean;
  yes?: boolean;
  approve?: boolean;
  acceptUndecided?: boolean;
  force?: boolean;
  detach?: boolean;
  json?: boolean;
}

/** What is good enough where nobody says it. */
const MARGIN = { keep: 0.95 };

/**
 * `freehold swap OLD NEW`: one model in the place of another, for the classes of work at which it is proven good enough; evidence that is
 * missing is got first. 0 when the swap is in force, waits for approval, or was only planned; 1 when it was refused or rolled back; 130 when stopped.
 */
export async function swap(shell: Shell, [from, to]: readonly [string, string], flags: SwapFlags): Promise<number> {
  const stopping = new AbortController();
  const off = shell.onStop(() => stopping.abort(new Error('it was stopped')));
  try {
    const wanted = wantedOf(flags);
    return await withEvalGateway(shell, flags, async (gateway) => {
      const view = await compared(gateway, [from, to], wanted).catch(async (error: unknown) => {
        // In a gateway of one's own engines may be loading still; evaluation waits for them.
        if (!gateway.isOwn) throw error;
        const [old, fresh] = await gateway.entrants([from, to]);
        return compared(gateway, [old!.address, fresh!.address], wanted);
      });
      if (!flags.json) say(shell, planText(shell, view));
      if (flags.plan) {
        if (flags.json) say(shell, JSON.stringify({ comparison: view }));
        return 0;
      }
      return carriedOut(shell, { gateway, view, wanted, flags, signal: stopping.signal });
    });
  } finally {
    off();
  }
}

/** What is asked for, read. */
interface Wanted {
  tasks: TaskClass[] | undefined;
  /** Undefined: nobody said it. */
  margin: ReturnType<typeof marginIn> | undefined;
  budget: number | undefined;
  days: number;
  plan: Swap['steps'] | undefined;
}

function wantedOf(flags: SwapFlags): Wanted {
  const tasks = flags.task
    ?.split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  const unknown = tasks?.find((one) => !(TASKS as readonly string[]).includes(one));
  if (unknown !== undefined) throw new Error(`--task: "${unknown}" is no class of work; there are ${TASKS.join(', ')}`);
  const positive = (n: number) => n > 0;
  const share = numberIn(
    flags.share?.replace(/%$/, ''),
    '--share',
    (n) => n > 0 && n <= 100,
    'a number of per cent, above 0 and up to 100',
  );
  const exchanges = numberIn(flags.exchanges, '--exchanges', (n) => Number.isSafeInteger(n) && n >= 0, 'a whole number')!;
  const minutes = numberIn(flags.minutes, '--minutes', (n) => n >= 0, 'a number of minutes')!;
  return {
    tasks: tasks?.length ? (tasks as TaskClass[]) : undefined,
    margin: flags.margin === undefined ? undefined : marginIn(flags.margin),
    budget: numberIn(flags.budget?.replace(/^\$/, ''), '--budget', positive, 'an amount of US dollars'),
    days: numberIn(flags.days, '--days', (n) => n > 0 && n <= 366, 'a number of days, up to 366')!,
    plan: share === undefined ? undefined : [{ share: share / 100, exchanges, minutes }],
  };
}

async function compared({ admin }: EvalGateway, [from, to]: readonly [string, string], { tasks, days }: Wanted): Promise<ComparisonView> {
  const query = new URLSearchParams({ from, to, days: String(days), ...(tasks && { tasks: tasks.join(',') }) });
  return admin.ask<ComparisonView>('GET', `/admin/api/comparison?${query}`);
}

interface Carrying {
  gateway: EvalGateway;
  view: ComparisonView;
  wanted: Wanted;
  flags: SwapFlags;
  signal: AbortSignal;
}

async function carriedOut(shell: Shell, { gateway, view, wanted, flags, signal }: Carrying): Promise<number> {
  const { from, to, tasks } = view;
  if (tasks.length === 0) throw new Error(`--task: name the classes of work, because none of ${from.model.address} was told apart lately`);
  if (to.model.licence?.barred) throw new Error(`${to.model.address} ${to.model.licence.barred}`);
  const [tried] = await gateway.entrants([to.model.address]);
  const asked = { from: from.model.address, margin: wanted.margin, version: tried?.version };
  // By certificate: why it does not answer this question; undefined where it does.
  const why = new Map(view.evidence.flatMap(({ certificate }) => (certificate ? [[certificate.id, besides(certificate, asked)]] : [])));
  const standing = new Set([...why].flatMap(([id, problem]) => (problem === undefined ? [id] : [])));
  const evaluated = await missing(shell, { gateway, view, wanted, flags, signal, standing, why });
  if (evaluated === 'declined') return 1;
  if (signal.aborted) return 130;
  const known = knownOf(view, evaluated, standing);
  const decision = decide(known, flags);
  if (!flags.json) say(shell, `\n${decisionText(shell, view, decision)}`);
  if (decision.swapped.length === 0) {
    if (flags.json) say(shell, JSON.stringify({ comparison: view, known, decision }));
    return 1;
  }
  const isOpen = known.some(({ task, outcome }) => decision.swapped.includes(task) && outcome !== 'good enough');
  const made = await gateway.admin.ask<Swap>('POST', '/admin/api/swaps', {
    from: from.model.address,
    to: to.model.address,
    tasks: decision.swapped,
    ...(wanted.plan && { plan: wanted.plan }),
    ...(flags.approve && { approve: true }),
    // Where nothing is proven, traffic is to tell: some requests are asked of both.
    ...(isOpen && { shadow: true }),
    certificates: decision.certificates,
    why: whyOf(known, decision),
  });
  if (!flags.json) say(shell, told(shell, made));
  if (isOpen && !flags.json)
    say(shell, 'Not all of it is proven: some requests are asked of both, after the answer, for what evaluation.shadow allows a day.');
  const last =
    flags.detach || made.state === 'waiting' || gateway.isOwn
      ? made
      : await follow(shell, gateway.admin, made, { quiet: flags.json, signal });
  if (gateway.isOwn && !flags.json) tell(shell, 'No gateway runs here: the swap holds from the next "freehold up" on.');
  if (flags.json) say(shell, JSON.stringify({ comparison: view, known, decision, swap: last }));
  return last.state === 'rolled-back' || last.state === 'undone' ? 1 : 0;
}

interface Standing {
  /** Certificates that answer the question. */
  standing: ReadonlySet<string>;
  /** Why the others do not. */
  why: ReadonlyMap<string, string | undefined>;
}

/** Asks both models the cases of those classes that nothing is proven of. @returns undefined where nothing is missing */
async function missing(
  shell: Shell,
  { gateway, view, wanted, flags, signal, standing, why }: Carrying & Standing,
): Promise<Evaluated | 'declined' | undefined> {
  const { from, to, evidence } = view;
  const open = evidence.filter(({ certificate }) => !(certificate && standing.has(certificate.id))).map(({ task }) => task);
  const margin = wanted.margin ?? MARGIN;
  const suites = suitesOf(shell, flags.suite);
  const tasks = open.filter((task) => suites.some(({ cases }) => cases.some((one) => one.task === task)));
  if (tasks.length === 0) return undefined;
  const count = suites.reduce((sum, { cases }) => sum + cases.filter(({ task }) => tasks.includes(task)).length, 0);
  const named = tasks.map((task) => {
    const problem = why.get(evidence.find((one) => one.task === task)?.certificate?.id ?? '');
    return problem === undefined ? task : `${task} (there is a certificate, but ${problem})`;
  });
  const spending = wanted.budget === undefined ? 'no budget is set (--budget)' : `for at most $${wanted.budget}`;
  const what = `Evidence is missing on ${named.join(', ')}: both are asked up to ${count} cases of ${suites.map(({ name }) => name).join(', ')}, ${spending}; good enough ${marginText(margin)}.`;
  if (!flags.json) say(shell, `\n${what}`);
  if (!flags.yes && !(await agrees(shell, flags))) return 'declined';
  const evaluated = await evaluate(
    shell,
    gateway,
    {
      suites,
      models: [to.model.address],
      reference: from.model.address,
      margin,
      tasks,
      budget: wanted.budget,
      untilDecided: true,
      quiet: flags.json,
    },
    signal,
  );
  if (!flags.json) say(shell, `\n${summaryText(shell, evaluated.summary)}`);
  return evaluated;
}

/** What is known of each class now: by a certificate against the old model, else by the run. */
function knownOf({ evidence }: ComparisonView, evaluated: Evaluated | undefined, standing: ReadonlySet<string>): Known[] {
  return evidence.map(({ task, certificate }): Known => {
    const verdict = evaluated?.verdicts.find((one) => one.task === task)?.verdict;
    if (verdict) {
      const { outcome, reason, more } = verdict;
      const signed = evaluated?.certificates.find((one) => one.certificate.task === task);
      return {
        task,
        outcome,
        reason,
        ...(more !== undefined && Number.isFinite(more) && { more }),
        ...(signed && { certificate: signed.certificate.id }),
      };
    }
    if (certificate && standing.has(certificate.id))
      return { task, outcome: certificate.outcome, reason: `It is proven (${certificate.id}).`, certificate: certificate.id };
    return { task, outcome: 'no cases', reason: 'No suite has cases of it.' };
  });
}

function whyOf(known: readonly Known[], { swapped }: Decision): string {
  const kinds = Map.groupBy(
    known.filter(({ task }) => swapped.includes(task)),
    ({ outcome }) => outcome,
  );
  return [...kinds].map(([outcome, of]) => `${outcome}: ${of.map(({ task }) => task).join(', ')}`).join('; ');
}

function decisionText({ stdout }: Shell, { from, to }: ComparisonView, { swapped, stays }: Decision): string {
  const lines = swapped.length
    ? [`${paint(stdout, 'green', 'Swapped:')} ${to.model.address} takes the place of ${from.model.address} for ${swapped.join(', ')}.`]
    : [`${paint(stdout, 'red', 'Not swapped:')} ${from.model.address} stays.`];
  for (const { task, why } of stays) lines.push(`  ${task} stays with ${from.model.address}: ${why}`);
  return lines.join('\n');
}

async function agrees(shell: Shell, { json }: SwapFlags): Promise<boolean> {
  if (!shell.stdin.isTTY || json)
    throw new Error('Nothing was asked and nothing changed: add --yes to go on without being asked, or --plan to only look.');
  const lines = createInterface({ input: shell.stdin, output: shell.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question('Go on? [y/N] ')).trim());
  } finally {
    lines.close();
  }
}
