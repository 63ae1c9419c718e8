import { z } from 'zod';
import type { BreakerSettings } from './breaker.ts';
import type { HedgeSettings } from './latency.ts';
import type { RetrySettings } from './retry.ts';

/** What is done about targets that fail, stall or are slow. */
export interface ResilienceSettings {
  retry: RetrySettings;
  breaker: BreakerSettings;
  hedge: HedgeSettings;
  /** A stream that breaks off is continued by another target. */
  resume: boolean;
  /** How long a request may wait for an engine of ours that is loading. Milliseconds. */
  coldMs: number;
}

const seconds = z.number().nonnegative().max(86_400);
const share = z.number().min(0).max(1);

/** The section `resilience` of the configuration. */
export const resilienceSchema = z
  .strictObject({
    retries: z
      .int()
      .nonnegative()
      .max(10)
      .default(2)
      .meta({ description: 'How often all targets are tried again, with growing pauses, after each of them failed.' }),
    patience_seconds: seconds.default(5).meta({
      description:
        'How long a request may be made to wait for those further tries; a provider that asks for a longer pause is told to the client, who can wait by itself.',
    }),
    retry_share: share.default(0.15).meta({ description: 'Retries that a provider is sent at most, as a share of its requests.' }),
    turn_retries: z
      .int()
      .nonnegative()
      .max(1000)
      .default(6)
      .meta({ description: 'Further tries for one turn of a client, over all the requests that the client itself makes of it.' }),
    breaker_failures: z
      .int()
      .positive()
      .max(1000)
      .default(5)
      .meta({ description: 'Failures after which a target is left alone, when at least half of what it was asked lately failed.' }),
    breaker_seconds: seconds.default(5).meta({
      description: 'How long it is left alone at first; doubled each time the one request that is let through then fails.',
    }),
    breaker_longest_seconds: seconds.default(120).meta({ description: 'The longest that a target is left alone.' }),
    hedge: z.boolean().default(true).meta({
      description: 'Whether the next target is asked beside one that is slow to begin; who begins first answers, and the other is stopped.',
    }),
    hedge_factor: z
      .number()
      .min(1)
      .max(100)
      .default(3)
      .meta({ description: 'How many times its own 95th percentile a target may take to begin before that.' }),
    hedge_least_seconds: seconds.default(2).meta({ description: 'The least that a target is given to begin.' }),
    hedge_share: share.default(0.05).meta({ description: 'Requests asked twice in that way at most, as a share of all.' }),
    resume: z.boolean().default(true).meta({
      description: 'Whether an answer that breaks off while it is streamed is continued by another target. A key can switch it off.',
    }),
    cold_start_seconds: seconds.default(120).meta({
      description: 'How long a request waits for an engine of yours that is still loading, where nobody else can answer it.',
    }),
  })
  .transform(
    (section): ResilienceSettings => ({
      retry: {
        rounds: section.retries,
        baseMs: 200,
        capMs: 5000,
        patienceMs: section.patience_seconds * 1000,
        share: section.retry_share,
        perTurn: section.turn_retries,
      },
      breaker: {
        failures: section.breaker_failures,
        openMs: section.breaker_seconds * 1000,
        mostMs: section.breaker_longest_seconds * 1000,
      },
      hedge: {
        enabled: section.hedge,
        factor: section.hedge_factor,
        leastMs: section.hedge_least_seconds * 1000,
        share: section.hedge_share,
      },
      resume: section.resume,
      coldMs: section.cold_start_seconds * 1000,
    }),
  );
