import { compare, type Verdict } from './judge.ts';

/** A pair of answers whose better one is known: labelled by people, or made by spoiling a good answer. */
export interface Labelled {
  task: string;
  rubric: string;
  better: string;
  worse: string;
}

/** How far a judge can be believed. */
export interface Calibration {
  pairs: number;
  /** Right in both orders. */
  right: number;
  wrong: number;
  /** Ties, and choices that changed with the order. */
  undecided: number;
  /** Share of pairs with one choice in both orders. */
  consistency: number;
  /** Share of all pairs judged right. */
  accuracy: number;
  /** Share of pairs where the first place won whatever stood there. */
  firstPlaceBias: number;
}

/** Lets a judge compare pairs whose answer is known. @param ask sends one prompt to the judge */
export async function calibrate(ask: (prompt: string) => Promise<string>, pairs: readonly Labelled[]): Promise<Calibration> {
  const verdicts: Verdict[] = [];
  for (const { task, rubric, better, worse } of pairs) verdicts.push(await compare(ask, task, rubric, better, worse));
  const count = (holds: (one: Verdict) => boolean) => verdicts.filter(holds).length;
  const right = count(({ score }) => score === 1);
  const wrong = count(({ score }) => score === 0);
  const share = (part: number) => (pairs.length ? part / pairs.length : 0);
  return {
    pairs: pairs.length,
    right,
    wrong,
    undecided: pairs.length - right - wrong,
    consistency: share(count(({ consistent }) => consistent)),
    accuracy: share(right),
    firstPlaceBias: share(count(({ first, second }) => first === 'candidate' && second === 'other')),
  };
}

/** Two opinions on the same answers: by execution and by a judge. */
export interface Agreement {
  answers: number;
  /** Share on which both say pass or both say fail. */
  share: number;
  /** Cohen's kappa: 0 is chance, 1 is one opinion. */
  kappa: number;
}

/** How far a judge says what execution says. @param pairs of each answer: did execution pass it, did the judge */
export function agreement(pairs: readonly (readonly [boolean, boolean])[]): Agreement {
  const n = pairs.length;
  if (n === 0) return { answers: 0, share: 0, kappa: 0 };
  const share = pairs.filter(([a, b]) => a === b).length / n;
  const yes = (at: 0 | 1) => pairs.filter((pair) => pair[at]).length / n;
  const chance = yes(0) * yes(1) + (1 - yes(0)) * (1 - yes(1));
  return { answers: n, share, kappa: chance === 1 ? (share === 1 ? 1 : 0) : (share - chance) / (1 - chance) };
}
