/**
 * Tokens of one exchange, in one meaning for all dialects (three exist in the wild, so usage is converted, never copied):
 * `input` counts everything the model read, cached or not; `output` everything it wrote, thoughts included.
 * The parts named below are contained in those totals.
 */
export interface Usage {
  input?: number;
  output?: number;
  /** Of `input`: served from a prompt cache. */
  cacheRead?: number;
  /** Of `input`: written to a prompt cache (all lifetimes together). */
  cacheWrite?: number;
  /** Of `cacheWrite`: written with the one-hour lifetime, which has another price. */
  cacheWrite1h?: number;
  /** Of `output`: spent on reasoning. */
  reasoning?: number;
  /** True when counted here because the provider reported nothing. */
  estimated?: boolean;
}

/** Later figures replace earlier ones field by field: stream counters are cumulative. */
export function mergeUsage(before: Usage | undefined, after: Usage): Usage {
  const merged: Usage = { ...before };
  for (const [key, value] of Object.entries(after)) if (value !== undefined) (merged as Record<string, unknown>)[key] = value;
  return merged;
}

/** A non-negative finite integer, or undefined: providers send null, strings and negative counts. */
export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}
