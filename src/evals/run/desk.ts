import { boundOf, costOf } from '../../catalog/price.ts';
import { inputBound } from '../../policy/bound.ts';
import { type ErrorKind, GatewayError } from '../../protocol/errors.ts';
import { keyOf, type RunCache } from './cache.ts';
import { Lane } from './lane.ts';
import { Purse } from './purse.ts';
import type { RecordLine, RunRecord } from './record.ts';
import { type Answered, type Asking, type AskModel, type Entrant, FINAL } from './result.ts';

/** An answer and what it cost now. */
export interface Given extends Answered {
  /** Nano-dollars; null: nobody knows. */
  costNanos: number | null;
  isCached?: boolean;
}

/** The next answer might cost more than is left. */
export class OutOfBudget extends Error {
  override name = 'OutOfBudget';
}

export interface DeskParts {
  ask: AskModel;
  budgetNanos?: number;
  /** The record of the run so far, where it goes on. */
  before: readonly RecordLine[];
  record: RunRecord;
  cache?: RunCache;
  /** A line for people. */
  log(line: string): void;
  /** Milliseconds. @throws when the signal ends it */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
}

/** What a busy engine says. It is waited for, all its questions together. */
const BUSY: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['rate', 'overload', 'unavailable']);
/** After these a provider may have charged for what nobody got; a request that it refused, or never had, costs nothing. */
const CHARGED: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['truncated', 'malformed', 'timeout', 'internal']);
/** How often a question is asked that fails for another reason. */
const TRIES = 3;
/** How long one question waits for a busy engine, in milliseconds. */
const PATIENCE = 10 * 60_000;
const LONGEST_PAUSE = 60_000;
/** Tokens of a request around its question, at most. */
const ENVELOPE = 200;
/** Tokens that are asked for where a question leaves next to none. */
const LEAST_ROOM = 16;

