import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ListPrice } from '../../catalog/price.ts';
import { GatewayError } from '../../protocol/errors.ts';
import type { Suite } from '../case.ts';
import type { Workbench } from '../running/workbench.ts';
import { suiteFrom } from '../suite/read.ts';
import { boundFor, roomFor } from './desk.ts';
import { drawn, placed, type RunPlan } from './plan.ts';
import type { RecordLine } from './record.ts';
import type { Answered, AskModel, Entrant } from './result.ts';
import { type RunParts, runSuite } from './suite-run.ts';
import { summaryOf } from './summary.ts';
import { certify, verdictsOf } from './verdict.ts';

/** A suite of so many questions whose answers are known. */
function suiteOf(count: number, name = 'sums', more = ''): Suite {
  const cases = Array.from(
    { length: count },
    (_, n) => `  - id: sum-${n}\n    task: quick_chat\n    prompt: What is ${n} + ${n}?\n    number: { is: ${2 * n} }\n${more}`,
  );
  return suiteFrom([
    { name: 'suite.yaml', text: `name: ${name}\nversion: 1\n` },
    { name: 'a.yaml', text: `cases:\n${cases.join('')}` },
  ]);
}

const PRICE: ListPrice = { input: 1, output: 10, source: 'here', date: '2026-11-22' };

/** Nothing of these suites is run. */
const bench: Workbench = {
  sandbox: { name: 'none', run: () => Promise.reject(new Error('nothing runs here')) } as unknown as Workbench['sandbox'],
  tools: {},
  missing: {},
};

/** Models that are right with a known chance, case by case the same whenever they are asked. */
function models(quality: Record<string, number>, asked: string[] = []): AskModel {
  return async ({ model, prompt, seed = 0 }) => {
    await sleep(1);
    asked.push(`${model} ${prompt}`);
    const n = Number(/What is (\d+)/.exec(prompt)?.[1]);
    const right = drawn(seed, `${model} ${n}`) < quality[model]!;
    return { text: `It is ${right ? 2 * n : 2 * n + 1}`, usage: { input: 10, output: 5 }, ms: 1 };
  };
}

function plan(suites: readonly Suite[], fields: Partial<RunPlan> = {}): RunPlan {
  return {
    version: 1,
    id: '20261122-aaaaaa',
    suites: suites.map(({ name, version, hash }) => ({ name, version, hash })),
    models: ['a/ref', 'b/new'],
    reference: 'a/ref',
    margin: { keep: 0.95 },
    alpha: 0.05,
    repeat: 1,
    seed: 7,
    maxTokens: 100,
    temperature: 0,
    untilDecided: false,
    at: 1,
    freehold: '0.1.0',
    ...fields,
  };
}

function parts(suites: readonly Suite[], fields: Partial<RunParts>, lines: RecordLine[] = []): RunParts {
  const own = plan(suites);
  return {
    plan: own,
    suites,
    entrants: own.models.map((address): Entrant => ({ address, price: PRICE, atOnce: 4 })),
    ask: models({ 'a/ref': 0.9, 'b/new': 0.9 }),
    bench,
    record: { write: (line) => lines.push(line) },
    signal: new AbortController().signal,
    now: () => 2,
    wait: (ms) => sleep(Math.min(ms, 1)),
    ...fields,
  };
}

