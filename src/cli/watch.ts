import { setTimeout as sleep } from 'node:timers/promises';
import { NANOS } from '../catalog/price.ts';
import { PRIORS } from '../catalog/success.ts';
import type { Suite } from '../evals/case.ts';
import type { Served, Wish, Work } from '../evals/watch/choose.ts';
import { nightOf } from '../evals/watch/idle.ts';
import { type Tried, type WatchParts, watch } from '../evals/watch/loop.ts';
import { freshState, type WatchState } from '../evals/watch/state.ts';
import type { CertificateList, ModelList, ModelView, WatchView } from '../http/contract.ts';
import { TASKS, type TaskClass } from '../tasks/task.ts';
import { type EvalFlags, type EvalGateway, withEvalGateway } from './eval-gateway.ts';
import { type EvalRequest, evaluate, resume } from './eval-run.ts';
import { marginIn, numberIn } from './eval-run-command.ts';
import { paint, type Shell, say, tell } from './shell.ts';
import { suitesOf } from './swap-suites.ts';
import { watchList } from './watch-list.ts';

export interface WatchFlags extends EvalFlags {
  task?: string;
  suite?: string[];
  margin: string;
  budget?: string;
  idle: string;
  night?: string;
  again: string;
  days: string;
  list?: boolean;
  once?: boolean;
  json?: boolean;
}

const DAY = 86_400_000;
const PROVEN: ReadonlySet<string> = new Set(['good enough', 'not good enough']);

/** `freehold watch`: tries candidates in idle time until it is stopped; with --once until nothing is left, with --list not at all. */
export async function watchModels(shell: Shell, flags: WatchFlags): Promise<number> {
  const stopping = new AbortController();
  const off = shell.onStop(() => stopping.abort(new Error('it was stopped')));
  try {
    const wanted = wantedOf(shell, flags);
    return await withEvalGateway(shell, flags, async (gateway) => {
      const { state } = await gateway.admin.ask<WatchView>('GET', '/admin/api/watch');
      if (flags.list) return watchList(shell, await look(gateway, wanted), state ?? freshState(Date.now()), flags);
      await watch(partsOf(shell, { gateway, wanted, state, flags, signal: stopping.signal }));
      return 0;
    });
  } finally {
    off();
  }
}

interface Wanted {
  suites: Suite[];
  tasks: TaskClass[] | undefined;
  margin: ReturnType<typeof marginIn>;
  dailyNanos: number | undefined;
  /** Milliseconds. */
  idle: number;
  night: ReturnType<typeof nightOf>;
  again: number;
  days: number;
}

function wantedOf(shell: Shell, flags: WatchFlags): Wanted {
  const tasks = flags.task
    ?.split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  const unknown = tasks?.find((one) => !(TASKS as readonly string[]).includes(one));
  if (unknown !== undefined) throw new Error(`--task: "${unknown}" is no class of work; there are ${TASKS.join(', ')}`);
  const number = (text: string | undefined, option: string, what: string) =>
    numberIn(text, option, (n) => n >= 0 && Number.isFinite(n), what);
  const usd = number(flags.budget?.replace(/^\$/, ''), '--budget', 'an amount of US dollars');
  return {
    suites: suitesOf(shell, flags.suite),
    tasks: tasks?.length ? (tasks as TaskClass[]) : undefined,
    margin: marginIn(flags.margin),
    dailyNanos: usd === undefined ? undefined : Math.round(usd * NANOS),
    idle: 1000 * number(flags.idle, '--idle', 'a number of seconds')!,
    night: nightOf(flags.night),
    again: DAY * number(flags.again, '--again', 'a number of days')!,
    days: number(flags.days, '--days', 'a number of days')!,
  };
}

type World = Awaited<ReturnType<WatchParts['look']>>;

