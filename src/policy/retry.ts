import type { ErrorKind } from '../protocol/errors.ts';
import type { Sign } from './breaker.ts';

/** How often and how long a request is tried again. Times in milliseconds. */
export interface RetrySettings {
  /** How often all targets may be tried again after each of them failed. */
  rounds: number;
  /** The pause before the first such round, doubled for each further one. */
  baseMs: number;
  /** The longest pause. */
  capMs: number;
  /** How long a request may be made to wait for further rounds, all pauses together. */
  patienceMs: number;
  /** Retries a provider may be sent, as a share of the requests it gets. */
  share: number;
  /** Retries of one client turn, over all requests that the client itself makes of it. */
  perTurn: number;
}

/** What a failure means for the targets behind it: `stop` it is the answer, `elsewhere` this target will say the same again, `again` it may be over soon. */
export type Verdict = 'stop' | 'elsewhere' | 'again';

/** A failure before any content, as the rules see it. */
export interface Failure {
  kind: ErrorKind;
  /** Seconds. */
  retryAfter?: number;
  /** Vectors were asked for: another target may take what this one refuses. */
  forVectors?: boolean;
}

const VERDICTS: Readonly<Record<ErrorKind, Verdict>> = {
  invalid: 'stop',
  // Said by us before anything was sent: this target's dialect cannot carry the request, another's may.
  unsupported: 'elsewhere',
  auth: 'stop',
  forbidden: 'elsewhere',
  // What a provider says of itself, though it sounds as if the client were to blame: our key, its list of models.
  'not-found': 'elsewhere',
  'upstream-auth': 'elsewhere',
  method: 'stop',
  'too-large': 'stop',
  // Elsewhere only where the window is larger: see `fitsBetter`.
  context: 'elsewhere',
  // To ask somebody laxer would be to walk around the rule.
  filter: 'stop',
  rate: 'again',
  budget: 'elsewhere',
  overload: 'again',
  unavailable: 'elsewhere',
  upstream: 'again',
  network: 'again',
  // It has cost its whole clock once.
  timeout: 'elsewhere',
  truncated: 'again',
  malformed: 'again',
  cancelled: 'stop',
  internal: 'stop',
};

export function verdictOf({ kind, forVectors }: Failure): Verdict {
  return forVectors && kind === 'invalid' ? 'elsewhere' : VERDICTS[kind];
}

/** What a failure says of the target itself; undefined when it says nothing. */
export function signOf({ kind, retryAfter }: Failure): Sign | undefined {
  switch (kind) {
    case 'rate':
      return { kind: 'rest', ms: (retryAfter ?? 0) * 1000 };
    case 'overload':
      return retryAfter ? { kind: 'rest', ms: retryAfter * 1000 } : { kind: 'bad' };
    case 'upstream-auth':
      return { kind: 'refused' };
    case 'upstream':
    case 'network':
    case 'timeout':
    case 'truncated':
    case 'malformed':
      return { kind: 'bad' };
    // An answer of its own, whatever it says: the target is well.
    case 'invalid':
    case 'context':
    case 'filter':
      return { kind: 'good' };
    default:
      return undefined;
  }
}

/** Whether a target may take what overflowed another. Windows in tokens. @param size of the prompt, estimated */
export function fitsBetter(failed: number | undefined, other: number | undefined, size: number): boolean {
  if (other === undefined) return false;
  return failed === undefined ? other > size : other > failed;
}

/**
 * The pause before a round: exponential up to the cap, and anywhere between half of it and all of it, so that many who failed together
 * do not come back together. @param round from 0 @param random between 0 and 1
 */
export function backoff(round: number, { baseMs, capMs }: Pick<RetrySettings, 'baseMs' | 'capMs'>, random: number): number {
  const most = Math.min(capMs, baseMs * 2 ** round);
  return most * (0.5 + random / 2);
}

/**
 * The pause before a further round, or undefined when there is none: no round is left, or what the providers ask for is more than a client
 * is made to wait, who can wait by itself.
 * @param waits what each target that may recover asked for, in seconds; undefined where it did not say
 */
export function pause(
  round: number,
  waits: readonly (number | undefined)[],
  waited: number,
  settings: RetrySettings,
  random: number,
): number | undefined {
  if (waits.length === 0 || round >= settings.rounds) return undefined;
  const asked = Math.min(...waits.map((seconds) => (seconds ?? 0) * 1000));
  const ms = Math.max(asked, backoff(round, settings, random));
  return waited + ms > settings.patienceMs ? undefined : ms;
}

/** Retries that may be saved up. */
const SAVED = 10;

/**
 * A share of its requests that each provider may get again: in an outage the retries of many callers are what keeps a provider down.
 * It starts full, so that the few requests of a quiet hour are retried too.
 */
export class RetryBudget {
  readonly #tokens = new Map<string, number>();

  /** A first attempt went there. */
  earn(provider: string, share: number): void {
    const tokens = this.#tokens.get(provider);
    if (tokens !== undefined) this.#tokens.set(provider, Math.min(SAVED, tokens + share));
  }

  /** True when a retry may go there. */
  spend(provider: string): boolean {
    const tokens = this.#tokens.get(provider) ?? SAVED;
    if (tokens < 1) return false;
    this.#tokens.set(provider, tokens - 1);
    return true;
  }
}

/** How long a turn's retries are remembered, in milliseconds. */
const TURN = 10 * 60_000;
/** Most turns remembered. */
const TURNS = 10_000;

/** Retries by client turn: a tool that asks thirty times for one turn is not given thirty times our own retries. */
export class TurnRetries {
  readonly #turns = new Map<string, { count: number; at: number }>();

  /** Counts one. False when the turn has had its share. */
  spend(turn: string, most: number, now: number): boolean {
    const known = this.#turns.get(turn);
    const count = known && now - known.at < TURN ? known.count : 0;
    if (count >= most) return false;
    this.#turns.delete(turn);
    this.#turns.set(turn, { count: count + 1, at: now });
    for (const [oldest, { at }] of this.#turns) {
      if (this.#turns.size <= TURNS && now - at < TURN) break;
      this.#turns.delete(oldest);
    }
    return true;
  }
}
