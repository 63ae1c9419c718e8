import { randomBytes } from 'node:crypto';
import type { Deed } from '../egress/journal/audit.ts';
import type { VerdictBook } from '../evals/book.ts';
import type { Certificate, Signed } from '../evals/evidence.ts';
import type { ExchangeRecord } from '../exchange/record.ts';
import { type Move, STEWARD } from '../policy/promotion.ts';
import { after, inState, isAbout, isInForce, type Swap, type SwapDeed } from '../policy/swap.ts';
import { GatewayError, invalid } from '../protocol/errors.ts';
import type { Store } from '../store/ports.ts';
import { TASKS } from '../tasks/task.ts';
import { SwapBook } from './book.ts';
import { Evidence, type ShadowWorld } from './evidence.ts';
import type { EvaluationSettings } from './settings.ts';
import { Steward, type SwapFigures } from './steward.ts';
import { beganAt } from './watched.ts';

/** What evidence on live traffic is given. */
export interface LiveParts {
  /** Of the current configuration. */
  settings(): EvaluationSettings;
  verdicts: VerdictBook;
  /** Addresses that a name means now; empty for one that nobody serves. */
  means(name: string): readonly string[];
  /** Puts what was done on record; absent where nothing is kept. */
  audit: { write(deed: Deed): Promise<void> } | undefined;
  /** With what a second model is asked. */
  world: ShadowWorld;
  /** Vouches for certificates; absent where nothing is kept. */
  sign: ((certificate: Certificate) => Signed) | undefined;
  /** Of this program. */
  version: string;
  /** Unix milliseconds. */
  now(): number;
  /** One line for people. */
  log(line: string): void;
}

/** A swap that somebody asks for. */
export interface Wanted {
  /** Names that mean one model. */
  from: string;
  to: string;
  tasks?: string[];
  share?: number;
  plan?: Swap['steps'];
  approve?: boolean;
  certificates?: string[];
  shadow?: boolean;
  why?: string;
}

/** Who asks for a change, for the record. */
export interface Actor {
  actor: string;
  /** From where. */
  from?: string;
}

