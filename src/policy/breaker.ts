/** When a target is left alone, and for how long. Times in milliseconds. */
export interface BreakerSettings {
  /** Failures that open it, as long as they are at least half of what came lately. */
  failures: number;
  /** How long it stays open the first time; doubled each time the probe fails. */
  openMs: number;
  /** The longest it stays open, also where the provider asks for more. */
  mostMs: number;
}

export type Health = 'closed' | 'open' | 'probing';

/** A breaker as it can be told to other nodes: a row of the store's port. Unix milliseconds. */
export interface BreakerState {
  target: string;
  state: Health;
  /** While open: until when. */
  until: number | null;
  failures: number;
  changed_at: number;
}

/** What an answer or its failure says of the target: `rest` is its own wish to be left alone, `refused` that it will not take our key. */
export type Sign = { kind: 'good' } | { kind: 'bad' } | { kind: 'rest'; ms: number } | { kind: 'refused' };

interface Breaker {
  good: number;
  bad: number;
  at: number;
  state: Health;
  until: number;
  /** How often in a row it opened. */
  opened: number;
  probeUntil: number;
  changedAt: number;
}

/** What happened weighs half as much after this time. Milliseconds. */
const HALF_LIFE = 30_000;
/** Most targets remembered: models that a client names and nobody lists are targets too. */
const MOST = 10_000;
/** A probe that never reports back does not hold the breaker for longer. Milliseconds. */
const PROBE = 60_000;

/**
 * One circuit breaker a target, single targets too: an outage then costs a caller no waiting. Open, it lets nothing through until its time
 * is over, and then one request at a time until one succeeds. Clock and settings are arguments.
 */
export class Breakers {
  readonly #breakers = new Map<string, Breaker>();

  health(target: string, now: number): Health {
    const breaker = this.#breakers.get(target);
    if (!breaker || breaker.state === 'closed') return 'closed';
    return breaker.state === 'open' && now < breaker.until ? 'open' : 'probing';
  }

  /** Milliseconds until a request may be let through; 0 when one may go now. */
  wait(target: string, now: number): number {
    const breaker = this.#breakers.get(target);
    if (!breaker || breaker.state === 'closed') return 0;
    if (breaker.state === 'open') return Math.max(0, breaker.until - now);
    return Math.max(0, breaker.probeUntil - now);
  }

  /** Lets a request through, or not. One that is let through while probing is the probe, and owes a `report` or `release`. */
  admit(target: string, now: number): boolean {
    if (this.wait(target, now) > 0) return false;
    const breaker = this.#breakers.get(target);
    if (!breaker || breaker.state === 'closed') return true;
    this.#turn(breaker, 'probing', now);
    breaker.probeUntil = now + PROBE;
    return true;
  }

  /** A request that was let through came to nothing that says anything of the target: its client left. */
  release(target: string, now: number): void {
    const breaker = this.#breakers.get(target);
    if (breaker?.state === 'probing') breaker.probeUntil = now;
  }

  report(target: string, sign: Sign, now: number, settings: BreakerSettings): void {
    let breaker = this.#breakers.get(target);
    if (!breaker) {
      if (sign.kind === 'good') return;
      breaker = { good: 0, bad: 0, at: now, state: 'closed', until: 0, opened: 0, probeUntil: 0, changedAt: now };
      this.#breakers.set(target, breaker);
      if (this.#breakers.size > MOST)
        for (const oldest of this.#breakers.keys()) {
          this.#breakers.delete(oldest);
          break;
        }
    }
    const weight = 0.5 ** (Math.max(0, now - breaker.at) / HALF_LIFE);
    breaker.good *= weight;
    breaker.bad *= weight;
    breaker.at = now;
    if (sign.kind === 'good') {
      breaker.good++;
      if (breaker.state !== 'closed') this.#close(breaker, now);
      return;
    }
    // What was sent before it opened may still fail: that is no news.
    if (breaker.state === 'open' && sign.kind !== 'rest' && now < breaker.until) return;
    if (sign.kind === 'rest') {
      if (sign.ms > 0) this.#open(breaker, Math.min(sign.ms, settings.mostMs), now);
      return;
    }
    breaker.bad++;
    // What was long ago weighs a little less than it counted: a hair below the number is the number.
    const isEnough = breaker.bad > settings.failures - 0.5 && breaker.bad >= breaker.good;
    if (!isEnough && breaker.state === 'closed') return;
    // A key that is refused again and again is refused for long.
    const ms = sign.kind === 'refused' ? settings.mostMs : Math.min(settings.openMs * 2 ** breaker.opened, settings.mostMs);
    breaker.opened++;
    this.#open(breaker, ms, now);
  }

  /** What is known of those that are or were ill, for other nodes. @param since changes at or after this time */
  states(since: number): BreakerState[] {
    return [...this.#breakers].flatMap(([target, { state, until, bad, changedAt }]): BreakerState[] =>
      changedAt < since
        ? []
        : [{ target, state, until: state === 'open' ? until : null, failures: Math.round(bad), changed_at: changedAt }],
    );
  }

  /** Takes over what another node learned, when it is newer. */
  learn({ target, state, until, failures, changed_at: changedAt }: BreakerState, now: number): void {
    const own = this.#breakers.get(target);
    if (own && own.changedAt >= changedAt) return;
    this.#breakers.set(target, {
      good: 0,
      bad: state === 'closed' ? 0 : failures,
      at: now,
      // Another node's probe is its own business: here one may be sent as well once that node has told how it went.
      state: state === 'closed' ? 'closed' : 'open',
      until: until ?? now,
      opened: state === 'closed' ? 0 : 1,
      probeUntil: 0,
      changedAt,
    });
  }

  #open(breaker: Breaker, ms: number, now: number): void {
    breaker.until = Math.max(breaker.state === 'open' ? breaker.until : 0, now + ms);
    this.#turn(breaker, 'open', now);
  }

  #close(breaker: Breaker, now: number): void {
    breaker.bad = breaker.opened = breaker.until = breaker.probeUntil = 0;
    this.#turn(breaker, 'closed', now);
  }

  #turn(breaker: Breaker, state: Health, now: number): void {
    if (breaker.state !== state) breaker.changedAt = now;
    breaker.state = state;
  }
}
