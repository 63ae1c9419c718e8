import { hash } from './split.ts';

/** A text as hashed words and pairs of words: places and weights, of length 1 together. */
export interface Words {
  places: Uint32Array;
  weights: Float32Array;
}

export const BUCKETS = 1 << 15;

/** @param also features that are no words, e.g. the class of work */
export function wordsOf(text: string, also: readonly string[] = []): Words {
  const tokens = text.toLowerCase().match(/[a-z_]+|\d+|[^\s\w]/g) ?? [];
  const counts = new Map<number, number>();
  const add = (feature: string) => {
    const place = hash(feature) % BUCKETS;
    counts.set(place, (counts.get(place) ?? 0) + 1);
  };
  for (const [at, token] of tokens.entries()) {
    add(token);
    if (at) add(`${tokens[at - 1]} ${token}`);
  }
  for (const feature of also) add(`\n${feature}`);
  add(`\nlength ${Math.round(Math.log2(1 + text.length))}`);
  const weights = Float32Array.from(counts.values(), Math.sqrt);
  const length = Math.hypot(...weights) || 1;
  return { places: Uint32Array.from(counts.keys()), weights: weights.map((weight) => weight / length) };
}

/** Linear in the hashed words, one output a model. Outputs of a word lie side by side, so that all models cost one gather. */
export class WordModel {
  readonly #effects: Float32Array;
  readonly #outputs: number;

  constructor(outputs: number) {
    this.#outputs = outputs;
    this.#effects = new Float32Array(BUCKETS * outputs);
  }

  /** @returns one number an output */
  predict({ places, weights }: Words): Float64Array {
    const outputs = this.#outputs;
    const sums = new Float64Array(outputs);
    for (let at = 0; at < places.length; at++) {
      const base = places[at]! * outputs;
      for (let output = 0; output < outputs; output++) sums[output]! += weights[at]! * this.#effects[base + output]!;
    }
    return sums;
  }

  /**
   * Least squares by stochastic gradient descent, held back towards no effect.
   * @param targets one number an output; what is left after the class table, less its mean over models: only who is better counts
   */
  fit(
    texts: readonly Words[],
    targets: readonly Float64Array[],
    { rounds, rate, decay }: { rounds: number; rate: number; decay: number },
  ): this {
    const outputs = this.#outputs;
    for (let round = 0; round < rounds; round++) {
      const step = rate / (1 + round);
      for (let turn = 0; turn < texts.length; turn++) {
        // A fixed stride through all texts stands for a shuffle and is the same in every run.
        const row = (turn * 7919 + round) % texts.length;
        const { places, weights } = texts[row]!;
        const guess = this.predict(texts[row]!);
        for (let at = 0; at < places.length; at++) {
          const base = places[at]! * outputs;
          for (let output = 0; output < outputs; output++) {
            const error = targets[row]![output]! - guess[output]!;
            this.#effects[base + output]! += step * (error * weights[at]! - decay * this.#effects[base + output]!);
          }
        }
      }
    }
    return this;
  }
}

/** Cosine of two texts. */
export function likeness(a: Words, b: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (let at = 0; at < a.places.length; at++) sum += a.weights[at]! * (b.get(a.places[at]!) ?? 0);
  return sum;
}