/** Models in the place of others, and what traffic says of them. */
export class Live {
  readonly swaps = new SwapBook();
  readonly #parts: LiveParts;
  readonly evidence: Evidence;
  readonly #steward: Steward;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    const move = (swap: Swap, what: Move) => this.#move(swap, what);
    this.#steward = new Steward({ ...parts, book: this.swaps, move });
    this.evidence = new Evidence({ ...parts, book: this.swaps, move, tell: (deed) => this.#tell(deed) });
  }

  /** Takes over what is kept. @param store absent where nothing is kept: all is forgotten at the end @param node this process among those that share a store @throws StoreError */
  async open(store: Pick<Store, 'documents' | 'jobs' | 'alone'> | undefined, node: string | undefined): Promise<void> {
    if (store) await this.swaps.open(store.documents, store.alone);
    await this.#steward.open(store?.documents, store?.alone ? ALONE : (node ?? ALONE));
    if (store) await this.evidence.open(store);
  }

  /** Keeps what was seen. @throws StoreError */
  async close(): Promise<void> {
    this.swaps.close();
    await this.evidence.close();
    await this.#steward.close();
  }

  /** Hears of every exchange that is over. */
  observe(exchange: ExchangeRecord): void {
    this.#steward.observe(exchange);
  }

  /** A word on an earlier exchange, asked or not. @param score 0 (bad) to 1 (good) */
  heard(exchange: string, score: number): void {
    this.#steward.heard(exchange, score);
  }

  /** Looks now what is due, as it does every few seconds. @throws StoreError */
  look(): Promise<void> {
    return this.#steward.look();
  }

  /** Swaps that this node rolled back by itself. */
  get rollbacks(): number {
    return this.#steward.rollbacks;
  }

  /** What traffic says of a swap since it came into force. */
  figures(swap: Swap): SwapFigures {
    return this.#steward.figures(swap);
  }

  /** What is proven of a model, as the router may take it: a proof that a swap stands on counts once that swap is full. */
  verdict(address: string, task: string): ReturnType<VerdictBook['of']> {
    const { verdicts } = this.#parts;
    const found = verdicts.certificate(address, task);
    return found && this.swaps.holdsBack(found.id) ? undefined : verdicts.of(address, task);
  }

  /** A new swap: in force at once, or waiting for approval. @throws GatewayError `invalid` naming the field */
  async begin(wanted: Wanted, actor: Actor): Promise<Swap> {
    const { now, settings } = this.#parts;
    const { approval, canary } = settings();
    const [from, to] = [this.#one('from', wanted.from), this.#one('to', wanted.to)];
    if (from === to) throw invalid('to', `is the same model as from: ${from}`);
    const tasks = wanted.tasks ? [...new Set(wanted.tasks)] : null;
    this.#refuseSecond({ from, to, tasks });
    const steps = [...(wanted.plan ?? (wanted.share === undefined ? canary.steps : []))].sort((a, b) => a.share - b.share);
    const share = wanted.share ?? steps[0]!.share;
    const at = now();
    const waiting = !(wanted.approve ?? approval === 'not-needed');
    const word = { at, by: actor.actor, why: wanted.why ?? 'asked for' };
    const blank: Swap = {
      version: 1,
      id: randomBytes(6).toString('hex'),
      from,
      to,
      tasks,
      state: 'waiting',
      share,
      certificates: wanted.certificates ?? this.#proofs(to, tasks),
      steps,
      shadow: wanted.shadow ?? false,
      created_at: at,
      changed_at: at,
      history: [],
    };
    const swap = waiting ? inState(blank, 'waiting', share, word) : after(blank, 'approve', word)!;
    await this.#record('swap.begin', swap, actor, word.why);
    await this.swaps.put(swap);
    return swap;
  }

  /** Changes a swap. @throws GatewayError `not-found`; `invalid` where its state does not allow that */
  async change(id: string, deed: SwapDeed, actor: Actor, why: string): Promise<Swap> {
    const swap = await this.swaps.change(id, async (before) => {
      const next = after(before, deed, { at: this.#parts.now(), by: actor.actor, why });
      if (!next) throw new GatewayError('invalid', `the swap is ${before.state}: there is nothing to ${deed}`, { status: 409 });
      if (before.state === 'rolled-back' || before.state === 'waiting') this.#refuseSecond(before);
      await this.#record(`swap.${deed}`, next, actor, why, before);
      return next;
    });
    if (!swap) throw new GatewayError('not-found', `there is no swap "${id}"; GET /admin/api/swaps lists all`, { field: 'id' });
    return swap;
  }

  /** What is due by itself. It is done to a swap that still stands as it was seen; a model that does worse goes at any share. @returns whether it was done */
  async #move(seen: Swap, { deed, why }: Move): Promise<boolean> {
    let isDone = false;
    await this.swaps.change(seen.id, async (before) => {
      const isOther = deed === 'rollback' ? !isInForce(before) || beganAt(before) !== beganAt(seen) : before.changed_at !== seen.changed_at;
      if (isOther) return undefined;
      const word = { at: this.#parts.now(), by: STEWARD, why };
      const next = deed === 'wait' ? inState(before, 'waiting', before.share, word) : after(before, deed, word);
      if (next) await this.#record(`swap.${deed}`, next, { actor: STEWARD }, why, before);
      isDone = next !== undefined;
      return next;
    });
    return isDone;
  }

  #one(field: 'from' | 'to', name: string): string {
    const means = this.#parts.means(name);
    if (means.length === 1) return means[0]!;
    if (means.length === 0) throw invalid(field, `nobody serves "${name}" now; GET /v1/models lists what is served`);
    throw invalid(field, `"${name}" means several models; name one of ${means.slice(0, 5).join(', ')}`);
  }

  /** One model can be in another's place only once for the same work, and never in a circle. @throws GatewayError `invalid` */
  #refuseSecond({ id, from, to, tasks }: Pick<Swap, 'from' | 'to' | 'tasks'> & { id?: string }): void {
    const meets = (other: Swap) => tasks === null || other.tasks === null || tasks.some((task) => isAbout(other, task));
    const alive = this.swaps.all().filter((other) => other.id !== id && !OVER.has(other.state) && meets(other));
    const second = alive.find((other) => other.from === from);
    if (second) throw taken('from', `${from} has a swap already (${second.id}, ${second.state}, to ${second.to}); undo that first`);
    for (let at = to, more = alive.length; more >= 0; more--) {
      const next = alive.find((other) => other.from === at);
      if (!next) return;
      if (next.to === from) throw taken('to', `goes in a circle: the swap ${next.id} puts ${from} in the place of ${at}; undo that first`);
      at = next.to;
    }
  }

  /** The certificates that say that a model is good enough. */
  #proofs(address: string, tasks: readonly string[] | null): string[] {
    return (tasks ?? TASKS).flatMap((task) => {
      const found = this.#parts.verdicts.certificate(address, task);
      return found?.outcome === 'good enough' ? [found.id] : [];
    });
  }

  async #record(action: string, swap: Swap, { actor, from }: Actor, why: string, before?: Swap): Promise<void> {
    const facts = { from: swap.from, to: swap.to, tasks: swap.tasks?.join(', '), state: swap.state, share: percent(swap.share), why };
    await this.#tell({ actor, from, action, object: swap.id, outcome: 'done', facts, before, after: swap });
  }

  /** @throws GatewayError where it cannot be put on record */
  async #tell(deed: Deed): Promise<void> {
    await this.#parts.audit?.write(deed).catch((cause: Error) => {
      throw new GatewayError('unavailable', `${cause.message}; nothing is changed until it can be put on record`, {
        retryAfter: 5,
        cause,
      });
    });
  }
}

/** The name of a process that has the store to itself: what it saw is its own again after a restart. */
const ALONE = 'alone';

/** States that leave room for another swap of the same model. */
const OVER: ReadonlySet<Swap['state']> = new Set(['undone', 'rolled-back']);

/** Journals hold whole numbers only. */
function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}

function taken(field: string, message: string): GatewayError {
  return new GatewayError('invalid', message, { status: 409, field });
}
