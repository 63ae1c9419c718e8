import { type BreakerState, Breakers, type Health } from '../policy/breaker.ts';
import { hedgeAfter, Latencies, type Latency } from '../policy/latency.ts';
import type { ResilienceSettings } from '../policy/resilience.ts';
import { RetryBudget, signOf, TurnRetries } from '../policy/retry.ts';
import type { ErrorKind, GatewayError } from '../protocol/errors.ts';
import { Lines } from './lines.ts';

interface ResilienceParts {
  /** The section of the current configuration. */
  settings(): ResilienceSettings;
  /** Unix milliseconds. */
  now(): number;
  /** Between 0 and 1. */
  random(): number;
}

/** What is remembered of targets over all exchanges: their health, how fast they begin, and how often they may be asked again. */
export class Resilience {
  readonly turns = new TurnRetries();
  readonly retries = new RetryBudget();
  readonly hedges = new RetryBudget();
  readonly lines = new Lines();
  readonly #parts: ResilienceParts;
  #breakers = new Breakers();
  #configured: ResilienceSettings | undefined;
  readonly #latencies = new Latencies();
  /** Why a target is left alone. */
  readonly #causes = new Map<string, ErrorKind>();

  constructor(parts: ResilienceParts) {
    this.#parts = parts;
  }

  get settings(): ResilienceSettings {
    return this.#parts.settings();
  }

  /** A new configuration is a new chance for everyone: a key or an address may have been mended. */
  get #healths(): Breakers {
    const { settings } = this;
    if (this.#configured !== settings) this.#breakers = new Breakers();
    this.#configured = settings;
    return this.#breakers;
  }

  now(): number {
    return this.#parts.now();
  }

  random(): number {
    return this.#parts.random();
  }

  health(address: string): Health {
    return this.#healths.health(address, this.now());
  }

  /** How long a target took to begin, of late; undefined while too little is known. */
  ttft(address: string): Latency | undefined {
    return this.#latencies.of(address);
  }

  /** Lets a request to a target through, or says what keeps it: the kind of the last failure, and for how long, in milliseconds. */
  admit(address: string): { kind: ErrorKind; ms: number } | undefined {
    const now = this.now();
    if (this.#healths.admit(address, now)) return undefined;
    return { kind: this.#causes.get(address) ?? 'unavailable', ms: this.#healths.wait(address, now) };
  }

  /** How an attempt ended. @param error absent when it succeeded */
  report(address: string, error?: GatewayError): void {
    const now = this.now();
    const sign = error ? signOf(error) : ({ kind: 'good' } as const);
    if (!sign) {
      this.#healths.release(address, now);
      return;
    }
    if (error && sign.kind !== 'good') this.#causes.set(address, error.kind);
    else this.#causes.delete(address);
    this.#healths.report(address, sign, now, this.settings.breaker);
  }

  /** An attempt ended that says nothing of its target. */
  release(address: string): void {
    this.#healths.release(address, this.now());
  }

  /** A target began to answer. @param ms from sending */
  began(address: string, isStream: boolean, ms: number): void {
    this.#latencies.add(isStream ? address : whole(address), ms);
  }

  /** Milliseconds until the next target shall be asked beside this one; undefined: never. */
  hedgeAfter(address: string, isStream: boolean): number | undefined {
    return hedgeAfter(this.#latencies.of(isStream ? address : whole(address)), this.settings.hedge);
  }

  /** What other nodes should know. @param since changes at or after this time, Unix milliseconds */
  states(since: number): BreakerState[] {
    return this.#healths.states(since);
  }

  /** Takes over what another node learned. */
  learn(state: BreakerState): void {
    this.#healths.learn(state, this.now());
  }
}

/** Whole answers begin when they are complete, which says nothing of streams. */
function whole(address: string): string {
  return `${address} whole`;
}
