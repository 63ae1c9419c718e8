/** What fitting needs to know of a model. */
export interface Weight {
  fileBytes: number;
  /** Numbers kept for each token of context; undefined when the file does not tell. */
  cacheWidth: number | undefined;
  /** The window it was trained with, in tokens. */
  contextTokens: number | undefined;
}

/** How a model is to be opened. */
export interface Opening {
  contextTokens: number;
  sequences: number;
  /** Memory it will hold, in bytes. */
  needBytes: number;
}

const RUNTIME_BYTES = 250e6; // node and llama.cpp themselves, and the working buffers of a small model
const BYTES_PER_CACHED_NUMBER = 2; // kept as 16-bit
const USABLE_PART = 0.75; // the rest of the machine has work too
const CACHE_PART = 0.25;
const LEAST_CONTEXT_TOKENS = 2048;
// An agent's conversation must fit before a second one may run beside it; several small ones come after that.
const WISHES: readonly [contextTokens: number, sequences: number][] = [
  [32_768, 4],
  [32_768, 2],
  [16_384, 4],
  [16_384, 2],
  [32_768, 1],
  [8192, 4],
  [16_384, 1],
  [8192, 2],
  [8192, 1],
  [4096, 2],
  [4096, 1],
  [LEAST_CONTEXT_TOKENS, 1],
];

/** Memory in bytes a model holds with a context of this size. Pure. */
export function memoryNeed(weight: Weight, contextTokens: number, sequences: number): number {
  // Without a word from the file: a cache width that suits dense models of this size.
  const width = weight.cacheWidth ?? Math.max(8192, weight.fileBytes / 40_000);
  return weight.fileBytes * 1.1 + RUNTIME_BYTES + contextTokens * sequences * width * BYTES_PER_CACHED_NUMBER;
}

/**
 * Chooses window and number of sequences for the memory there is; what the owner fixed stays fixed. Pure.
 * @param availableBytes memory this process may still take
 * @returns the smallest opening when nothing fits, so that loading can say so itself
 */
export function planOpening(weight: Weight, availableBytes: number, fixed: { contextTokens?: number; sequences?: number } = {}): Opening {
  const trained = weight.contextTokens ?? 4096;
  const wishes = WISHES.map(([contextTokens, sequences]) => ({
    contextTokens: Math.min(fixed.contextTokens ?? contextTokens, trained),
    sequences: fixed.sequences ?? sequences,
  })).map((wish) => ({ ...wish, needBytes: memoryNeed(weight, wish.contextTokens, wish.sequences) }));
  const fits = ({ contextTokens, sequences, needBytes }: Opening) =>
    needBytes <= availableBytes * USABLE_PART &&
    needBytes - memoryNeed(weight, 0, sequences) <= availableBytes * CACHE_PART &&
    contextTokens > 0;
  return wishes.find(fits) ?? (wishes.at(-1) as Opening);
}
