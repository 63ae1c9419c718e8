import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fitsBetter, pause, verdictOf } from '../policy/retry.ts';
import { asGatewayError, GatewayError } from '../protocol/errors.ts';
import { estimatePrompt } from '../protocol/estimate.ts';
import { race } from './hedge.ts';
import type { Course } from './passage.ts';
import type { Candidate } from './ports.ts';
import { addressOf } from './resilience.ts';
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
export async function pursue(course: Course): Promise<void> {
  const pursuit = new Pursuit(course);
  try {
    await pursuit.run();
  } catch (thrown) {
    if (!course.told || course.client.gone) throw thrown;
    await resume(course, asGatewayError(thrown));
  }
}

class Pursuit {
  readonly #course: Course;
  readonly #begun = performance.now();
  /** What all targets said is best told by the first that was asked, and by a target that was left out only where nobody was. */
  #first: unknown;
  #leftOut: GatewayError | undefined;
  /** Windows of the targets that the request overflowed; undefined where one is not known. */
  #overflowed: (number | undefined)[] = [];
  #waited = 0;

  constructor(course: Course) {
    this.#course = course;
  }

  async run(): Promise<void> {
    const { admission, around } = this.#course;
    const { resilience } = around;
    let round = 0;
    for (let targets: readonly Candidate[] = admission.plan; ; round++) {
      const failed = await this.#round(targets, round > 0);
      if (failed === undefined) return;
      const waits = failed.map(({ error }) => error.retryAfter);
      const cold = this.#coldest(failed.map(({ error }) => error));
      const ms = cold ?? pause(round, waits, this.#waited, resilience.settings.retry, resilience.random());
      if (ms === undefined || !(cold !== undefined || this.#mayRetry(failed))) throw this.#first ?? this.#leftOut;
      if (cold !== undefined) round--;
      else this.#waited += ms;
      await this.#sleep(ms);
      targets = failed.map(({ candidate }) => candidate);
    }
  }

  /** Each target once. @returns those that may recover, or undefined when one answered @throws what ends it at once */
  async #round(targets: readonly Candidate[], isRetry: boolean): Promise<{ candidate: Candidate; error: GatewayError }[] | undefined> {
    const { resilience } = this.#course.around;
    const failed: { candidate: Candidate; error: GatewayError }[] = [];
    const done = new Set<Candidate>();
    for (const [at, candidate] of targets.entries()) {
      if (done.has(candidate) || !this.#fits(candidate)) continue;
      const kept = resilience.admit(addressOf(candidate));
      if (kept) {
        this.#leftOut ??= leftAlone(candidate, kept);
        continue;
      }
      if (!isRetry) resilience.retries.earn(candidate.provider, resilience.settings.retry.share);
      const rival = targets.slice(at + 1).find((other) => this.#mayRival(candidate, other));
      const error = await this.#try(candidate, rival, () => done.add(rival!));
      if (!error) return undefined;
      if (verdictOf({ kind: error.kind }) === 'again' || error.code === LOADING) failed.push({ candidate, error });
    }
    if (this.#first === undefined && !this.#leftOut) throw overflow(this.#course);
    return failed;
  }

  /** @returns the failure, if another target may do better @throws what ends it at once */
  async #try(candidate: Candidate, rival: Candidate | undefined, onRival: () => void): Promise<GatewayError | undefined> {
    const { client, incoming, record, admission } = this.#course;
    for (let again = true; ; again = false) {
      try {
        await race(this.#course, candidate, rival, onRival);
        return undefined;
      } catch (thrown) {
        const error = asGatewayError(thrown);
        if (client.gone || this.#course.told) throw thrown;
        // The same request on a fresh connection.
        if (again && error.kind === 'network' && STALE.has(error.code ?? '')) continue;
        // Only now that the provider refused it: looking for them in every body would cost every request.
        if (again && error.kind === 'invalid' && record.path === 'relay' && admission.asked.mendCharacters()) continue;
        this.#first ??= thrown;
        if (verdictOf({ kind: error.kind, forVectors: incoming.embeddings !== undefined }) === 'stop')
          throw error.kind === 'internal' ? thrown : this.#first;
        if (error.kind === 'context') this.#overflowed.push(candidate.target.window);
        return error;
      }
    }
  }

  /** After an overflow only a larger window helps; any other failure in between would hide why. */
  #fits({ target }: Candidate): boolean {
    if (this.#overflowed.length === 0) return true;
    const size = estimatePrompt(this.#course.admission.asked.prompt());
    return this.#overflowed.every((window) => fitsBetter(window, target.window, size));
  }

  /** Another provider, in good health, that nobody has to be spared for. */
  #mayRival(candidate: Candidate, other: Candidate): boolean {
    const { incoming, around } = this.#course;
    if (incoming.embeddings || other.provider === candidate.provider) return false;
    return around.resilience.health(addressOf(other)) === 'closed';
  }

  /** How long to wait for an engine of ours that is still loading; undefined when none is, or it has taken too long. */
  #coldest(errors: readonly GatewayError[]): number | undefined {
    const isCold = errors.some(({ code }) => code === LOADING);
    const { coldMs } = this.#course.around.resilience.settings;
    return isCold && performance.now() - this.#begun < coldMs ? LOOK : undefined;
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
      await sleep(ms + SLACK, undefined, { signal: this.#course.leaving.signal, ref: false });
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
  const address = addressOf(candidate);
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
