import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** What one model did with one problem. */
export interface Answer {
  /** 0 to 1. */
  score: number;
  /** US dollars. */
  cost: number;
  /** Milliseconds; 0 where nobody measured. */
  latency: number;
}

/** A problem with all models' answers. */
export interface Problem {
  id: string;
  /** Variants of one problem share it, and never stand on both sides of a split. */
  group: string;
  /** The benchmark's own kind of work. */
  class: string;
  /** The benchmark's own kind, where `class` is somebody else's word for it. */
  kind?: string;
  prompt?: string;
  /** Tokens of the prompt. */
  size: number;
  /** In the order of the set's models. */
  answers: readonly Answer[];
}

/** Problems that all of these models answered. */
export interface ProblemSet {
  name: string;
  /** Whence its problems are; parts of a source have names of their own. */
  source: string;
  models: readonly string[];
  /** Models whose weights can be downloaded. */
  open: readonly string[];
  problems: readonly Problem[];
  /** Problems that are learnt from and not played. */
  aside?: readonly Problem[];
}

/** A question that a weak and a strong model answered right (1) or wrong (0). */
export interface Pair {
  id: string;
  set: string;
  class: string;
  prompt: string;
  size: number;
  weak: number;
  strong: number;
}

/** Percent of a public leaderboard. */
export interface Leaderboard {
  benchmark: string;
  work: string;
  cases: number;
  date: string;
  source: string;
  licence: string;
  percent: Record<string, number>;
}

const file = (name: string): URL => new URL(`data/${name}`, import.meta.url);

/** The lines of a compressed file. The data are ours, so their shape is taken as it is. */
function lines<Head, Line>(name: string): [Head, ...Line[]] {
  const text = gunzipSync(readFileSync(file(name))).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line)) as [Head, ...Line[]];
}

/** Eight models of 2026 on coding problems. `qwen3.5-plus` and `Qwen3-Max` are sold only. */
export function coding(): ProblemSet {
  type Line = { id: string; group: string; class: string; prompt?: string; answers: [number, number, number, number, number][] };
  const [{ models }, ...rows] = lines<{ models: string[] }, Line>('coderouterbench.jsonl.gz');
  const problems = rows.map(({ answers, ...row }) => ({
    ...row,
    // Tokenizers differ; the shortest count is nearest to the text itself.
    size: Math.min(...answers.map(([, input]) => input)),
    answers: answers.map(([score, , , latency, cost]) => ({ score, cost, latency })),
  }));
  return { name: 'coding', source: 'coding', models, open: ['glm-5', 'kimi-k2.5', 'MiniMax-M2.7'], problems };
}

/** Models of 2024 on output prediction and sums; only those that answered both kinds. Costs at list prices of then. */
export function reasoning(): ProblemSet {
  type Line = { id: string; class: string; in: number; prompt: string; answers: ([number, number] | null)[] };
  const [{ models }, ...rows] = lines<{ models: string[] }, Line>('zeroeval.jsonl.gz');
  const prices = (JSON.parse(readFileSync(file('prices.json'), 'utf8')) as { usd_per_million: Record<string, [number, number]> })
    .usd_per_million;
  const kept = models.flatMap((name, at) => (rows.every(({ answers }) => answers[at]) ? [{ name, at, price: prices[name]! }] : []));
  const problems = rows.map(({ id, class: kind, in: size, prompt, answers }) => ({
    id,
    group: id,
    class: kind,
    prompt,
    size,
    answers: kept.map(({ at, price: [input, output] }) => {
      const [score, out] = answers[at]!;
      return { score, cost: (size * input + out * output) / 1e6, latency: 0 };
    }),
  }));
  const names = kept.map(({ name }) => name);
  return { name: 'reasoning', source: 'reasoning', models: names, open: names.filter((name) => OPEN.test(name)), problems };
}

const OPEN = /^(?:meta|llama|qwen|mistral|deepseek|gemma)/i;

/** The pair of the RouteLLM paper. */
export function pairs(): Pair[] {
  type Line = Omit<Pair, 'size'> & { in: number };
  return lines<Line, Line>('routellm.jsonl.gz').map(({ in: size, ...row }) => ({ ...row, size }));
}

export function leaderboards(): Leaderboard[] {
  return JSON.parse(readFileSync(file('tables.json'), 'utf8')) as Leaderboard[];
}
