import { CLASSES } from './corpus.ts';
import { softmax } from './learn.ts';
import { bestOf, type Judged } from './train.ts';

export interface Accuracy {
  right: number;
  of: number;
  share: number;
}

export function accuracyOf(judged: readonly Judged[]): Accuracy {
  const right = judged.filter(({ scores, label }) => bestOf(scores) === label).length;
  return { right, of: judged.length, share: judged.length ? right / judged.length : 0 };
}

/** Accuracy by a name that rows share. */
export function by(judged: readonly Judged[], nameOf: (one: Judged) => string): Record<string, Accuracy> {
  const names = [...new Set(judged.map(nameOf))].sort();
  return Object.fromEntries(names.map((name) => [name, accuracyOf(judged.filter((one) => nameOf(one) === name))]));
}

/** Rows: what it is; columns: what it was taken for. */
export function confusionOf(judged: readonly Judged[]): number[][] {
  const table = CLASSES.map(() => CLASSES.map(() => 0));
  for (const { scores, label } of judged) table[label]![bestOf(scores)]!++;
  return table;
}

export interface Calibration {
  /** Expected calibration error, ten bins. */
  error: number;
  /** Of the answers that are sure: how many, and how many of those are right. */
  sure: { share: number; right: number };
  unsureRight: number;
}

/** How honest the probabilities are. @param threshold below it an answer is unsure */
export function calibrationOf(judged: readonly Judged[], temperature: number, threshold: number): Calibration {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, likely: 0, right: 0 }));
  const sides = { sure: { count: 0, right: 0 }, unsure: { count: 0, right: 0 } };
  for (const { scores, label } of judged) {
    const values = Float64Array.from(scores);
    softmax(values, temperature);
    const best = bestOf(values);
    const isRight = best === label ? 1 : 0;
    const bin = bins[Math.min(9, Math.floor(values[best]! * 10))]!;
    bin.count++;
    bin.likely += values[best]!;
    bin.right += isRight;
    const side = values[best]! < threshold ? sides.unsure : sides.sure;
    side.count++;
    side.right += isRight;
  }
  const error = bins.reduce((sum, { likely, right }) => sum + Math.abs(likely - right) / judged.length, 0);
  return {
    error,
    sure: { share: sides.sure.count / judged.length, right: sides.sure.right / Math.max(1, sides.sure.count) },
    unsureRight: sides.unsure.right / Math.max(1, sides.unsure.count),
  };
}