describe('a run', () => {
  it('asks cases in an order that its seed gives, every model the same', async () => {
    const suite = suiteOf(30);
    const order = placed({ suites: [suite], seed: 7 }).map(({ key }) => key);
    expect(placed({ suites: [suite], seed: 7 }).map(({ key }) => key)).toEqual(order);
    expect(placed({ suites: [suite], seed: 8 }).map(({ key }) => key)).not.toEqual(order);
    expect(order).not.toEqual(suite.cases.map(({ id }) => `sums/${id}`));
    const run = await runSuite(parts([suite], {}));
    expect(run.ended).toBe('complete');
    expect(run.results).toHaveLength(60);
    expect(run.cases.map(({ key }) => key)).toEqual(order);
  });

  it('finds a true difference, and says undecided where there is none to be seen', async () => {
    const suites = [suiteOf(300)];
    const ask = models({ 'a/ref': 0.9, 'b/new': 0.9, 'c/bad': 0.5 });
    const fields = { models: ['a/ref', 'b/new', 'c/bad'] };
    const entrants = fields.models.map((address): Entrant => ({ address, price: 'free', atOnce: 8 }));
    const run = await runSuite(parts(suites, { plan: plan(suites, fields), entrants, ask }));
    const verdicts = verdictsOf(run);
    expect(verdicts.map(({ candidate, verdict }) => [candidate, verdict.outcome])).toEqual([
      ['b/new', 'undecided'],
      ['c/bad', 'not good enough'],
    ]);
    expect(verdicts[0]!.verdict.more).toBeGreaterThan(50);
    const [certificate, ...others] = certify(run, verdicts, 3);
    expect(others).toEqual([]);
    expect(certificate).toMatchObject({ task: 'quick_chat', outcome: 'not good enough', pairs: 300, candidates: 2, judged: 0 });
    expect(certificate!.e).toBeGreaterThanOrEqual(40);
  });

  it('stops asking where the outcome stands', async () => {
    const suites = [suiteOf(300)];
    const asked: string[] = [];
    const ask = models({ 'a/ref': 0.95, 'b/new': 0.2 }, asked);
    const run = await runSuite(parts(suites, { plan: plan(suites, { untilDecided: true }), ask }));
    expect(verdictsOf(run)[0]!.verdict.outcome).toBe('not good enough');
    expect(asked.length).toBeLessThan(200);
  });

  it('goes on where it died, and asks nothing twice', async () => {
    const suites = [suiteOf(40)];
    const lines: RecordLine[] = [];
    const asked: string[] = [];
    const stop = new AbortController();
    const ask = models({ 'a/ref': 0.9, 'b/new': 0.9 }, asked);
    const stopping: AskModel = (asking, signal) => {
      if (asked.length === 31) stop.abort();
      signal.throwIfAborted();
      return ask(asking, signal);
    };
    const first = await runSuite(parts(suites, { ask: stopping, signal: stop.signal }, lines));
    expect(first.ended).toBe('stopped');
    expect(first.results.length).toBeLessThan(80);
    const run = await runSuite(parts(suites, { ask, before: [...lines] }, lines));
    expect(run.ended).toBe('complete');
    expect(run.results).toHaveLength(80);
    expect(new Set(asked).size).toBe(80);
    expect(asked).toHaveLength(80);
  });

  it('never spends more than its budget, however many are asked at once', async () => {
    const suites = [suiteOf(120)];
    const bound = boundFor({ price: PRICE }, { prompt: 'What is 10 + 10?', maxTokens: 100 });
    // Each answer costs 60,000 nano-dollars and may cost up to the bound: as long as the whole bound fits, one more is asked.
    const budgetNanos = 100 * 60_000 + bound;
    let open = 0;
    let most = 0;
    const real = models({ 'a/ref': 0.9, 'b/new': 0.9 });
    const ask: AskModel = async (asking, signal) => {
      most = Math.max(most, ++open);
      const answer = await real(asking, signal);
      open--;
      return answer;
    };
    const entrants = ['a/ref', 'b/new'].map((address): Entrant => ({ address, price: PRICE, atOnce: 16 }));
    const run = await runSuite(parts(suites, { plan: plan(suites, { budgetNanos }), ask, entrants }));
    expect(run.ended).toBe('budget');
    expect(run.spent_nanos).toBeLessThanOrEqual(budgetNanos);
    expect(run.spent_nanos).toBeGreaterThanOrEqual(100 * 60_000);
    expect(most).toBeGreaterThan(1);
    // What was paid for makes pairs.
    const pairs = verdictsOf(run)[0]!.verdict.pairs;
    expect(pairs).toBeGreaterThanOrEqual(Math.floor(run.results.length / 2) - 8);
    expect(verdictsOf(run)[0]!.verdict.outcome).toBe('not decidable with this budget');
  });

  it('refuses a budget for a model whose price nobody knows', async () => {
    const suites = [suiteOf(2)];
    const entrants: Entrant[] = [
      { address: 'a/ref', price: 'free', atOnce: 1 },
      { address: 'b/new', atOnce: 1 },
    ];
    await expect(runSuite(parts(suites, { plan: plan(suites, { budgetNanos: 1 }), entrants }))).rejects.toThrow(/b\/new costs/);
  });

  it('waits for a busy engine, tries again, and counts what never came apart', async () => {
    const suites = [suiteOf(30)];
    const real = models({ 'a/ref': 1, 'b/new': 1 });
    const tries = new Map<string, number>();
    const ask: AskModel = async (asking, signal) => {
      const count = (tries.get(asking.model + asking.prompt) ?? 0) + 1;
      tries.set(asking.model + asking.prompt, count);
      if (asking.model === 'a/ref' && count < 6) throw new GatewayError('overload', 'busy', { retryAfter: 0 });
      if (asking.model === 'b/new' && asking.prompt.includes(' 3 ')) throw new GatewayError('upstream', 'broken');
      if (asking.model === 'b/new' && asking.prompt.includes(' 4 ') && count === 1) throw new GatewayError('truncated', 'cut');
      return real(asking, signal);
    };
    const run = await runSuite(parts(suites, { ask }));
    const failed = run.results.filter(({ error }) => error);
    expect(failed).toMatchObject([{ model: 'b/new', case: 'sums/sum-3', error: { kind: 'upstream' } }]);
    expect(failed[0]).not.toHaveProperty('score');
    expect(verdictsOf(run)[0]).toMatchObject({ failed: 1, verdict: { pairs: 29, candidate: 1, reference: 1 } });
  });

  it('gives no outcome where much is missing', async () => {
    const suites = [suiteOf(200)];
    const real = models({ 'a/ref': 1, 'b/new': 0.2 });
    const ask: AskModel = async (asking, signal) => {
      if (asking.model === 'b/new' && drawn(1, asking.prompt) < 0.2) throw new GatewayError('context', 'too long');
      return real(asking, signal);
    };
    const run = await runSuite(parts(suites, { ask }));
    const [verdict] = verdictsOf(run);
    expect(verdict!.verdict.outcome).toBe('undecided');
    expect(verdict!.verdict.reason).toMatch(/have no answer/);
    expect(summaryOf(run, [verdict!], 1).errors).toEqual([
      { model: 'b/new', kind: 'context', message: 'too long', count: verdict!.failed },
    ]);
  });

  it('makes several answers to a case one score', async () => {
    const suites = [suiteOf(20)];
    const run = await runSuite(parts(suites, { plan: plan(suites, { repeat: 3 }), ask: models({ 'a/ref': 0.6, 'b/new': 0.6 }) }));
    expect(run.results).toHaveLength(120);
    expect(verdictsOf(run)[0]!.verdict.pairs).toBe(20);
    const scores = new Set(
      run.results.filter(({ case: key, model }) => key === 'sums/sum-1' && model === 'a/ref').map(({ repeat }) => repeat),
    );
    expect(scores).toEqual(new Set([0, 1, 2]));
  });

  it('takes answers and grades of earlier runs, unless something of them is different', async () => {
    const suites = [suiteOf(10)];
    const kept = new Map<string, unknown>();
    const cache = { get: (key: string) => kept.get(key), put: (key: string, value: unknown) => void kept.set(key, value) };
    const asked: string[] = [];
    const ask = models({ 'a/ref': 0.9, 'b/new': 0.9 }, asked);
    const first = await runSuite(parts(suites, { ask, cache }));
    const second = await runSuite(parts(suites, { ask, cache, plan: plan(suites, { id: '20261122-bbbbbb' }) }));
    expect(asked).toHaveLength(20);
    expect(second.spent_nanos).toBe(0);
    expect(second.results.every(({ cached }) => cached)).toBe(true);
    expect(second.results.map(({ score }) => score)).toEqual(first.results.map(({ score }) => score));
    await runSuite(parts(suites, { ask, cache, plan: plan(suites, { seed: 8, id: '20261122-cccccc' }) }));
    expect(asked).toHaveLength(40);
  });

  it('goes on without sampling settings where a model takes none', async () => {
    const suites = [suiteOf(6)];
    const real = models({ 'a/ref': 1, 'b/new': 1 });
    const ask: AskModel = async (asking, signal): Promise<Answered> => {
      if (asking.model === 'b/new' && asking.temperature !== undefined)
        throw new GatewayError('invalid', 'temperature: only 1 is supported');
      return real(asking, signal);
    };
    expect((await runSuite(parts(suites, { ask }))).results.every(({ score }) => score === 1)).toBe(true);
  });

  it('asks for no more tokens than there is room for', () => {
    expect(roomFor({}, 'word '.repeat(800), 8192)).toBe(8192);
    expect(roomFor({ maxOutput: 4096, window: 100_000 }, 'word '.repeat(800), 8192)).toBe(4096);
    const some = roomFor({ window: 4096 }, 'word '.repeat(400), 8192);
    expect(some).toBeGreaterThan(2500);
    expect(some).toBeLessThan(3000);
    expect(roomFor({ window: 512 }, 'word '.repeat(1800), 8192)).toBe(16);
  });

  it('lets a judge have its say where nothing failed, within the budget, and tells both apart', async () => {
    const suites = [suiteOf(12, 'judged', '    judge: { model: umpire-2501, rubric: Is it right? }\n    reference: It is so.\n')];
    const real = models({ 'a/ref': 1, 'b/new': 0.6 });
    let opinions = 0;
    const ask: AskModel = async (asking, signal) => {
      if (asking.model !== 'umpire-2501') return real(asking, signal);
      opinions++;
      // It dislikes the answer to the first question, wherever that stands.
      const first = /What is 0 \+ 0/.test(asking.prompt);
      const ours = asking.prompt.indexOf('It is so.') > asking.prompt.indexOf('END OF ANSWER 1') ? 1 : 2;
      return { text: `So. {"better": ${first ? 3 - ours : ours}}`, usage: { input: 100, output: 10 }, ms: 1 };
    };
    const own = plan(suites, { budgetNanos: 1_000_000_000 });
    const entrants = [...own.models, 'umpire-2501'].map((address): Entrant => ({ address, price: PRICE, atOnce: 4 }));
    const run = await runSuite(parts(suites, { plan: own, entrants, ask }));
    const passed = run.results.filter(({ ran }) => ran);
    expect(opinions).toBe(2 * new Set(passed.map((one) => `${one.case}`)).size);
    expect(run.judges).toEqual(['umpire-2501']);
    expect(run.spent_nanos).toBe(24 * 60_000 + opinions * 200_000);
    expect(run.results.filter(({ opinion }) => opinion === false).every((one) => one.case === 'judged/sum-0' && one.pass === false)).toBe(
      true,
    );
    expect(run.results.filter(({ judged }) => judged > 0)).toHaveLength(passed.length);
    const { opinions: told } = summaryOf(run, verdictsOf(run), 1);
    expect(told).toMatchObject({ answers: passed.length });
    expect(told!.share).toBeLessThan(1);
  });

  it('refuses a judge of a candidate’s family', async () => {
    const suites = [suiteOf(1, 'judged', '    judge: { model: new-7b-2512, rubric: right? }\n    reference: "0"\n')];
    await expect(runSuite(parts(suites, { plan: plan(suites) }))).rejects.toThrow(/family/);
  });
});
