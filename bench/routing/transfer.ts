import type { Pair, ProblemSet } from './data.ts';
import { WordModel, wordsOf } from './words.ts';

/** How well a sign of need sorts the problems of one kind between two models. 0.5 is chance. */
export interface Transfer {
  kind: string;
  weak: string;
  strong: string;
  /** APGR of words learnt on another set, and of the prompt's length. */
  words: number;
  length: number;
}

/** The best open models of a set, by size small to large, against the best model. */
const WEAK = ['Meta-Llama-3.1-8B-Instruct', 'gemma-2-27b-it', 'Qwen2-72B-Instruct'];
const STRONG = 'gpt-4o-2024-08-06';

/**
 * Whether what words tell of need on one set (MMLU) holds on others: the same model of words, not trained again, sorts sums in words and
 * programs to be read, for other models.
 */
export function transfer(pairs: readonly Pair[], set: ProblemSet): Transfer[] {
  const learnt = pairs.filter((pair) => pair.set === 'mmlu');
  const level = learnt.reduce((sum, { weak, strong }) => sum + strong - weak, 0) / learnt.length;
  const model = new WordModel(1).fit(
    learnt.map(({ prompt }) => wordsOf(prompt)),
    learnt.map(({ weak, strong }) => Float64Array.of(strong - weak - level)),
    { rounds: 8, rate: 0.3, decay: 0.01 },
  );
  const need = (prompt: string) => model.predict(wordsOf(prompt))[0]!;
  const sums = pairs.filter((pair) => pair.set === 'gsm8k');
  const same = sums.map(({ prompt, size, weak, strong }) => ({ words: need(prompt), size, gain: strong - weak }));
  const strong = set.models.indexOf(STRONG);
  const kinds = Map.groupBy(set.problems, (problem) => problem.class);
  return [
    { kind: 'gsm8k', weak: 'mixtral-8x7b', strong: 'gpt-4-1106', ...areas(same) },
    ...WEAK.flatMap((weak) =>
      [...kinds].map(([kind, problems]) => {
        const at = set.models.indexOf(weak);
        const rows = problems.map(({ prompt = '', size, answers }) => ({
          words: need(prompt),
          size,
          gain: answers[strong]!.score - answers[at]!.score,
        }));
        return { kind, weak, strong: STRONG, ...areas(rows) };
      }),
    ),
  ];
}

interface Row {
  words: number;
  size: number;
  gain: number;
}

function areas(rows: readonly Row[]): { words: number; length: number } {
  return { words: area(rows.toSorted((a, b) => b.words - a.words)), length: area(rows.toSorted((a, b) => b.size - a.size)) };
}

/** Mean share of the gap that is recovered, as rows from the front go to the strong model. */
function area(rows: readonly Row[]): number {
  let recovered = 0;
  let sum = 0;
  for (const { gain } of rows) {
    sum += recovered + gain / 2;
    recovered += gain;
  }
  return sum / rows.length / recovered;
}
