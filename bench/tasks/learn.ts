import { BUCKETS, featuresOf } from '../../src/tasks/features.ts';

/** One text with its class, as features. */
export interface Example {
  index: Int32Array;
  value: Float32Array;
  /** Number of its class. */
  label: number;
  weight: number;
}

export interface Settings {
  classes: number;
  epochs: number;
  /** Step of AdaGrad (Duchi, Hazan, Singer 2011). */
  rate: number;
  /** Pull towards zero. */
  decay: number;
  /** Share of an example's features that is left out each time it is seen, so that no single word has to be there. */
  dropout: number;
  seed: number;
}

/** Features of the pieces as an example of its own. */
export function exampleOf(pieces: readonly string[], length: number, label: number, weight: number): Example {
  const { index, value, count } = featuresOf(pieces, length);
  return { index: index.slice(0, count), value: value.slice(0, count), label, weight };
}

/** Mulberry32: small, good enough to shuffle, the same everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function shuffle<T>(items: T[], random: () => number): T[] {
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [items[at], items[other]] = [items[other]!, items[at]!];
  }
  return items;
}

/** A linear model: bias per class, and weights with all classes of a feature side by side. */
export interface Linear {
  classes: number;
  bias: Float32Array;
  weights: Float32Array;
}

/** Adds up the scores of each class into `into`. */
export function scores(model: Linear, { index, value }: Example, into: Float64Array): void {
  const { classes, bias, weights } = model;
  for (let k = 0; k < classes; k++) into[k] = bias[k]!;
  for (let at = 0; at < index.length; at++) {
    const row = index[at]! * classes;
    const amount = value[at]!;
    for (let k = 0; k < classes; k++) into[k]! += weights[row + k]! * amount;
  }
}

export function softmax(values: Float64Array, temperature = 1): void {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] = Math.exp((values[k]! - most) / temperature);
  for (let k = 0; k < values.length; k++) values[k]! /= sum;
}

function thinned(example: Example, dropout: number, random: () => number): Example {
  if (dropout === 0) return example;
  const value = example.value.map((amount) => (random() < dropout ? 0 : amount / (1 - dropout)));
  return { ...example, value };
}

/** Multinomial logistic regression by AdaGrad. Deterministic given the settings. */
export function learn(examples: readonly Example[], { classes, epochs, rate, decay, dropout, seed }: Settings): Linear {
  const model = { classes, bias: new Float32Array(classes), weights: new Float32Array(BUCKETS * classes) };
  const squares = new Float32Array(BUCKETS * classes).fill(1e-2);
  const biasSquares = new Float32Array(classes).fill(1);
  const random = randomOf(seed);
  const order = examples.map((_, at) => at);
  const gradient = new Float64Array(classes);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const step = rate * (1 - (0.9 * epoch) / epochs);
    for (const at of shuffle(order, random)) {
      const example = thinned(examples[at]!, dropout, random);
      scores(model, example, gradient);
      softmax(gradient);
      gradient[example.label]! -= 1;
      for (let k = 0; k < classes; k++) {
        gradient[k]! *= example.weight;
        biasSquares[k]! += gradient[k]! ** 2;
        model.bias[k]! -= (step * gradient[k]!) / Math.sqrt(biasSquares[k]!) / 10;
      }
      for (let feature = 0; feature < example.index.length; feature++) {
        const row = example.index[feature]! * classes;
        const amount = example.value[feature]!;
        for (let k = 0; k < classes; k++) {
          const slope = gradient[k]! * amount + decay * model.weights[row + k]!;
          squares[row + k]! += slope * slope;
          model.weights[row + k]! -= (step * slope) / Math.sqrt(squares[row + k]!);
        }
      }
    }
  }
  return model;
}
