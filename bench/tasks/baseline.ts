import { BUCKETS } from '../../src/tasks/features.ts';
import { CLASSES, type Row } from './corpus.ts';
import type { Example } from './learn.ts';

/** What everybody would try first: words and pairs of words, hashed. */
export function plainExample({ prompt, label }: Row): Example {
  const words =
    prompt
      .slice(0, 6000)
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+/gu) ?? [];
  const buckets = new Set<number>();
  for (const [at, word] of words.entries()) {
    buckets.add(bucketOf(word));
    if (at > 0) buckets.add(bucketOf(`${words[at - 1]} ${word}`));
  }
  return {
    index: Int32Array.from(buckets),
    value: new Float32Array(buckets.size).fill(1 / Math.sqrt(Math.max(1, buckets.size))),
    label: CLASSES.indexOf(label),
    weight: 1,
  };
}

function bucketOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) & (BUCKETS - 1);
}
