import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fitsBetter, pause, verdictOf } from '../policy/retry.ts';
import { asGatewayError, GatewayError } from '../protocol/errors.ts';
import { estimatePrompt } from '../protocol/estimate.ts';
import { race } from './hedge.ts';
import type { Course } from './passage.ts';
import type { Candidate } from './ports.ts';
import { resume } from './resume.ts';

/** A kept-alive connection that the provider closed at that very moment. */
const STALE = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** So that what was to be waited for is over, whatever the clocks round. Milliseconds. */
const SLACK = 10;

/** How often an engine of ours that is loading is looked at. Milliseconds. */
const LOOK = 500;

/**
 * Has the plan carried out: targets in their order, those that are ill left out; when all have failed and some may recover, again after a
 * pause; and an answer that breaks off continued. @throws GatewayError what is to be told to the client
 */
export function pursue(course: Course): Promise<void> {
  return new Pursuit(course).run();
}

/** A target that may recover, and why it did not answer. */
interface Failed {
  candidate: Candidate;
  error: GatewayError;
}

class Pursuit {
  readonly #course: Course;
  /** What all targets said is best told by the first that was asked, and by a target that was left out only where nobody was. */
  #first: unknown;
  #leftOut: GatewayError | undefined;
  /** Windows of the targets that the request overflowed; undefined where one is not known. */
  #overflowed: (number | undefined)[] | undefined;
  #waited = 0;

  constructor(course: Course) {
    this.#course = course;
  }

