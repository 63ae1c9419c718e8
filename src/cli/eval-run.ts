import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NANOS } from '../catalog/price.ts';
import { builtinSuite } from '../evals/builtin.ts';
import type { Suite } from '../evals/case.ts';
import { sign } from '../evals/certificate.ts';
import type { Signed } from '../evals/evidence.ts';
import { CacheFolder, type RunCache } from '../evals/run/cache.ts';
import { keepRun } from '../evals/run/kept.ts';
import { placed, type RunPlan } from '../evals/run/plan.ts';
import { type RecordLine, RunFolder, readRun } from '../evals/run/record.ts';
import type { RunResult } from '../evals/run/result.ts';
import { judgesOf, runSuite } from '../evals/run/suite-run.ts';
import { type CaseGrades, caseGradesOf, type RunSummary, summaryOf } from '../evals/run/summary.ts';
import { type ClassVerdict, certify, standingsOf, verdictsOf } from '../evals/run/verdict.ts';
import { Missing, openWorkbench, type Workbench } from '../evals/running/workbench.ts';
import { NoSandbox } from '../evals/sandbox/sandbox.ts';
import { readSuite } from '../evals/suite/read.ts';
import type { TaskClass } from '../tasks/task.ts';
import { type EvalGateway, evalFolders } from './eval-gateway.ts';
import { progressText } from './eval-tables.ts';
import { ProgressLine } from './progress.ts';
import { paint, type Shell, tell } from './shell.ts';
import { version } from './version.ts';

/** What is to be compared, and how. */
export interface EvalRequest {
  suites: readonly Suite[];
  /** Where they are, as `suiteNamed` takes it from anywhere; for those that may go on with the run. */
  from?: readonly string[];
  /** As people name them; the reference need not be among them. */
  models: readonly string[];
  reference: string;
  margin: RunPlan['margin'];
  /** What an answer counts; its score unless told. */
  count?: RunPlan['count'];
  tasks?: TaskClass[];
  /** The most cases of a class. */
  most?: number;
  repeat?: number;
  seed?: number;
  maxTokens?: number;
  temperature?: number;
  /** US dollars. */
  budget?: number;
  atOnce?: number;
  /** A class of work is asked no further once its outcome stands. */
  untilDecided?: boolean;
  /** Asks again what was answered in earlier runs. */
  fresh?: boolean;
  /** Prints nothing but what is wrong. */
  quiet?: boolean;
}

/** A run that goes on. */
export interface Resumed {
  id: string;
  /** In place of what it began with. US dollars. */
  budget?: number;
}

/** A run and all that comes of it. */
export interface Evaluated {
  run: RunResult;
  verdicts: ClassVerdict[];
  summary: RunSummary;
  grades: CaseGrades;
  certificates: Signed[];
  /** Where it is on record; undefined without a data folder. */
  folder?: string;
}

/** Tokens an answer may have, unless told: enough for a file and the thoughts before it. */
const MOST_TOKENS = 8192;

/** A suite as people name it: `builtin`, or its folder. @throws SuiteError, or Error when there is no such folder */
export function suiteNamed(shell: Shell, name: string): Suite {
  const folder = resolve(shell.cwd, name);
  if (name === 'builtin' && !existsSync(join(folder, 'suite.yaml'))) return builtinSuite();
  if (!existsSync(folder)) throw new Error(`there is no suite ${name}; name a folder, or builtin. "freehold eval init ${name}" writes one`);
  return readSuite(folder);
}

/**
 * Asks models through a gateway, and keeps what comes of it: in the data folder, and in the store for pages, the router and other nodes.
 * @param signal stops it; what was asked so far is a result
 * @throws Error with the mend
 */
