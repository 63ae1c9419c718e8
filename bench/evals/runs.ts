import type { Suite } from '../../src/evals/case.ts';
import { drawn, type RunPlan } from '../../src/evals/run/plan.ts';
import type { AskModel, Entrant } from '../../src/evals/run/result.ts';
import { runSuite } from '../../src/evals/run/suite-run.ts';
import { verdictsOf } from '../../src/evals/run/verdict.ts';
import { suiteFrom } from '../../src/evals/suite/read.ts';

/** What runs of models of known quality came to. */
export interface Played {
  /** True quality of the candidate, as a share of the reference's. */
  ratio: number;
  runs: number;
  /** Shares of the runs. */
  good: number;
  bad: number;
  undecided: number;
  /** Certificates that are untrue. On the threshold either kind is, and each may be as many as α. */
  wrong: number;
  /** Pairs until a certificate, of those that had one; undefined where none had. */
  median?: number;
  p90?: number;
}

export interface Play {
  ratios: readonly number[];
  runs: number;
  cases: number;
  /** Quality of the reference. */
  level: number;
  /** Candidates tried side by side, all of the same quality. */
  candidates: number;
  seed: number;
}

const KEEP = 0.95;

/** Whole runs, from the order of cases over pacing and grading to verdicts, with models that are right by chance. */
export async function playRuns(play: Play, seen: (ratio: number, run: number) => void): Promise<Played[]> {
  const suite = sums(play.cases);
  const played: Played[] = [];
  for (const ratio of play.ratios) {
    const outcomes: { outcome: string; pairs: number }[] = [];
    for (let run = 0; run < play.runs; run++) {
      const verdicts = await playOne(suite, play, ratio, play.seed + run);
      outcomes.push(...verdicts.map(({ verdict }) => ({ outcome: verdict.outcome, pairs: verdict.decidedAt ?? verdict.pairs })));
      seen(ratio, run + 1);
    }
    const share = (outcome: string) => outcomes.filter((one) => one.outcome === outcome).length / outcomes.length;
    const decided = outcomes
      .filter(({ outcome }) => outcome !== 'undecided')
      .map(({ pairs }) => pairs)
      .sort((a, b) => a - b);
    const [good, bad] = [share('good enough'), share('not good enough')];
    played.push({
      ratio,
      runs: outcomes.length,
      good,
      bad,
      undecided: share('undecided'),
      wrong: ratio === KEEP ? Math.max(good, bad) : ratio > KEEP ? bad : good,
      ...(decided.length > 0 && { median: decided[Math.floor(decided.length / 2)]!, p90: decided[Math.floor(decided.length * 0.9)]! }),
    });
  }
  return played;
}

async function playOne(suite: Suite, { level, candidates }: Play, ratio: number, seed: number) {
  const models = ['reference/r', ...Array.from({ length: candidates }, (_, at) => `candidate${at}/c`)];
  const { name, version, hash } = suite;
  const plan: RunPlan = {
    version: 1,
    id: `20261122-${seed}`.padEnd(12, '0'),
    suites: [{ name, version, hash }],
    models,
    reference: models[0]!,
    margin: { keep: KEEP },
    alpha: 0.05,
    repeat: 1,
    seed,
    maxTokens: 100,
    temperature: 0,
    untilDecided: true,
    at: 0,
    freehold: 'bench',
  };
  const ask: AskModel = async ({ model, prompt }) => {
    const n = Number(/\d+/.exec(prompt)?.[0]);
    const chance = model === models[0] ? level : Math.min(1, ratio * level);
    return { text: String(drawn(seed, `${model} ${n}`) < chance ? 2 * n : 2 * n + 1), ms: 1, usage: { input: 1, output: 1 } };
  };
  const run = await runSuite({
    plan,
    suites: [suite],
    entrants: models.map((address): Entrant => ({ address, price: 'free', atOnce: 4 })),
    ask,
    bench: { sandbox: { name: 'none', run: () => Promise.reject(new Error('nothing of this suite is run')) }, tools: {}, missing: {} },
    record: { write: () => {} },
    signal: new AbortController().signal,
    now: () => 0,
    wait: async () => {},
  });
  return verdictsOf(run);
}

/** Questions whose answers are known. */
function sums(count: number): Suite {
  const cases = Array.from(
    { length: count },
    (_, n) => `- { id: sum-${n}, task: quick_chat, prompt: "What is ${n} + ${n}?", number: { is: ${2 * n} } }`,
  );
  return suiteFrom([
    { name: 'suite.yaml', text: 'name: sums\nversion: 1\n' },
    { name: 'cases.yaml', text: `cases:\n${cases.join('\n')}\n` },
  ]);
}
