import { GatewayError } from '../../protocol/errors.ts';
import { type Case, question, type Suite } from '../case.ts';
import { gradeAnswer } from '../grade.ts';
import { unfit } from '../graders/judge.ts';
import type { Workbench } from '../running/workbench.ts';
import { keyOf, type RunCache } from './cache.ts';
import { Desk, type Given, OutOfBudget, roomFor } from './desk.ts';
import { Lane } from './lane.ts';
import { ClassTrial, caseScore, trialPlan } from './pairs.ts';
import { type Placed, placed, type RunPlan } from './plan.ts';
import { Pulse, type RunProgress } from './progress.ts';
import type { RecordLine, RunRecord } from './record.ts';
import type { AskModel, Entrant, Result, RunResult } from './result.ts';
import { errorIn, graded, reportedVersion } from './shape.ts';

export interface RunParts {
  plan: RunPlan;
  /** Those of the plan. */
  suites: readonly Suite[];
  /** Those of the plan, and the judges that cases name. */
  entrants: readonly Entrant[];
  ask: AskModel;
  bench: Workbench;
  record: RunRecord;
  /** What is on record of this run, where it goes on. */
  before?: readonly RecordLine[];
  /** Answers and grades of other runs; without it everything is asked. */
  cache?: RunCache;
  /** Answers that are graded at the same time. */
  gradedAtOnce?: number;
  log?(line: string): void;
  seen?(progress: RunProgress): void;
  signal: AbortSignal;
  /** Unix milliseconds. */
  now(): number;
  /** @throws when the signal ends it */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** How many cases a quick model may be ahead of a slow one, so that what is paid for makes pairs. */
const LEAD = 8;

interface Job {
  /** Names it within the run. */
  what: string;
  /** Place of its case in the order. */
  at: number;
  one: Placed;
  entrant: Entrant;
  repeat: number;
}

/**
 * Asks every model every case, grades the answers and gives back what they came to. Everything is on record as it happens: a run that died
 * goes on from there, and asks nothing twice.
 * @throws Error when the plan does not fit suites, models or judges; the signal's reason never: a run that is stopped is a result
 */
export async function runSuite(parts: RunParts): Promise<RunResult> {
  const order = placed({ ...parts.plan, suites: parts.suites });
  const run = new SuiteRun(parts, order);
  return run.go();
}

/** Models that graders of these cases ask. @throws Error when one may not judge these candidates */
export function judgesOf(cases: readonly Case[], candidates: readonly string[]): string[] {
  const named = cases.flatMap(({ graders }) =>
    graders.flatMap(({ kind, settings }) => (kind === 'judge' ? [(settings as { model: string }).model] : [])),
  );
  const judges = [...new Set(named)];
  for (const judge of judges) {
    const problem = unfit(judge, candidates);
    if (problem) throw new Error(problem);
  }
  return judges;
}

class SuiteRun {
  readonly #parts: RunParts;
  readonly #order: readonly Placed[];
  readonly #judges: string[];
  readonly #desk: Desk;
  readonly #results = new Map<string, Result>();
  readonly #byPlace = new Map<string, Result[]>();
  readonly #grading: Lane;
  readonly #pulse: Pulse;
  readonly #trials = new Map<string, Map<string, ClassTrial>>();
  readonly #entrants: ReadonlyMap<string, Entrant>;
  /** Cases each model has come to, for the lead. */
  readonly #reached = new Map<string, number>();
  #moved = Promise.withResolvers<void>();
  #isOut = false;
  /** Whoever of the graders fails for a reason of our own. */
  #broken: unknown;

