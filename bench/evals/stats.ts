import { parseArgs } from 'node:util';
import { Detector } from '../../src/evals/stats/detector.ts';
import { play } from '../../src/evals/stats/fixtures/play.ts';
import { pairsOf, randomOf, type World } from '../../src/evals/stats/fixtures/worlds.ts';
import type { TrialPlan } from '../../src/evals/stats/trial.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    pairs: { type: 'string', default: '3000' },
    json: { type: 'boolean', default: false },
  },
});

const RUNS = Number(values.runs);
const PAIRS = Number(values.pairs);
const PLAN: TrialPlan = { margin: { keep: 0.95 } };

interface Row {
  world: World;
  runs: number;
  /** Shares of the runs. */
  certified: number;
  refused: number;
  /** Pairs until a certificate, of all runs; Infinity where fewer got one. */
  median: number;
  p80: number;
  /** Share certified after so many pairs. */
  curve: Record<number, number>;
}

const AT = [100, 250, 500, 1000, 1500, 2000, 3000];

function row(world: World, runs: number, plan = PLAN, pairs = PAIRS): Row {
  const verdicts = play(world, plan, { runs, pairs, seed: 20261122 });
  const good = verdicts.map(({ outcome, decidedAt }) => (outcome === 'good enough' ? decidedAt! : Number.POSITIVE_INFINITY));
  return summary(world, good, verdicts.filter(({ outcome }) => outcome === 'not good enough').length / runs);
}

function summary(world: World, good: number[], refused: number): Row {
  const runs = good.length;
  const within = (pairs: number) => good.filter((pair) => pair <= pairs).length / runs;
  const sorted = good.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(runs - 1, Math.floor(share * runs))]!;
  const curve = Object.fromEntries(AT.map((pairs) => [pairs, within(pairs)]));
  return { world, runs, certified: within(Number.MAX_VALUE), refused, median: at(0.5), p80: at(0.8), curve };
}

/** The plain betting test, to compare with: aGRAPA of arXiv 2010.09686, appendix B, bets up to half of what may be lost. */
function plain(world: World, runs: number): Row {
  const good = Array.from({ length: runs }, (_, run) => {
    const next = pairsOf(world, randomOf(20261122 * 1_000_003 + run * 7919));
    let [wealth, total, squared] = [1, 0, 0];
    for (let pair = 0; pair < PAIRS; pair++) {
      const [candidate, reference] = next();
      const stake = candidate - 0.95 * reference;
      const mean = total / (pair + 1);
      wealth *= 1 + Math.max(0, Math.min(0.5 / 0.95, mean / ((0.25 + squared) / (pair + 1)))) * stake;
      total += stake;
      squared += stake * stake;
      if (wealth >= 20) return pair + 1;
    }
    return Number.POSITIVE_INFINITY;
  });
  return summary(world, good, 0);
}

const threshold: World[] = [
  ...[0.3, 0.65, 0.9].map((level) => ({ level, ratio: 0.95, correlation: 0 })),
  { level: 0.65, ratio: 0.95, correlation: 0.25 },
  { level: 0.9, ratio: 0.95, correlation: 0.5 },
  { level: 0.65, ratio: 0.95, correlation: 0.25, checks: 5 },
];
const equal: World[] = [0, 0.25, 0.5].flatMap((correlation) => [0.65, 0.9].map((level) => ({ level, ratio: 1, correlation })));
const graded: World = { level: 0.65, ratio: 1, correlation: 0.25, checks: 5 };
const others: World[] = [0.7, 0.9, 0.97, 1.05, 1.2].map((ratio) => ({ level: 0.65, ratio, correlation: 0.25 }));

const fewer = Math.max(1, Math.round(RUNS / 5));
const report = {
  threshold: threshold.map((world) => row(world, RUNS)),
  equal: [...equal, graded].map((world) => row(world, fewer)),
  plain: [...equal, graded].map((world) => plain(world, fewer)),
  others: others.map((world) => row(world, fewer)),
  points: [0.3, 0.65].map((level) => row({ level, ratio: 1, correlation: 0.25 }, fewer, { margin: { lose: 0.05 } })),
  canary: [0.03, 0.04, 0.06, 0.1, 0.2].map((errors) => ({ errors, ...delays(errors, Math.max(10, Math.round(RUNS / 50))) })),
};

/** Exchanges until the alarm, in a canary whose limit is 3 % errors and whose false alarms are to be 5,000 apart. */
function delays(errors: number, runs: number): { mean: number; median: number; cut: number } {
  const most = 100_000;
  const found = Array.from({ length: runs }, (_, run) => {
    const random = randomOf(run + 1);
    const detector = new Detector([{ name: 'error', limit: 0.03, low: 0, high: 1 }], 5000);
    for (let at = 1; at <= most; at++) if (detector.observe({ error: random() < errors ? 1 : 0 })) return at;
    return most;
  }).sort((a, b) => a - b);
  return {
    mean: found.reduce((sum, at) => sum + at, 0) / runs,
    median: found[runs >> 1]!,
    cut: found.filter((at) => at === most).length / runs,
  };
}

if (values.json) process.stdout.write(`${JSON.stringify(report, null, 1)}\n`);
else print();

function print(): void {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const pairs = (count: number) => (count === Number.POSITIVE_INFINITY ? `> ${PAIRS}` : String(count));
  const name = ({ level, ratio, correlation, checks = 1 }: World) =>
    `${level} | ${ratio} | ${correlation} | ${checks === 1 ? 'pass or fail' : `of ${checks}`}`;
  const head = 'level | ratio | correlation | score';
  const table = (title: string, columns: string, rows: string[]) =>
    `${title}\n\n| ${columns} |\n|${'---|'.repeat(columns.split('|').length)}\n${rows.map((cells) => `| ${cells} |`).join('\n')}\n`;
  const curve = (rows: Row[]) =>
    rows.map(
      (one) =>
        `${name(one.world)} | ${AT.map((at) => percent(one.curve[at]!)).join(' | ')} | ${pairs(one.median)} | ${pairs(one.p80)} | ${percent(one.refused)}`,
    );
  const columns = `${head} | ${AT.map((at) => `by ${at}`).join(' | ')} | median | 80 % | refused`;
  const lines = [
    table(
      `On the threshold (95 % of the reference), a look after every pair up to ${PAIRS}, ${RUNS} trials each: wrong outcomes`,
      `${head} | certified | refused`,
      report.threshold.map((one) => `${name(one.world)} | ${percent(one.certified)} | ${percent(one.refused)}`),
    ),
    table(`Equal models, certified (${fewer} trials each)`, columns, curve(report.equal)),
    table('The same with the plain betting test', columns, curve(report.plain)),
    table('Other candidates', columns, curve(report.others)),
    table('Equal models, at most 5 points lost', columns, curve(report.points)),
    table(
      'Canary, at most 3 % errors, false alarms 5,000 exchanges apart or more (cut at 100,000)',
      'errors | mean | median | never',
      report.canary.map(({ errors, mean, median, cut }) => `${errors} | ${mean.toFixed(0)} | ${median} | ${percent(cut)}`),
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
