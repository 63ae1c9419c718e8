import { BUCKETS } from '../../src/tasks/features.ts';
import { endsOf } from '../../src/tasks/question.ts';
import { CLASSES, type Row, rows } from './corpus.ts';
import { type Example, exampleOf, type Linear, learn, type Settings, scores, softmax } from './learn.ts';
import { made } from './made.ts';

/** What is trained on and how; the same numbers give the same weights. */
export const RECIPE = { each: 1500, ofMade: 0.35, epochs: 8, rate: 0.5, decay: 1e-3, dropout: 0.5, seed: 7 };

const SETTINGS: Settings = {
  classes: CLASSES.length,
  epochs: RECIPE.epochs,
  rate: RECIPE.rate,
  decay: RECIPE.decay,
  dropout: RECIPE.dropout,
  seed: RECIPE.seed,
};

export function asExample({ prompt, label }: Pick<Row, 'prompt' | 'label'>, weight = 1): Example {
  const { head, tail, length } = endsOf(prompt);
  return exampleOf(tail === '' ? [head] : [head, tail], length, CLASSES.indexOf(label), weight);
}

export const train = (examples: readonly Example[]): Linear => learn(examples, SETTINGS);

/** Prompts of our own making, as examples. */
export const ownExamples = (): Example[] => made(RECIPE.each, RECIPE.seed).map((row) => asExample(row, RECIPE.ofMade));

/** One judgement of a prompt that the model had not seen. */
export interface Judged {
  row: Row;
  label: number;
  /** Raw scores, a class each. */
  scores: Float64Array;
}

/** Trains once for each part that `partOf` tells apart, without that part, and judges it. */
export function heldOut(partOf: (row: Row, at: number) => string, own: readonly Example[], all: readonly Row[] = rows()): Judged[] {
  const examples = all.map((row) => asExample(row));
  const parts = all.map(partOf);
  return [...new Set(parts)].flatMap((part) => {
    const model = train([...examples.filter((_, at) => parts[at] !== part), ...own]);
    return all.flatMap((row, at) => (parts[at] === part ? [judge(model, row, examples[at]!)] : []));
  });
}

export function judge(model: Linear, row: Row, example: Example): Judged {
  const found = new Float64Array(CLASSES.length);
  scores(model, example, found);
  return { row, label: example.label, scores: found };
}

export const bestOf = (found: Float64Array): number => found.indexOf(Math.max(...found));

/** Mean negative log-likelihood at a temperature. */
function loss(judged: readonly Judged[], temperature: number): number {
  let sum = 0;
  for (const { scores: raw, label } of judged) {
    const values = Float64Array.from(raw);
    softmax(values, temperature);
    sum -= Math.log(Math.max(1e-9, values[label]!));
  }
  return sum / judged.length;
}

/** The temperature at which held-out probabilities are honest (Guo et al. 2017, one parameter). */
export function temperatureOf(judged: readonly Judged[]): number {
  let best = 1;
  for (let at = 0; at <= 60; at++) {
    const candidate = 0.3 * 1.05 ** at;
    if (loss(judged, candidate) < loss(judged, best)) best = candidate;
  }
  return Math.round(best * 100) / 100;
}

/** Weights in eight bits with a scale a class, and biases. */
export function packed({ weights, bias, classes }: Linear): { weights: string; scales: number[]; bias: number[] } {
  const scales = Array.from({ length: classes }, (_, k) => {
    let most = 1e-9;
    for (let feature = 0; feature < BUCKETS; feature++) most = Math.max(most, Math.abs(weights[feature * classes + k]!));
    return most / 127;
  });
  const bytes = Int8Array.from(weights, (weight, at) => Math.round(weight / scales[at % classes]!));
  return {
    weights: Buffer.from(bytes.buffer).toString('base64'),
    scales: scales.map((scale) => Number(scale.toPrecision(6))),
    bias: Array.from(bias, (one) => Number(one.toPrecision(6))),
  };
}