  constructor(parts: RunParts, order: readonly Placed[]) {
    this.#parts = parts;
    this.#order = order;
    const { plan, before = [], entrants } = parts;
    this.#judges = judgesOf(
      order.map((one) => one.case),
      plan.models,
    );
    this.#entrants = new Map(entrants.map((one) => [one.address, one]));
    for (const model of [...plan.models, ...this.#judges])
      if (!this.#entrants.has(model)) throw new Error(`${model} takes part and is not among the entrants`);
    const unpriced = entrants.find(({ price }) => price === undefined);
    if (plan.budgetNanos !== undefined && unpriced)
      throw new Error(
        `nobody knows what ${unpriced.address} costs, so no budget can hold: give it a price in the configuration, or leave --budget out`,
      );
    this.#desk = new Desk({ ...parts, before, budgetNanos: plan.budgetNanos, log: parts.log ?? (() => {}) });
    this.#grading = new Lane(parts.gradedAtOnce ?? 2);
    // Errors are tried again, and what could not be judged may be now.
    for (const line of before) if (line.t === 'result' && line.result.score !== undefined) this.#take(line.what, line.result);
    for (const [task, cases] of Map.groupBy(order, (one) => one.case.task))
      this.#trials.set(
        task,
        new Map(
          plan.models
            .filter((model) => model !== plan.reference)
            .map((model) => [
              model,
              new ClassTrial(
                trialPlan(plan),
                cases.map(({ key }) => key),
              ),
            ]),
        ),
      );
    this.#pulse = new Pulse(plan.budgetNanos);
  }

  async go(): Promise<RunResult> {
    const { plan, record, signal } = this.#parts;
    signal.addEventListener('abort', () => this.#moved.resolve(), { once: true });
    const jobs = this.#order.flatMap((one, at) =>
      Array.from({ length: plan.repeat }, (_, repeat) =>
        plan.models.map((model): Job => ({ what: `${repeat} ${model} ${one.key}`, at, one, entrant: this.#entrants.get(model)!, repeat })),
      ).flat(),
    );
    const left = jobs.filter(({ what }) => !this.#results.has(what));
    this.#pulse.begin(
      jobs.length,
      left.map(({ entrant }) => entrant),
    );
    const lanes = [...Map.groupBy(left, ({ entrant }) => entrant.address).values()];
    const grading: Promise<void>[] = [];
    const worker = async (queue: Job[]) => {
      for (let job = queue.shift(); job && !this.#isOver; job = queue.shift()) await this.#do(job, grading);
    };
    await Promise.all(
      lanes.flatMap((queue) => Array.from({ length: Math.min(queue[0]!.entrant.atOnce, queue.length) }, () => worker(queue))),
    );
    await Promise.all(grading);
    if (this.#broken !== undefined) throw this.#broken;
    const ended = this.#isOut ? 'budget' : signal.aborted ? 'stopped' : 'complete';
    record.write({ t: 'end', ended, at: this.#parts.now() });
    return this.#result(ended);
  }

  get #isOver(): boolean {
    return this.#isOut || this.#parts.signal.aborted || this.#broken !== undefined;
  }

  /** One question, and its answer handed on to be graded. */
  async #do(job: Job, grading: Promise<void>[]): Promise<void> {
    const { plan } = this.#parts;
    const { what, at, one, entrant, repeat } = job;
    await this.#inReach(job);
    if (this.#isOver) return;
    if (plan.untilDecided && this.#isDecided(one.case.task, entrant.address)) {
      this.#pulse.drop(entrant);
      this.#reach(entrant.address, at);
      return;
    }
    const prompt = question(one.case);
    const maxTokens = roomFor(entrant, prompt, plan.maxTokens);
    const asking = { model: entrant.address, prompt, maxTokens, temperature: plan.temperature, seed: plan.seed + repeat };
    let given: Given;
    try {
      given = await this.#desk.answer(what, entrant, asking, repeat);
    } catch (error) {
      if (error instanceof OutOfBudget) this.#isOut = true;
      else if (error instanceof GatewayError) this.#keep(job, errorIn(one, entrant.address, repeat, error));
      else if (!this.#parts.signal.aborted) this.#broken = error;
      this.#reach(entrant.address, at);
      return;
    }
    this.#reach(entrant.address, at);
    await this.#grading.enter();
    const broken = (error: unknown) => {
      this.#broken ??= error;
    };
    grading.push(
      this.#grade(job, given)
        .catch(broken)
        .finally(() => this.#grading.leave()),
    );
  }

  async #grade(job: Job, given: Given): Promise<void> {
    const { one, entrant, repeat } = job;
    const { bench, cache, plan } = this.#parts;
    const key = cache ? keyOf({ v: 1, freehold: plan.freehold, case: JSON.stringify(one.case), text: given.text }) : '';
    try {
      const kept = cache?.get(key) as Awaited<ReturnType<typeof gradeAnswer>> | undefined;
      const grade = kept ?? (await gradeAnswer(one.case, given.text, { ...bench, ask: (model, prompt) => this.#opinion(model, prompt) }));
      if (!kept && grade.skipped === undefined) cache?.put(key, grade);
      this.#keep(job, graded(one, entrant.address, repeat, given, grade));
    } catch (error) {
      if (error instanceof OutOfBudget) this.#isOut = true;
      else if (this.#parts.signal.aborted) return;
      else this.#keep(job, errorIn(one, entrant.address, repeat, error as Error, given));
    }
  }

  async #opinion(model: string, prompt: string): Promise<string> {
    const { plan } = this.#parts;
    const entrant = this.#entrants.get(model)!;
    const asking = {
      model,
      prompt,
      maxTokens: roomFor(entrant, prompt, plan.maxTokens),
      temperature: 0,
      seed: plan.seed,
    };
    return (await this.#desk.answer(`judge ${keyOf({ model, prompt })}`, entrant, asking)).text;
  }

  #keep(job: Job, result: Result): void {
    // What failed for good is said once for each question, but only a record of what was asked is kept.
    this.#parts.record.write({ t: 'result', what: job.what, result });
    this.#take(job.what, result);
    this.#pulse.done(job.entrant, result);
    this.#parts.seen?.(this.#pulse.progress(this.#desk.spent));
  }

  #take(what: string, result: Result): void {
    this.#results.set(what, result);
    const place = `${result.model} ${result.case}`;
    const there = this.#byPlace.get(place);
    if (there) there.push(result);
    else this.#byPlace.set(place, [result]);
  }

  #isDecided(task: string, model: string): boolean {
    const { plan } = this.#parts;
    const { reference } = plan;
    const trials = this.#trials.get(task)!;
    const asked = model === reference ? [...trials.keys()] : [model];
    return (
      asked.length > 0 &&
      asked.every((candidate) => {
        const one = trials.get(candidate)!;
        one.advance((key, who) => caseScore(this.#byPlace.get(`${who === 'candidate' ? candidate : reference} ${key}`) ?? [], plan));
        return one.trial.decided;
      })
    );
  }

  /** Waits until a case is not too far ahead of what the slowest model has come to. */
  async #inReach({ at }: Job): Promise<void> {
    const { plan } = this.#parts;
    if (plan.budgetNanos === undefined && !plan.untilDecided) return;
    while (!this.#isOver && at - Math.min(...plan.models.map((model) => this.#reached.get(model) ?? this.#start(model))) > LEAD)
      await this.#moved.promise;
  }

  /** The first case that a model is still to be asked. */
  #start(model: string): number {
    const { repeat } = this.#parts.plan;
    const first = this.#order.findIndex(({ key }) => (this.#byPlace.get(`${model} ${key}`)?.length ?? 0) < repeat);
    return first < 0 ? this.#order.length : first;
  }

  #reach(model: string, at: number): void {
    this.#reached.set(model, Math.max(this.#reached.get(model) ?? 0, at));
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }

  #result(ended: RunResult['ended']): RunResult {
    const { plan, entrants } = this.#parts;
    const places = new Map(this.#order.map(({ key }, at) => [key, at]));
    return {
      plan,
      cases: this.#order.map(({ key, case: { task } }) => ({ key, task })),
      results: [...this.#results.values()].sort((a, b) => places.get(a.case)! - places.get(b.case)! || a.repeat - b.repeat),
      spent_nanos: this.#desk.spent,
      ended,
      versions: Object.fromEntries(
        [...plan.models, ...this.#judges].flatMap((address) => {
          const version = entrants.find((one) => one.address === address)?.version ?? reportedVersion(address, this.#results.values());
          return version === undefined ? [] : [[address, version]];
        }),
      ),
      judges: this.#judges,
    };
  }
}
