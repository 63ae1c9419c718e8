import { type Contender, plan } from '../../src/policy/plan.ts';
import { bootstrap, type Interval } from './bootstrap.ts';
import type { Pair, ProblemSet } from './data.ts';
import { classTable } from './policies.ts';
import { folds } from './split.ts';
import { WordModel, type Words, wordsOf } from './words.ts';

/** How well a router sorts questions by whether the strong model is needed. */
export interface Gap {
  name: string;
  /** Mean share of the gap between the two models that is recovered, over all shares of strong calls. 0.5 is chance. */
  apgr: Interval;
  /** Share of calls to the strong model that recover half and 80 % of the gap. */
  cpt50: number;
  cpt80: number;
}

/** What the strong model is expected to gain on each question: only its order counts, and equal values are equal. */
type Gains = Float64Array;

const FOLDS = 5;
const SEED = 11;

/** Measures of the RouteLLM paper (arXiv 2406.18665, section 4) on its pair. @param set `mmlu` or `gsm8k` */
export function gaps(all: readonly Pair[], set: string): { questions: number; weak: number; strong: number; results: Gap[] } {
  const pairs = all.filter((pair) => pair.set === set);
  const problems: ProblemSet = {
    name: 'routellm',
    source: 'routellm',
    models: ['weak', 'strong'],
    open: ['weak'],
    problems: pairs.map(({ id, class: kind, prompt, size, weak, strong }) => ({
      id,
      group: id,
      class: kind,
      prompt,
      size,
      answers: [
        { score: weak, cost: 0, latency: 0 },
        { score: strong, cost: 1, latency: 0 },
      ],
    })),
  };
  const texts = pairs.map(({ prompt }) => wordsOf(prompt));
  const split = folds(problems, FOLDS, SEED);
  const over = (learn: (training: ProblemSet, places: readonly number[]) => (at: number) => number): Gains => {
    const gains = new Float64Array(pairs.length);
    for (const { training, held } of split) {
      const isHeld = new Set(held);
      const gain = learn(
        training,
        [...pairs.keys()].filter((at) => !isHeld.has(at)),
      );
      for (const at of held) gains[at] = gain(at);
    }
    return gains;
  };
  const table = over((training) => {
    const rows = classTable(training);
    return (at) => difference(rows(pairs[at]!.class));
  });
  const corrected = over((training, places) => {
    const rows = classTable(training);
    return byWords(pairs, texts, places, (at) => difference(rows(pairs[at]!.class)));
  });
  const ours = over((training) => planned(pairs, classTable(training)));
  // With one subject a table is a constant, and its small differences between folds run against what is held out.
  const subjects = new Set(pairs.map((pair) => pair.class)).size;
  const entries: [string, Gains][] = [
    ['random', new Float64Array(pairs.length)],
    ['prompt length', Float64Array.from(pairs, ({ size }) => size)],
    ...(subjects > 1 ? [['subject table', table] as [string, Gains]] : []),
    ['words alone', over((_, places) => byWords(pairs, texts, places, () => meanGain(pairs, places)))],
    ...(subjects > 1
      ? [['subject table + words', corrected] as [string, Gains], ['router, had it subjects for classes', ours] as [string, Gains]]
      : []),
    ['oracle', Float64Array.from(pairs, ({ weak, strong }) => strong - weak)],
  ];
  const ids = pairs.map(({ id }) => id);
  const mean = (side: 'weak' | 'strong') => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length;
  return {
    questions: pairs.length,
    weak: mean('weak'),
    strong: mean('strong'),
    results: entries.map(([name, gains]) => {
      const order = sorted(gains);
      const whole = curve(pairs, gains, order, new Float64Array(pairs.length).fill(1));
      return {
        name,
        apgr: bootstrap(ids, (times) => curve(pairs, gains, order, times).area),
        cpt50: whole.reach(0.5),
        cpt80: whole.reach(0.8),
      };
    }),
  };
}

const difference = (row: Float64Array): number => row[1]! - row[0]!;

function meanGain(pairs: readonly Pair[], places: readonly number[]): number {
  return places.reduce((sum, at) => sum + pairs[at]!.strong - pairs[at]!.weak, 0) / places.length;
}

function byWords(
  pairs: readonly Pair[],
  texts: readonly Words[],
  places: readonly number[],
  base: (at: number) => number,
): (at: number) => number {
  const model = new WordModel(1).fit(
    places.map((at) => texts[at]!),
    places.map((at) => Float64Array.of(pairs[at]!.strong - pairs[at]!.weak - base(at))),
    { rounds: 8, rate: 0.3, decay: 0.01 },
  );
  return (at) => base(at) + model.predict(texts[at]!)[0]!;
}

/** The least worth of success at which `plan()` pays for the strong model; less is more need of it. */
function planned(pairs: readonly Pair[], rows: (kind: string) => Float64Array): (at: number) => number {
  const known = new Map<string, number>();
  return (at) => {
    const kind = pairs[at]!.class;
    const gain = known.get(kind) ?? -leastWorth(rows(kind));
    known.set(kind, gain);
    return gain;
  };
}

function leastWorth(row: Float64Array): number {
  const contender = (address: string, mean: number, costNanos: number): Contender => ({
    address,
    zone: 'vendor',
    health: 'closed',
    belief: { mean, weight: 50 },
    costNanos,
    latencyMs: 0,
  });
  const contenders = [contender('weak', row[0]!, 0), contender('strong', row[1]!, 1000)];
  const isStrong = (worth: number) =>
    plan({
      work: { importance: 1, unsure: false, size: 0, answer: 0, needs: { tools: false, vision: false, json: false } },
      mode: 'balanced',
      weights: { worth, second: 0 },
      contenders,
    }).steps[0]!.address === 'strong';
  let [low, high] = [1, 1e9];
  if (!isStrong(high)) return high;
  while (high / low > 1.001) {
    const middle = Math.sqrt(low * high);
    if (isStrong(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Places by falling gain. */
function sorted(gains: Gains): Uint32Array {
  return Uint32Array.from(gains.keys()).sort((a, b) => gains[b]! - gains[a]!);
}

/** Share of the gap that is recovered, as the share of strong calls grows from 0 to 1. Equals are called in mixed order, so the curve is straight over them. */
function curve(pairs: readonly Pair[], gains: Gains, order: Uint32Array, times: Float64Array) {
  const points: [called: number, recovered: number][] = [[0, 0]];
  let called = 0;
  let recovered = 0;
  for (const [place, at] of order.entries()) {
    called += times[at]!;
    recovered += times[at]! * (pairs[at]!.strong - pairs[at]!.weak);
    const next = order[place + 1];
    if (next === undefined || gains[next] !== gains[at]) points.push([called, recovered]);
  }
  const scaled = points.map(([x, y]) => [x / called, y / recovered] as const);
  return {
    area: scaled.slice(1).reduce((sum, [x, y], at) => sum + ((x - scaled[at]![0]) * (y + scaled[at]![1])) / 2, 0),
    reach(share: number): number {
      const at = scaled.findIndex(([, y]) => y >= share);
      const [x0, y0] = scaled[at - 1]!;
      const [x1, y1] = scaled[at]!;
      return x0 + ((share - y0) / (y1 - y0)) * (x1 - x0);
    },
  };
}