export async function evaluate(shell: Shell, gateway: EvalGateway, request: EvalRequest, signal: AbortSignal): Promise<Evaluated> {
  const { suites, tasks, most, seed = 1, repeat = 1, budget } = request;
  const [reference, ...others] = await gateway.entrants([request.reference, ...request.models], request.atOnce);
  const models = [...new Set([reference!, ...others].map(({ address }) => address))];
  // Answers of one seed without chance are one answer: several of them need the model's own.
  const temperature = request.temperature ?? (repeat > 1 ? undefined : 0);
  const at = Date.now();
  const plan: RunPlan = {
    version: 1,
    id: `${new Date(at)
      .toISOString()
      .slice(0, 19)
      .replace(/\D/g, '')
      .replace(/^(\d{8})/, '$1-')}-${randomBytes(2).toString('hex')}`,
    suites: suites.map(({ name, version: edition, hash }) => ({ name, version: edition, hash })),
    ...(tasks && { tasks }),
    ...(most !== undefined && { most }),
    models,
    reference: reference!.address,
    margin: request.margin,
    ...(request.count && { count: request.count }),
    alpha: 0.05,
    repeat,
    seed,
    maxTokens: request.maxTokens ?? MOST_TOKENS,
    ...(temperature !== undefined && { temperature }),
    ...(budget !== undefined && { budgetNanos: Math.round(budget * NANOS) }),
    untilDecided: request.untilDecided ?? false,
    at,
    freehold: version(),
  };
  return conduct(shell, gateway, { plan, before: [], from: request.from }, request, signal);
}

/** The suites that a run began with, where its record says where they are. @throws Error when there is no such run */
export function suitesOf(shell: Shell, gateway: EvalGateway, id: string): Suite[] {
  const lines = gateway.folder === undefined ? [] : readRun(evalFolders(gateway.folder).runs, id);
  const from = lines.find((line) => line.t === 'suites')?.from ?? ['builtin'];
  return from.map((name) => suiteNamed(shell, name));
}

/** Goes on with a run that was stopped, ran out of money or died. @throws Error with the mend */
export async function resume(
  shell: Shell,
  gateway: EvalGateway,
  { id, budget }: Resumed,
  request: Pick<EvalRequest, 'suites' | 'atOnce' | 'fresh' | 'quiet'>,
  signal: AbortSignal,
): Promise<Evaluated> {
  if (gateway.folder === undefined) throw new Error('there is no data folder that could hold the run: set data: or FREEHOLD_DATA');
  const before = readRun(evalFolders(gateway.folder).runs, id);
  const begun = before.find((line) => line.t === 'plan')?.plan;
  if (!begun) throw new Error(`the record of run ${id} has no beginning; start it anew`);
  const hashes = new Set(request.suites.map(({ hash }) => hash));
  const changed = begun.suites.find(({ hash }) => !hashes.has(hash));
  if (changed)
    throw new Error(
      `the suite ${changed.name} is not as it was when run ${id} began: name its folder, or start a new run if its cases were changed`,
    );
  const plan = budget === undefined ? begun : { ...begun, budgetNanos: Math.round(budget * NANOS) };
  return conduct(shell, gateway, { plan, before }, request, signal);
}

