import type { Features } from './features.ts';
import { BUCKETS } from './features.ts';
import { TASKS, type TaskClass } from './task.ts';
import file from './weights.json' with { type: 'json' };

/** The classes that the model weighs; the others are certain or not at all. */
export const WEIGHED = file.classes as TaskClass[];
const COUNT = WEIGHED.length;
const PLACES = WEIGHED.map((name) => TASKS.indexOf(name));

/** Below this, the likeliest class is not sure: found where held-out answers are right as often as not. */
export const SURE = file.sure;

/** Linear weights in eight bits, all classes of a feature side by side, so that a feature costs one row of memory. */
const weights = new Int8Array(Buffer.from(file.weights, 'base64'));
if (weights.length !== BUCKETS * COUNT) throw new Error('src/tasks/weights.json does not fit the features; run npm run train:tasks');
const scales = Float64Array.from(file.scales);
const bias = Float64Array.from(file.bias);
const scores = new Float64Array(COUNT);

/**
 * How likely each class is, calibrated on held-out sources, in the order of `TASKS`.
 * @param into overwritten
 * @returns number of the likeliest class in `TASKS`
 */
export function weigh({ index, value, count }: Features, into: Float64Array): number {
  scores.fill(0);
  for (let at = 0; at < count; at++) {
    const row = index[at]! * COUNT;
    const amount = value[at]!;
    for (let k = 0; k < COUNT; k++) scores[k]! += weights[row + k]! * amount;
  }
  let best = 0;
  for (let k = 0; k < COUNT; k++) {
    scores[k] = (scores[k]! * scales[k]! + bias[k]!) / file.temperature;
    if (scores[k]! > scores[best]!) best = k;
  }
  const top = scores[best]!;
  let sum = 0;
  for (let k = 0; k < COUNT; k++) sum += scores[k] = Math.exp(scores[k]! - top);
  into.fill(0);
  for (let k = 0; k < COUNT; k++) into[PLACES[k]!] = scores[k]! / sum;
  return PLACES[best]!;
}
