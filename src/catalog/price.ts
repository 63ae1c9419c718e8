import type { Usage } from '../protocol/usage.ts';

/** Rates in US dollars per million tokens. */
export interface Rates {
  input: number;
  output: number;
  /** Of the prompt: what came from the provider's cache. Absent: as `input`. */
  cacheRead?: number;
  /** Of the prompt: what was written to its cache for five minutes. Absent: as `input`. */
  cacheWrite?: number;
  /** Of the prompt: what was written for one hour. Absent: 1.6 times `cacheWrite`, the ratio of the one vendor that sells it (2 to 1.25). */
  cacheWrite1h?: number;
  /** Of the answer: thoughts. Absent: as `output`. */
  reasoning?: number;
}

/** A price with where it comes from. */
export interface ListPrice extends Rates {
  /** US dollars per picture in the prompt, where they are not counted as tokens. */
  image?: number;
  /** Rates for whole requests whose prompt is longer than `above` tokens. The highest that applies counts. */
  tiers?: readonly (Rates & { above: number })[];
  /** A page or a file. */
  source: string;
  /** ISO date on which it was read. */
  date: string;
}

/** Nano-dollars in a dollar. Money is counted in them as integers, so that sums are exact: a token at $0.04 a million costs 40. */
export const NANOS = 1_000_000_000;

/**
 * What tokens cost. Each token is charged once, at the rate of its kind: cached ones are contained in `input`, thoughts in `output`.
 * @param images pictures in the prompt
 * @returns nano-dollars, rounded up
 */
export function costOf(usage: Usage, price: ListPrice, images = 0): number {
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0, reasoning = 0 } = usage;
  const rates = ratesFor(input, price);
  // Providers have reported more cached tokens than prompt tokens; nothing is ever charged below zero.
  const plain = Math.max(0, input - cacheRead - cacheWrite);
  const write1h = Math.min(cacheWrite1h, cacheWrite);
  const thoughts = Math.min(reasoning, output);
  const millionths =
    plain * rates.input +
    cacheRead * (rates.cacheRead ?? rates.input) +
    (cacheWrite - write1h) * (rates.cacheWrite ?? rates.input) +
    write1h * hourly(rates) +
    (output - thoughts) * rates.output +
    thoughts * (rates.reasoning ?? rates.output);
  return nanos(millionths / 1e6 + images * (price.image ?? 0));
}

/**
 * The most that a request can cost: the whole prompt at its dearest rate and the longest answer.
 * @param input tokens at most
 * @param output tokens at most
 * @returns nano-dollars
 */
export function boundOf(input: number, output: number, price: ListPrice, images = 0): number {
  const all = [price, ...(price.tiers ?? []).filter(({ above }) => input > above)];
  const reading = Math.max(...all.map((r) => Math.max(r.input, r.cacheRead ?? 0, r.cacheWrite ?? 0, hourly(r))));
  const writing = Math.max(...all.map((r) => Math.max(r.output, r.reasoning ?? 0)));
  return nanos((input * reading + output * writing) / 1e6 + images * (price.image ?? 0));
}

function ratesFor(input: number, { tiers = [], ...base }: ListPrice): Rates {
  let best: (Rates & { above: number }) | undefined;
  for (const tier of tiers) if (input > tier.above && tier.above >= (best?.above ?? 0)) best = tier;
  return best ?? base;
}

/** The rate of what is written to the cache for an hour. */
function hourly({ input, cacheWrite, cacheWrite1h }: Rates): number {
  return cacheWrite1h ?? (cacheWrite === undefined ? input : 1.6 * cacheWrite);
}

/** Dollars as whole nano-dollars, rounded up; the sum's last digits are noise of binary fractions and are dropped first. */
function nanos(dollars: number): number {
  const exact = dollars * NANOS;
  const near = Math.round(exact);
  const off = Math.abs(exact - near);
  // Where no digit that is dropped can change the whole number, nothing is printed for it.
  if (exact < 1e10 && (off === 0 || off > 1e-3)) return Math.ceil(exact);
  return Math.ceil(Number(exact.toPrecision(14)));
}
