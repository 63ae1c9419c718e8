import type { VerdictBook } from '../evals/book.ts';
import type { Alarm, DetectorState } from '../evals/stats/detector.ts';
import type { ExchangeRecord } from '../exchange/record.ts';
import { due, type Move } from '../policy/promotion.ts';
import { isInForce, type Swap } from '../policy/swap.ts';
import { ERRORS } from '../protocol/errors.ts';
import type { Documents } from '../store/ports.ts';
import { TASKS } from '../tasks/task.ts';
import { type ArmState, type ArmsState, addArms, armsSchema, emptyArm, type Seen } from './arms.ts';
import type { SwapBook } from './book.ts';
import type { CanarySettings, EvaluationSettings } from './settings.ts';
import { beganAt, WatchedSwap } from './watched.ts';

export interface StewardParts {
  book: SwapBook;
  settings(): EvaluationSettings;
  verdicts: VerdictBook;
  /** Does what is due to a swap that still is as it was seen. @returns whether it was @throws GatewayError, StoreError */
  move(swap: Swap, move: Move): Promise<boolean>;
  /** Unix milliseconds. */
  now(): number;
  log(line: string): void;
}

/** What traffic says of a swap, on all nodes together. */
export interface SwapFigures {
  old: ArmState;
  new: ArmState;
  /** Exchanges with the new model since the swap stands where it stands. */
  step_exchanges: number;
  /** This node's evidence that the new model is worse; at `alarm_at` it is rolled back. */
  evidence: number;
  alarm_at: number;
  /** Evidence by what is watched. */
  signals: Record<string, number>;
}

const FIGURES = { collection: 'swap-figures', owner: '' } as const;
const PAGE = 500;

/** How often it is looked what is due, and what was seen is kept. Milliseconds. */
const LOOKS_EVERY = 2000;
/** Figures of nodes that are no more. */
const KEPT_FOR = 90 * 24 * 3_600_000;
/** Exchanges of which a word may still come. */
const MOST = 20_000;
/** A model that is left alone fails for everybody who would be answered by it, and counts as one failure in this time. Milliseconds. */
const ILL_EVERY = 250;

/** Watches swaps in force, and moves them: on to the next share, back when the new model does worse. */
export class Steward {
  readonly #parts: StewardParts;
  readonly #watched = new Map<string, WatchedSwap>();
  /** Which exchange was a case of which swap. */
  readonly #cases = new Map<string, { id: string; arm: 'old' | 'new' }>();
  /** What other nodes saw. */
  #others = new Map<string, ArmsState[]>();
  readonly #kept = new Map<string, ArmsState>();
  readonly #moving = new Set<string>();
  readonly #illAt = new Map<string, number>();
  #documents: Documents | undefined;
  #node = '';
  #timer: NodeJS.Timeout | undefined;
  #rollbacks = 0;

  constructor(parts: StewardParts) {
    this.#parts = parts;
  }

  /** Takes over what was seen before. @param documents absent where nothing is kept @param node this process; the same after a restart where no other one shares the store @throws StoreError */
  async open(documents: Documents | undefined, node: string): Promise<void> {
    this.#documents = documents;
    this.#node = node;
    await this.#read();
    this.#timer = setInterval(
      () => void this.look().catch((error: Error) => this.#parts.log(`swaps: ${error.message}`)),
      LOOKS_EVERY,
    ).unref();
  }

