/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The bytes in packets of 1 to `largest`, as a network may cut them. */
export function* packets(bytes: Uint8Array, largest: number, random: () => number): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; ) {
    const size = 1 + Math.floor(random() * largest);
    yield bytes.subarray(from, from + size);
    from += size;
  }
}