/** Gets answers: from the record, from the cache, or from the model, within its limits and the budget. */
export class Desk {
  readonly #parts: DeskParts;
  readonly #purse: Purse;
  readonly #known = new Map<string, Promise<Given>>();
  readonly #lanes = new Map<string, Lane>();
  /** Models that are asked nothing more, and why. */
  readonly #out = new Map<string, GatewayError>();
  /** Models that take no sampling settings. */
  readonly #plain = new Set<string>();
  #changed = Promise.withResolvers<void>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
    let spent = 0;
    const open = new Map<string, number>();
    for (const line of parts.before) {
      if (line.t === 'asked') open.set(line.what, (open.get(line.what) ?? 0) + line.nanos);
      if (line.t === 'answer' || line.t === 'failed') {
        spent += line.nanos;
        open.delete(line.what);
      }
      if (line.t === 'answer') this.#known.set(line.what, Promise.resolve(line.answer as unknown as Given));
    }
    // What was under way when the run died may have been charged.
    for (const nanos of open.values()) spent += nanos;
    this.#purse = new Purse(parts.budgetNanos, spent);
  }

  get spent(): number {
    return this.#purse.spent;
  }

  /**
   * @param what names the question within the run @param salt what else than the question makes the answer, e.g. which of several it is
   * @throws OutOfBudget, or GatewayError when there is no whole answer
   */
  answer(what: string, entrant: Entrant, asking: Asking, salt = 0): Promise<Given> {
    const known = this.#known.get(what);
    if (known) return known;
    const asked = this.#find(what, entrant, asking, salt);
    // Two answers may be one text, on which a judge is asked at the same time.
    this.#known.set(what, asked);
    asked.catch(() => this.#known.delete(what));
    return asked;
  }

  async #find(what: string, entrant: Entrant, asking: Asking, salt: number): Promise<Given> {
    const { cache, record } = this.#parts;
    const { address: model, version } = entrant;
    const { prompt, maxTokens, temperature, seed } = asking;
    const key = cache ? keyOf({ v: 1, model, version, prompt, maxTokens, temperature, seed, salt }) : '';
    const kept = cache?.get(key) as Answered | undefined;
    if (kept && typeof kept.text === 'string') {
      const given = { ...kept, costNanos: 0, isCached: true };
      record.write({ t: 'answer', what, nanos: 0, answer: { ...given } });
      return given;
    }
    const given = await this.#lane(entrant).pass(() => this.#ask(what, entrant, asking));
    const { costNanos, ...answered } = given;
    cache?.put(key, answered);
    return given;
  }

  #lane({ address, atOnce }: Entrant): Lane {
    const provider = address.split('/')[0]!;
    const lane = this.#lanes.get(provider) ?? new Lane(atOnce);
    this.#lanes.set(provider, lane);
    return lane;
  }

  async #ask(what: string, entrant: Entrant, asking: Asking): Promise<Given> {
    const { record, wait, signal, log } = this.#parts;
    const lane = this.#lane(entrant);
    let [tries, waited] = [0, 0];
    for (;;) {
      signal.throwIfAborted();
      const out = this.#out.get(entrant.address);
      if (out) throw out;
      await lane.open(wait, signal);
      const bound = await this.#reserve(entrant, asking);
      if (bound) record.write({ t: 'asked', what, nanos: bound });
      const { temperature, seed, ...bare } = asking;
      const sent = this.#plain.has(entrant.address) ? bare : asking;
      try {
        const answered = await this.#parts.ask(sent, signal);
        const costNanos = costIn(answered, entrant, bound);
        this.#settle(bound, costNanos ?? 0);
        const given: Given = { ...answered, costNanos };
        record.write({ t: 'answer', what, nanos: costNanos ?? 0, answer: { ...given } });
        return given;
      } catch (error) {
        const failed = error instanceof GatewayError ? error : new GatewayError('internal', (error as Error).message, { cause: error });
        const charged = signal.aborted || CHARGED.has(failed.kind) ? bound : 0;
        this.#settle(bound, charged);
        record.write({ t: 'failed', what, nanos: charged });
        if (signal.aborted) throw signal.reason;
        if (FINAL.has(failed.kind)) this.#out.set(entrant.address, failed);
        if (isAboutSampling(failed, sent)) {
          if (!this.#plain.has(entrant.address)) log(`${entrant.address} is asked without temperature and seed: ${failed.message}`);
          this.#plain.add(entrant.address);
          continue;
        }
        if (!failed.retryable) throw failed;
        const pause = Math.min(LONGEST_PAUSE, failed.retryAfter === undefined ? 1000 * 2 ** Math.min(tries, 6) : failed.retryAfter * 1000);
        tries++;
        if (BUSY.has(failed.kind)) {
          waited += pause;
          // Whoever never answers is not waited for with every question again.
          if (waited > PATIENCE) this.#out.set(entrant.address, failed);
          else lane.pause(pause);
        } else if (tries >= TRIES) throw failed;
        else await wait(pause, signal);
      }
    }
  }

  /** Sets aside the most that an answer can cost, when it has room. @returns nano-dollars @throws OutOfBudget */
  async #reserve(entrant: Entrant, asking: Asking): Promise<number> {
    const bound = boundFor(entrant, asking);
    while (!this.#purse.reserve(bound)) {
      if (!this.#purse.isHolding) throw new OutOfBudget(`an answer of ${entrant.address} may cost more than is left`);
      await this.#changed.promise;
      this.#parts.signal.throwIfAborted();
    }
    return bound;
  }

  #settle(reserved: number, spent: number): void {
    this.#purse.settle(reserved, spent);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** Tokens that an answer may have: what was asked for, as far as the model writes so much and has room for it beside the question. */
export function roomFor({ maxOutput, window }: Pick<Entrant, 'maxOutput' | 'window'>, prompt: string, wanted: number): number {
  const most = Math.min(wanted, maxOutput ?? wanted);
  if (window === undefined) return most;
  // Some servers refuse what cannot fit at its longest. A question that leaves no room at all is theirs to refuse.
  return Math.min(most, Math.max(LEAST_ROOM, window - inputBound(JSON.stringify(prompt)) - ENVELOPE));
}

/** The most that an answer can cost: all that may be read and written. Nano-dollars. */
export function boundFor({ price }: Pick<Entrant, 'price'>, { prompt, maxTokens }: Pick<Asking, 'prompt' | 'maxTokens'>): number {
  if (price === undefined || price === 'free') return 0;
  return boundOf(inputBound(JSON.stringify(prompt)) + ENVELOPE, maxTokens, price);
}

/** Nano-dollars; what nobody counted has cost the most it could. */
function costIn({ usage }: Answered, { price }: Entrant, bound: number): number | null {
  if (price === 'free') return 0;
  if (price === undefined) return null;
  return usage?.input === undefined || usage.output === undefined ? bound : costOf(usage, price);
}

/** Whether a model refused a question for how it was to be sampled. */
function isAboutSampling({ kind, message }: GatewayError, { temperature, seed }: Asking): boolean {
  if (kind !== 'invalid' && kind !== 'unsupported') return false;
  return (temperature !== undefined || seed !== undefined) && /temperature|seed/i.test(message);
}