async function conduct(
  shell: Shell,
  gateway: EvalGateway,
  { plan, before, from }: { plan: RunPlan; before: readonly RecordLine[]; from?: readonly string[] },
  { suites, atOnce, fresh, quiet }: Pick<EvalRequest, 'suites' | 'atOnce' | 'fresh' | 'quiet'>,
  signal: AbortSignal,
): Promise<Evaluated> {
  const own = suites.filter(({ hash }) => plan.suites.some((one) => one.hash === hash));
  const cases = placed({ ...plan, suites: own }).map((one) => one.case);
  const judges = judgesOf(cases, plan.models);
  const entrants = await gateway.entrants(plan.models, atOnce);
  // A judge is asked by the name that the suite gives it.
  const asked = (await gateway.entrants(judges, atOnce)).map((entrant, at) => ({ ...entrant, address: judges[at]! }));
  const bench = await benchOr(
    shell,
    cases.some(({ language }) => language !== undefined),
  );
  const folders = gateway.folder === undefined ? undefined : evalFolders(gateway.folder);
  if (!folders) tell(shell, 'There is no data folder, so nothing of this run is kept: set data: or FREEHOLD_DATA to keep it.');
  const record = folders && new RunFolder(folders.runs, plan.id);
  if (before.length === 0) record?.write({ t: 'plan', plan });
  if (from) record?.write({ t: 'suites', from: [...from] });
  const line = new ProgressLine(shell);
  if (!quiet) tell(shell, `Run ${plan.id}: ${cases.length} cases, ${plan.models.length} models.`);
  let run: RunResult;
  try {
    run = await runSuite({
      plan,
      suites: own,
      entrants: [...entrants, ...asked],
      ask: gateway.ask,
      bench,
      before,
      record: record ?? { write: () => {} },
      ...(folders && { cache: cacheAt(folders.cache, fresh) }),
      gradedAtOnce: Math.max(1, availableParallelism()),
      log: (text) => tell(shell, text),
      ...(!quiet && { seen: (progress) => line.at(progress.done / Math.max(1, progress.total), progressText(progress)) }),
      signal,
      now: Date.now,
      wait: (ms, stop) => sleep(ms, undefined, { signal: stop }),
    });
  } finally {
    line.end();
  }
  return keep(shell, gateway, run, record?.folder);
}

/** What is asked anew is kept as well. */
function cacheAt(folder: string, fresh = false): RunCache {
  const kept = new CacheFolder(folder);
  return fresh ? { get: () => undefined, put: (key, value) => kept.put(key, value) } : kept;
}

/** What graders work with; where nothing isolates, what would have to run is skipped, loudly. */
async function benchOr(shell: Shell, runs: boolean): Promise<Workbench> {
  try {
    const bench = await openWorkbench();
    for (const [language, why] of Object.entries(bench.missing))
      if (runs) tell(shell, `${paint(shell.stderr, 'yellow', 'Skipped:')} all of ${language}: ${why}`);
    return bench;
  } catch (error) {
    if (!(error instanceof NoSandbox)) throw error;
    tell(shell, `${paint(shell.stderr, 'yellow', 'Skipped:')} everything that would have to be run: ${error.message}`);
    return { sandbox: { name: 'none', run: () => Promise.reject(new Missing(error.message)) }, tools: {}, missing: {} };
  }
}

/** Verdicts and certificates of a run, written down wherever somebody may look for them. */
async function keep(shell: Shell, { admin, keys }: EvalGateway, run: RunResult, folder: string | undefined): Promise<Evaluated> {
  const at = Date.now();
  const verdicts = verdictsOf(run);
  const summary = summaryOf(run, verdicts, at);
  const grades = caseGradesOf(run);
  const proven = certify(run, verdicts, at);
  const certificates = keys ? proven.map((one) => sign(one, keys)) : [];
  if (proven.length && !keys) tell(shell, 'Nobody signs the certificates: the data folder has no secret yet. "freehold up" makes one.');
  if (folder !== undefined) keepRun(folder, { summary, grades, certificates });
  const standings = standingsOf(run, verdicts, at);
  const post = (path: string, body: unknown) => admin.ask('POST', `/admin/api/evidence/${path}`, body);
  try {
    await post('runs', fitting(summary, grades));
    if (standings.length) await post('standings', { standings });
    for (const one of certificates) await post('certificates', one);
  } catch (error) {
    tell(shell, `${paint(shell.stderr, 'yellow', 'Not in the store:')} ${(error as Error).message}`);
  }
  return { run, verdicts, summary, grades, certificates, ...(folder !== undefined && { folder }) };
}

/** Characters of a run that the admin API takes, with room to spare. */
const LONGEST = 900_000;

/** Of a very long run the store has the summary alone; its folder has all. */
function fitting(summary: RunSummary, grades: CaseGrades): { summary: RunSummary; grades: CaseGrades } {
  const short = grades.map(({ why, ...grade }) => grade);
  for (const some of [grades, short])
    if (JSON.stringify({ summary, grades: some }).length < LONGEST && some.length <= 20_000) return { summary, grades: some };
  return { summary, grades: [] };
}
