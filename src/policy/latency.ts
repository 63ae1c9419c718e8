/** Samples kept of each target. */
const KEPT = 64;
/** Most targets remembered. */
const MOST = 10_000;
/** Fewer say nothing of the slow ones. */
const ENOUGH = 8;

/** Quantiles in milliseconds. */
export interface Latency {
  p50: number;
  p95: number;
}

/** When a second target is asked beside a slow first one. Times in milliseconds. */
export interface HedgeSettings {
  enabled: boolean;
  /** How many times the target's own p95 it may take until then. */
  factor: number;
  /** The least it is given in any case. */
  leastMs: number;
  /** Hedges as a share of requests. */
  share: number;
}

interface Samples {
  ring: number[];
  next: number;
  /** Of the ring as it is. */
  known?: Latency;
}

/** How long targets took to say their first word, of late. */
export class Latencies {
  readonly #samples = new Map<string, Samples>();

  /** @param ms from sending until the first content */
  add(target: string, ms: number): void {
    const samples: Samples = this.#samples.get(target) ?? { ring: [], next: 0 };
    this.#samples.set(target, samples);
    if (this.#samples.size > MOST)
      for (const oldest of this.#samples.keys()) {
        this.#samples.delete(oldest);
        break;
      }
    samples.ring[samples.next] = ms;
    samples.next = (samples.next + 1) % KEPT;
    samples.known = undefined;
  }

  /** Undefined until there are enough samples. */
  of(target: string): Latency | undefined {
    const samples = this.#samples.get(target);
    if (!samples || samples.ring.length < ENOUGH) return undefined;
    if (!samples.known) {
      const sorted = [...samples.ring].sort((a, b) => a - b);
      const at = (quantile: number) => sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))]!;
      samples.known = { p50: at(0.5), p95: at(0.95) };
    }
    return samples.known;
  }
}

/** After how long a second target is asked; undefined: never, because nothing is known of this one. */
export function hedgeAfter(latency: Latency | undefined, { enabled, factor, leastMs }: HedgeSettings): number | undefined {
  return enabled && latency ? Math.max(leastMs, factor * latency.p95) : undefined;
}
