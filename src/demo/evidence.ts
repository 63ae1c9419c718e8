import { createHash } from 'node:crypto';
import { costOf } from '../catalog/price.ts';
import { JournalKeys } from '../egress/journal/keys.ts';
import { sign } from '../evals/certificate.ts';
import type { Result, RunResult } from '../evals/run/result.ts';
import { caseGradesOf, summaryOf } from '../evals/run/summary.ts';
import { certify, standingsOf, verdictsOf } from '../evals/run/verdict.ts';
import type { Outside } from '../gateway.ts';
import { secretIn } from '../store/place.ts';
import type { TaskClass } from '../tasks/task.ts';
import type { Chance } from './chance.ts';
import { EVIDENCE, PROVIDERS, priceOf, SEED, WORK } from './world.ts';

const DAY = 86_400_000;

/** How much of a case's difficulty is the same for all models: what one cannot do is often hard for the others too. */
const ALIKE = 0.8;

/**
 * A simulated evaluation: answers are drawn by chance, but what follows from them is not: verdicts, certificates and swaps are made and
 * kept as those of a real one. @param data the demo's folder @param said what the admin API refused, for people
 */
export async function proveSomething(
  outside: Outside,
  url: string,
  data: string,
  chance: Chance,
  said: (line: string) => void,
): Promise<void> {
  const at = Date.now() - 2 * DAY;
  const run = simulatedRun(chance, at);
  const verdicts = verdictsOf(run);
  const keys = new JournalKeys(secretIn(data, {})!);
  const post = async (path: string, body: unknown) => {
    const { status, body: answer } = await outside.admin(url, undefined, { method: 'POST', path: `/admin/api/${path}`, body });
    if (status >= 300) said(`${path}: ${JSON.stringify(answer).slice(0, 300)}`);
    return answer as { id?: string };
  };
  await post('evidence/runs', { summary: summaryOf(run, verdicts, at), grades: caseGradesOf(run) });
  await post('evidence/standings', { standings: standingsOf(run, verdicts, at) });
  for (const certificate of certify(run, verdicts, at)) await post('evidence/certificates', sign(certificate, keys));
  for (const { then: deed, ...swap } of EVIDENCE.swaps) {
    const { id } = await post('swaps', swap);
    if (deed && id) await post(`swaps/${id}/${deed.deed}`, { why: deed.why });
  }
}

/** Every model's answer to every case of a suite that is nowhere. */
function simulatedRun(chance: Chance, at: number): RunResult {
  const { models, reference, keep, cases: count, good } = EVIDENCE;
  const tasks = Object.keys(good) as TaskClass[];
  const cases = tasks.flatMap((task) => Array.from({ length: count }, (_, case_) => ({ key: `simulated/${task}-${case_ + 1}`, task })));
  const results = cases.flatMap(({ key, task }) => {
    const hard = chance.next();
    return models.map((address, model) => resultOf({ key, task, address }, right(good[task]![model]!, hard, chance), chance));
  });
  return {
    plan: {
      version: 1,
      id: `${new Date(at).toISOString().slice(0, 10)}-simulated`,
      suites: [{ name: 'simulated', version: '1', hash: createHash('sha256').update('simulated').digest('hex') }],
      models: [...models],
      reference,
      margin: { keep },
      alpha: 0.05,
      repeat: 1,
      seed: SEED,
      maxTokens: 4096,
      untilDecided: false,
      at,
      freehold: 'simulated',
    },
    cases,
    results,
    spent_nanos: results.reduce((sum, { cost_nanos }) => sum + (cost_nanos ?? 0), 0),
    ended: 'complete',
    versions: {},
    judges: [],
  };
}

/** @param share of right answers @param hard 0 to 1, of the case */
function right(share: number, hard: number, chance: Chance): boolean {
  return (chance.happens(ALIKE) ? hard : chance.next()) < share;
}

function resultOf({ key, task, address }: { key: string; task: TaskClass; address: string }, pass: boolean, chance: Chance): Result {
  const slash = address.indexOf('/');
  const [provider, model] = [address.slice(0, slash), address.slice(slash + 1)];
  const { first_ms, tokens_per_second } = PROVIDERS[provider]!.models[model]!;
  const usage = { input: Math.round(chance.around(WORK[task].input / 12, 0.3)), output: Math.round(chance.around(WORK[task].output, 0.3)) };
  const price = priceOf(provider, model);
  const first = chance.around(first_ms, 0.2);
  return {
    case: key,
    task,
    model: address,
    repeat: 0,
    score: pass ? 1 : 0,
    pass,
    reasons: pass ? [] : ['simulated: a test failed'],
    executed: 1,
    judged: 0,
    cost_nanos: price ? costOf(usage, price) : 0,
    ms: first + (1000 * usage.output) / tokens_per_second,
    first_token_ms: first,
    input_tokens: usage.input,
    output_tokens: usage.output,
  };
}