  /** All of it is one function, because nearly every exchange ends with its first attempt and each promise in between costs them all. */
  async run(): Promise<void> {
    const course = this.#course;
    try {
      let targets: readonly Candidate[] = course.admission.plan;
      let rounds = 0;
      for (;;) {
        const failed: Failed[] = [];
        const rivals: Candidate[] = [];
        for (let at = 0; at < targets.length; at++) {
          const candidate = targets[at]!;
          if (rivals.includes(candidate) || !this.#mayAsk(candidate, rounds > 0)) continue;
          const rival = at + 1 < targets.length ? this.#rivalOf(candidate, targets, at + 1) : undefined;
          for (let isAgain = false; ; isAgain = true) {
            try {
              await race(course, candidate, rival, rivals);
              return;
            } catch (thrown) {
              const error = this.#judge(thrown, candidate, isAgain);
              if (!error) continue;
              if (verdictOf({ kind: error.kind }) === 'again' || error.code === LOADING) failed.push({ candidate, error });
              break;
            }
          }
        }
        if (this.#first === undefined && !this.#leftOut) throw overflow(course);
        if (await this.#pause(failed, rounds)) rounds++;
        targets = failed.map(({ candidate }) => candidate);
      }
    } catch (thrown) {
      if (!course.told || course.client.gone) throw thrown;
      await resume(course, asGatewayError(thrown));
    }
  }

  /** Whether a target is to be asked now. */
  #mayAsk(candidate: Candidate, isRetry: boolean): boolean {
    const { resilience } = this.#course.around;
    if (!this.#fits(candidate)) return false;
    const kept = resilience.admit(candidate.address);
    if (kept) {
      this.#leftOut ??= leftAlone(candidate, kept);
      return false;
    }
    if (!isRetry) resilience.retries.earn(candidate.provider, resilience.settings.retry.share);
    return true;
  }

  /** @returns the failure, if another target may do better; undefined to ask this one again @throws what ends it at once */
  #judge(thrown: unknown, candidate: Candidate, isAgain: boolean): GatewayError | undefined {
    const { client, incoming, record, admission, told } = this.#course;
    const error = asGatewayError(thrown);
    if (client.gone || told) throw thrown;
    // The same request on a fresh connection.
    if (!isAgain && error.kind === 'network' && STALE.has(error.code ?? '')) return undefined;
    // Only now that the provider refused it: looking for them in every body would cost every request.
    if (!isAgain && error.kind === 'invalid' && record.path === 'relay' && admission.asked.mendCharacters()) return undefined;
    this.#first ??= thrown;
    if (verdictOf({ kind: error.kind, forVectors: incoming.embeddings !== undefined }) === 'stop')
      throw error.kind === 'internal' ? thrown : this.#first;
    if (error.kind === 'context') {
      this.#overflowed ??= [];
      this.#overflowed.push(candidate.target.window);
    }
    return error;
  }

  /** Waits before a further round. @returns whether it counts as one @throws what all targets said, when there is none */
  async #pause(failed: readonly Failed[], rounds: number): Promise<boolean> {
    const { resilience } = this.#course.around;
    const waits = failed.map(({ error }) => error.retryAfter);
    const cold = this.#coldest(failed.map(({ error }) => error));
    const ms = cold ?? pause(rounds, waits, this.#waited, resilience.settings.retry, resilience.random());
    if (ms === undefined || !(cold !== undefined || this.#mayRetry(failed))) throw this.#first ?? this.#leftOut;
    if (cold === undefined) this.#waited += ms;
    await this.#sleep(ms);
    return cold === undefined;
  }

  /** After an overflow only a larger window helps; any other failure in between would hide why. */
  #fits({ target }: Candidate): boolean {
    if (!this.#overflowed) return true;
    const size = estimatePrompt(this.#course.admission.asked.prompt());
    return this.#overflowed.every((window) => fitsBetter(window, target.window, size));
  }

  /** The next target of another provider, in good health, that nobody has to be spared for. @param from place in the targets */
  #rivalOf({ provider }: Candidate, targets: readonly Candidate[], from: number): Candidate | undefined {
    const { incoming, around } = this.#course;
    if (incoming.embeddings) return undefined;
    for (let at = from; at < targets.length; at++) {
      const other = targets[at]!;
      if (other.provider !== provider && around.resilience.health(other.address) === 'closed') return other;
    }
    return undefined;
  }

  /** How long to wait for an engine of ours that is still loading; undefined when none is, or it has taken too long. */
  #coldest(errors: readonly GatewayError[]): number | undefined {
    const isCold = errors.some(({ code }) => code === LOADING);
    const { around, incoming } = this.#course;
    return isCold && performance.now() - incoming.startedAt < around.resilience.settings.coldMs ? LOOK : undefined;
  }

  /** Whether the providers and the client's turn have retries left. */
  #mayRetry(failed: readonly { candidate: Candidate }[]): boolean {
    const { resilience } = this.#course.around;
    const { perTurn } = resilience.settings.retry;
    if (!failed.some(({ candidate }) => resilience.retries.spend(candidate.provider))) return false;
    const turn = turnOf(this.#course);
    return turn === undefined || resilience.turns.spend(turn, perTurn, resilience.now());
  }

  async #sleep(ms: number): Promise<void> {
    try {
      await sleep(ms + SLACK, undefined, { signal: this.#course.parting.signal, ref: false });
    } catch {
      throw new GatewayError('cancelled', 'the client left');
    }
  }
}

/** The code of an engine that cannot answer yet. */
const LOADING = 'engine_loading';

/** Why a target was not asked. */
function leftAlone(candidate: Candidate, { kind, ms }: { kind: GatewayError['kind']; ms: number }): GatewayError {
  const retryAfter = Math.max(1, Math.ceil(ms / 1000));
  const { address } = candidate;
  if (kind === 'rate')
    return new GatewayError('rate', `the provider of ${address} asked for a pause, which is over in ${retryAfter} s`, { retryAfter });
  const why = `${address} is left alone for ${retryAfter} s, because its last calls failed (${kind})`;
  return new GatewayError('unavailable', `${why}; GET /readyz tells how the providers are`, { retryAfter });
}

function overflow({ admission }: Course): GatewayError {
  return new GatewayError('unavailable', `nobody is left to ask for "${admission.asked.model}"`, { retryAfter: 1 });
}

/**
 * What a client asks again when it repeats a request: the caller and the end of the conversation. Only made after a failure, because it reads
 * the request. Undefined where it cannot be read.
 */
function turnOf({ incoming, admission }: Course): string | undefined {
  try {
    const { turns } = admission.asked.prompt();
    const end = JSON.stringify([turns.length, turns.at(-1)?.blocks]);
    return createHash('sha256')
      .update(`${incoming.caller?.id ?? ''}\n${end}`)
      .digest('base64');
  } catch {
    return undefined;
  }
}