async function look({ admin }: EvalGateway, { suites, tasks, again, days }: Wanted): Promise<World> {
  const to = Date.now();
  const query = new URLSearchParams({ from: String(Math.round(to - days * DAY)), to: String(to), by: 'task,provider,model' });
  const [{ models }, { certificates }, { groups }] = await Promise.all([
    admin.ask<ModelList>('GET', '/admin/api/models'),
    admin.ask<CertificateList>('GET', '/admin/api/evidence/certificates'),
    admin.ask<{ groups: { of: Record<string, string>; exchanges: number; cost_nanos: number }[] }>('GET', `/admin/api/usage?${query}`),
  ]);
  const views = new Map(models.map((view) => [view.address, view]));
  const isMeant = (task: string | undefined): task is TaskClass =>
    TASKS.some((one) => one === task) && (!tasks || tasks.some((one) => one === task));
  const cases = new Map<TaskClass, number>();
  for (const { task } of suites.flatMap((suite) => suite.cases)) if (isMeant(task)) cases.set(task, (cases.get(task) ?? 0) + 1);
  return {
    models: models.map(servedOf),
    work: groups.flatMap(({ of: { task, provider, model }, exchanges, cost_nanos: costNanos }): Work[] =>
      isMeant(task) ? [{ task, address: `${provider}/${model}`, exchanges, costNanos }] : [],
    ),
    certificates: certificates.filter(({ counts }) => counts).map(({ certificate }) => certificate),
    expected: (address, task) => {
      const view = views.get(address);
      return view ? PRIORS.of(traitsOf(view), task).mean : 0;
    },
    cases,
    suites: suites
      .map(({ hash }) => hash.slice(0, 16))
      .sort()
      .join('+'),
    again,
  };
}

function servedOf({ address, zone, healthy, licence, abilities, price }: ModelView): Served {
  return {
    address,
    zone,
    healthy,
    barred: licence?.barred !== null && licence?.barred !== undefined,
    embeds: abilities.embeddings === true,
    outputPrice: price.kind === 'time' ? 0 : price.price?.output,
  };
}

function traitsOf({ model, open, released, price }: ModelView): Parameters<typeof PRIORS.of>[0] {
  return {
    name: model,
    ...(open !== null && { open }),
    ...(released !== null && { released }),
    ...(price.price && { outputPrice: price.price.output }),
  };
}

interface Watching {
  gateway: EvalGateway;
  wanted: Wanted;
  state: WatchState | null;
  flags: WatchFlags;
  signal: AbortSignal;
}

function partsOf(shell: Shell, { gateway, wanted, state, flags, signal }: Watching): WatchParts {
  const { admin } = gateway;
  return {
    before: state ?? undefined,
    look: () => look(gateway, wanted),
    busy: async () => (await admin.ask<WatchView>('GET', '/admin/api/watch')).busy,
    trial: (wish, budgetNanos, stop) => trial(shell, gateway, wanted, { wish, budgetNanos, signal: stop }),
    save: async (next, events) => {
      await admin.ask('PUT', '/admin/api/watch', { state: next, events });
    },
    tell: (line) => tell(shell, line),
    event: (event) =>
      say(
        shell,
        flags.json ? JSON.stringify(event) : `${paint(shell.stdout, event.kind === 'fell' ? 'red' : 'green', event.kind)}  ${event.text}`,
      ),
    settings: {
      idle: wanted.idle,
      ...(wanted.night && { night: wanted.night }),
      dailyNanos: wanted.dailyNanos,
      once: flags.once ?? false,
    },
    now: Date.now,
    hour: () => new Date().getHours(),
    wait: (ms, stop) => sleep(ms, undefined, { signal: stop }).catch(() => undefined),
    signal,
  };
}

interface Trying {
  wish: Wish;
  budgetNanos: number | undefined;
  signal: AbortSignal;
}

async function trial(
  shell: Shell,
  gateway: EvalGateway,
  { suites, margin }: Wanted,
  { wish, budgetNanos, signal }: Trying,
): Promise<Tried> {
  const { task, candidate, incumbent, run, paid, fresh } = wish;
  // What a run cost before it was interrupted is in its own budget.
  const budget = budgetNanos === undefined ? undefined : (paid + budgetNanos) / NANOS;
  const request: EvalRequest = {
    suites,
    models: [candidate],
    reference: incumbent,
    margin,
    tasks: [task],
    budget,
    untilDecided: true,
    fresh,
    quiet: true,
  };
  const evaluated =
    run === null ? await evaluate(shell, gateway, request, signal) : await resume(shell, gateway, { id: run, budget }, request, signal);
  const verdict = evaluated.verdicts.find((one) => one.candidate === candidate && one.task === task)?.verdict;
  return {
    run: evaluated.run.plan.id,
    // What is decided needs no more cases, whoever came.
    ended: verdict && PROVEN.has(verdict.outcome) ? 'complete' : evaluated.run.ended,
    outcome: verdict?.outcome ?? null,
    pairs: verdict?.pairs ?? 0,
    reason: (verdict?.reason ?? '').slice(0, 500),
    nanos: evaluated.run.spent_nanos,
  };
}