  /** Keeps what was seen. @throws StoreError */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#save();
  }

  /** Swaps that were rolled back by this node. */
  get rollbacks(): number {
    return this.#rollbacks;
  }

  /** Hears of every exchange that is over. */
  observe(record: ExchangeRecord): void {
    const { swap: of, id } = record;
    if (!of) return;
    const swap = this.#parts.book.get(of.id);
    if (!swap || !isInForce(swap)) return;
    const seen = of.ill ? this.#ill(of.id) : seenIn(record);
    if (!seen) return;
    if (!of.ill) this.#remember(id, of);
    this.#alarmed(swap, this.#watch(swap).add(swap, of.arm, seen));
  }

  /** A word on an earlier exchange, asked or not. @param score 0 (bad) to 1 (good) */
  heard(exchange: string, score: number): void {
    const of = this.#cases.get(exchange);
    const swap = of && this.#parts.book.get(of.id);
    if (of && swap && isInForce(swap)) this.#alarmed(swap, this.#watch(swap).hear(swap, of.arm, 1 - score));
  }

  /** Looks what is due with every swap, and keeps what was seen. @throws StoreError */
  async look(): Promise<void> {
    const alive = this.#parts.book.all().filter(({ state }) => state !== 'undone' && state !== 'waiting');
    if (!alive.length) return;
    await this.#save();
    await this.#read();
    const { settings, now } = this.#parts;
    for (const swap of alive) {
      const figures = this.figures(swap);
      const watched = this.#watched.get(swap.id);
      // What was seen before it was rolled back says nothing of it now.
      const alarm = watched?.since === beganAt(swap) ? watched.toJSON().detector.alarm : undefined;
      const move = due(
        swap,
        {
          exchanges: figures.step_exchanges,
          alarm: alarm && this.#told(swap, alarm),
          withdrawn: this.#withdrawn(swap) ?? this.#disproven(swap),
          isProvenAnew: this.#isProvenAnew(swap),
        },
        settings().approval === 'required',
        now(),
      );
      if (move) await this.#move(swap, move);
    }
  }

  /** What is known of a swap since it came into force. */
  figures(swap: Swap): SwapFigures {
    const since = beganAt(swap);
    const own = this.#watched.get(swap.id) ?? this.#kept.get(swap.id);
    const mine = own instanceof WatchedSwap ? own.toJSON() : own;
    const all = [...(mine ? [mine] : []), ...(this.#others.get(swap.id) ?? [])].filter((one) => one.since === since);
    const { runLength } = this.#parts.settings().canary;
    const signals = mine && mine.since === since ? strengths(mine.detector) : {};
    const names = Object.values(signals);
    return {
      old: all.map((one) => one.old).reduce(addArms, emptyArm()),
      new: all.map((one) => one.new).reduce(addArms, emptyArm()),
      step_exchanges: all.filter((one) => one.step_at === swap.changed_at).reduce((sum, one) => sum + one.step_exchanges, 0),
      evidence: names.length ? names.reduce((sum, one) => sum + one, 0) / names.length : 0,
      alarm_at: runLength,
      signals,
    };
  }

  #watch(swap: Swap): WatchedSwap {
    const known = this.#watched.get(swap.id);
    if (known && known.since === beganAt(swap)) return known;
    const watched = new WatchedSwap(swap, this.#canary, this.#kept.get(swap.id));
    this.#watched.set(swap.id, watched);
    return watched;
  }

  get #canary(): CanarySettings {
    return this.#parts.settings().canary;
  }

  #ill(id: string): Seen | undefined {
    const now = this.#parts.now();
    if (now - (this.#illAt.get(id) ?? 0) < ILL_EVERY) return undefined;
    this.#illAt.set(id, now);
    return { session: undefined, failed: true, ms: undefined, costNanos: undefined };
  }

  #remember(exchange: string, { id, arm }: { id: string; arm: 'old' | 'new' }): void {
    this.#cases.set(exchange, { id, arm });
    if (this.#cases.size <= MOST) return;
    for (const oldest of this.#cases.keys()) {
      this.#cases.delete(oldest);
      break;
    }
  }

  #alarmed(swap: Swap, alarm: Alarm | undefined): void {
    if (!alarm) return;
    // At once, and on record as soon as that can be.
    this.#parts.book.suspend(swap);
    const move: Move = { deed: 'rollback', why: this.#told(swap, alarm) };
    void this.#move(swap, move).catch((error: Error) => this.#parts.log(`swap ${swap.id} is not rolled back yet: ${error.message}`));
  }

  async #move(swap: Swap, move: Move): Promise<void> {
    if (this.#moving.has(swap.id)) return;
    this.#moving.add(swap.id);
    try {
      if (!(await this.#parts.move(swap, move))) return;
      if (move.deed === 'rollback') this.#rollbacks++;
      this.#parts.log(`swap ${swap.id} (${swap.from} to ${swap.to}): ${move.deed}: ${move.why}`);
    } finally {
      this.#moving.delete(swap.id);
    }
  }

  /** Why it is rolled back, with the last exchanges that this node saw of both. */
  #told(swap: Swap, { signal, e, at }: Alarm): string {
    const { old, new: fresh } = this.#watch(swap).lately();
    const percent = (part: number, all: number) => (all ? `${((100 * part) / all).toFixed(1)} %` : 'unknown');
    const level = (sum: number, count: number) => (count ? 2 ** (sum / count) : Number.NaN);
    const figures: Record<string, string> = {
      errors: `${percent(fresh.failed, fresh.exchanges)} of its last answers fail, of the old model's ${percent(old.failed, old.exchanges)}`,
      latency: `of late it takes ${level(fresh.log_ms, fresh.timed).toFixed(0)} ms until the first content, the old model ${level(old.log_ms, old.timed).toFixed(0)} ms`,
      cost: `of late an answer costs $${(level(fresh.log_cost, fresh.priced) / 1e9).toFixed(6)}, of the old model $${(level(old.log_cost, old.priced) / 1e9).toFixed(6)}`,
      complaints: `${percent(fresh.bad, fresh.words)} of what is heard of its answers is bad, of the old model ${percent(old.bad, old.words)}`,
    };
    return `${signal}: ${figures[signal] ?? signal} (evidence ${e.toFixed(0)} after ${at} comparisons)`;
  }

  /** Why a certificate that the swap stands on no longer counts, where no other took its place. */
  #withdrawn({ certificates, to }: Swap): string | undefined {
    const { verdicts } = this.#parts;
    for (const { certificate, withdrawn } of certificates.length ? verdicts.all() : [])
      if (withdrawn && certificates.includes(certificate.id) && verdicts.of(to, certificate.task) !== 'good-enough')
        return `its certificate ${certificate.id} for ${certificate.task} was withdrawn: ${withdrawn.why}`;
    return undefined;
  }

  /** A class of work for which the new model was proven not good enough since the swap came into force. */
  #disproven(swap: Swap): string | undefined {
    const since = beganAt(swap);
    for (const task of swap.tasks ?? TASKS) {
      const found = this.#parts.verdicts.certificate(swap.to, task);
      if (found?.outcome === 'not good enough' && found.at > since)
        return `it is proven not good enough for ${task}: certificate ${found.id}, ${found.pairs} pairs`;
    }
    return undefined;
  }

  #isProvenAnew({ tasks, to, changed_at, state }: Swap): boolean {
    if (state !== 'rolled-back' || !tasks) return false;
    return tasks.every((task) => {
      const found = this.#parts.verdicts.certificate(to, task);
      return found?.outcome === 'good enough' && found.at > changed_at;
    });
  }

  async #save(): Promise<void> {
    const rows = [...this.#watched].filter(([, watched]) => watched.isFresh);
    if (!rows.length || !this.#documents) return;
    for (const [, watched] of rows) watched.isFresh = false;
    const expires = this.#parts.now() + KEPT_FOR;
    await this.#documents.put(
      rows.map(([id, watched]) => ({ ...FIGURES, id: `${id} ${this.#node}`, value: JSON.stringify(watched), expires_at: expires })),
    );
  }

  async #read(): Promise<void> {
    if (!this.#documents) return;
    const others = new Map<string, ArmsState[]>();
    for (let after: string | undefined = ''; after !== undefined; ) {
      const rows = await this.#documents.page({ ...FIGURES, after, limit: PAGE });
      for (const { id, value } of rows) {
        const [swap = '', node] = id.split(' ');
        const read = armsSchema.safeParse(JSON.parse(value)).data;
        if (read && node === this.#node) this.#kept.set(swap, read);
        else if (read) others.set(swap, [...(others.get(swap) ?? []), read]);
      }
      after = rows.length === PAGE ? rows.at(-1)!.id : undefined;
    }
    this.#others = others;
  }
}

function strengths({ evidence }: DetectorState): Record<string, number> {
  return Object.fromEntries(Object.entries(evidence).map(([name, bets]) => [name, bets.reduce((sum, one) => sum + one, 0) / bets.length]));
}

/** What an exchange says of the model whose turn it was; undefined: nothing. */
function seenIn({ swap, attempts, outcome, session, stream, firstTokenMs, totalMs }: ExchangeRecord): Seen | undefined {
  const address = swap!.arm === 'new' ? swap!.to : swap!.from;
  const attempt = attempts.find(({ provider, model }) => `${provider}/${model}` === address);
  if (!attempt) return outcome === 'cancelled' ? undefined : { session, failed: true, ms: undefined, costNanos: undefined };
  const { error, costNanos } = attempt;
  // Who left before it began says how long it took at least.
  if (outcome === 'cancelled') return { session, failed: false, ms: firstTokenMs ?? totalMs, costNanos: undefined };
  const failed = error !== undefined && (outcome === 'ok' || ERRORS[error].by === 'provider');
  if (error !== undefined && !failed) return undefined;
  const ms = error === undefined && attempts.length === 1 ? (stream ? firstTokenMs : totalMs) : undefined;
  return { session, failed, ms, costNanos: failed ? undefined : costNanos };
}
