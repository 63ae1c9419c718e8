import type { Accounts } from '../../accounts/accounts.ts';
import { unlicensed } from '../../catalog/licence.ts';
import { PRIORS } from '../../catalog/success.ts';
import { Finder } from '../../egress/places.ts';
import type { Health } from '../../policy/breaker.ts';
import type { Caller } from '../../policy/caller.ts';
import type { Signal } from '../../policy/course.ts';
import { glob } from '../../policy/glob.ts';
import type { Limit } from '../../policy/meter.ts';
import { type OutcomeRow, Outcomes } from '../../policy/outcomes.ts';
import type { Contender } from '../../policy/plan.ts';
import type { RoutingSettings } from '../../policy/routing.ts';
import { RuleBook, type Ruling } from '../../policy/rules.ts';
import type { Belief } from '../../policy/score.ts';
import { type Session, SessionMemory } from '../../policy/session.ts';
import { Speeds } from '../../policy/speed.ts';
import type { SwapsInForce } from '../../policy/swap.ts';
import { fitsRepository } from '../../policy/zones.ts';
import { fits } from '../../protocol/pattern.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import type { Documents } from '../../store/ports.ts';
import { classify } from '../../tasks/classify.ts';
import type { Weighty } from '../../tasks/importance.ts';
import { questionOf } from '../../tasks/question.ts';
import type { Task } from '../../tasks/task.ts';
import type { Candidate } from '../ports.ts';
import type { ExchangeRecord } from '../record.ts';
import type { Admission, Stage } from '../stage.ts';
import { Answered } from './answered.ts';
import { Recent } from './recent.ts';
import { Route, type RouteParts } from './route.ts';

interface DeskParts {
  accounts: Accounts;
  health(address: string): Health;
  /** Addresses that a name means now; empty for one that nobody serves. */
  means(name: string): readonly string[];
  /** Whether a name leaves the whole choice, as `auto` does. */
  isOpen(name: string): boolean;
  /** Models in the place of others. */
  swaps: SwapsInForce;
  /** What a name means without them, by address. */
  meant(name: string): ReadonlySet<string>;
  /** Told of every word on an earlier exchange, asked or not: 0 (bad) to 1 (good). */
  heard?(exchange: string, score: number): void;
  /** What is proven of a model at a class of work. */
  verdict(address: string, task: string): Contender['verdict'];
  /** Keys the hashes by which conversations are known. */
  secret: Uint8Array;
  now(): number;
}

/** Exchanges whose decisions are at hand without a store. */
const RECENT = 500;

/** How often outcomes are kept that are new. Milliseconds. */
const SAVED_EVERY = 60_000;

/** Where outcomes are kept. */
const PLACE = { collection: 'outcomes', owner: '', id: 'all' };

/** All that routing knows and remembers: rules, conversations, outcomes, speeds. */
export class RoutingDesk {
  /** The last stage before the first attempt. */
  readonly stage: Stage;
  /** The same for a question what would happen: it remembers nothing. */
  readonly rehearsal: Stage;
  readonly outcomes = new Outcomes();
  readonly speeds = new Speeds();
  readonly answered: Answered;
  /** The last exchanges, for questions why. */
  readonly recent = new Recent(RECENT);
  readonly #parts: DeskParts;
  readonly #priors = new WeakMap<Candidate, Map<string, Belief>>();
  #settings: RoutingSettings;
  #book: RuleBook;
  #finder: Finder | undefined;
  #weighty: readonly Weighty[] = [];
  #documents: Documents | undefined;
  #saved = '[]';
  #saving: NodeJS.Timeout | undefined;

  constructor(parts: DeskParts, { routing }: { routing: RoutingSettings }) {
    this.#parts = parts;
    this.#settings = routing;
    this.#book = new RuleBook([]);
    this.configure({ routing });
    this.answered = new Answered(this.outcomes, parts.now, (id, score) => parts.heard?.(id, score));
    const own: RouteParts = {
      settings: () => this.#settings,
      classify: (prompt, headers) => classify(questionOf(prompt, headers), this.#weighty),
      ruling: (...asking) => this.#ruling(...asking),
      means: parts.means,
      isOpen: parts.isOpen,
      swaps: parts.swaps,
      meant: parts.meant,
      sessions: new SessionMemory<Task>(),
      speeds: this.speeds,
      learn: (session, signals) => this.#learn(session, signals),
      answered: (record) => this.answered.add(record),
      secret: parts.secret,
      now: parts.now,
      health: parts.health,
      belief: (candidate, task) => this.belief(candidate, task),
      verdict: parts.verdict,
      latency: (address, tokens, alone) => this.speeds.expected(address, tokens, alone),
      spent: (candidate, costNanos, caller) => this.#spent(candidate, costNanos, caller),
      unlicensed: (model) => unlicensed(model, this.#settings.licencesAgreed),
    };
    this.stage = new Route(own);
    const nothing = () => undefined;
    this.rehearsal = {
      name: 'route',
      admit: (admission) => new Route({ ...own, sessions: new SessionMemory<Task>(), learn: nothing, answered: nothing }).admit(admission),
    };
  }

  /** Takes over what a (new) configuration says. Conversations and outcomes stay. */
  configure({ routing }: { routing: RoutingSettings }): void {
    this.#settings = routing;
    this.#book = new RuleBook(routing.rules);
    this.#weighty = routing.importance.map(({ path, importance }) => ({ name: path, importance, fits: glob(path).fits }));
    const sought = this.#book.marks.map(({ kind, glob: pattern }) => ({
      kind,
      literal: pattern.literal,
      anchored: pattern.anchored,
      inside: pattern.inside,
      fits: kind === 'repo' ? (address: string) => fitsRepository(pattern, address) : pattern.fits,
    }));
    this.#finder = sought.length ? new Finder(sought) : undefined;
  }

  /** Names by which rules give models: a name that leaves the choice means these too. */
  get names(): readonly string[] {
    return this.#book.names;
  }

  /** Remembers an exchange that is over, and how fast it went. */
  record(exchange: ExchangeRecord): void {
    const { attempts, outcome, firstTokenMs, totalMs, usage } = exchange;
    const [first] = attempts;
    // Of several attempts nobody knows how long the last one took.
    if (outcome === 'ok' && first && attempts.length === 1)
      this.speeds.add(`${first.provider}/${first.model}`, firstTokenMs ?? totalMs, totalMs, usage?.output ?? 0);
    this.recent.add(exchange);
  }

  /** Takes over what was seen before a restart, and keeps what is seen from now on. @throws StoreError */
  async remember(documents: Documents): Promise<void> {
    const row = await documents.get(PLACE.collection, PLACE.owner, PLACE.id);
    if (row) this.outcomes.load(JSON.parse(row.value) as OutcomeRow[]);
    this.#saved = row?.value ?? '[]';
    this.#documents = documents;
    this.#saving = setInterval(() => void this.#save().catch(() => undefined), SAVED_EVERY).unref();
  }

  /** Keeps what was seen. @throws StoreError */
  async close(): Promise<void> {
    clearInterval(this.#saving);
    await this.#save();
  }

  async #save(): Promise<void> {
    const value = JSON.stringify(this.outcomes.rows());
    if (value === this.#saved || !this.#documents) return;
    await this.#documents.put([{ ...PLACE, value, expires_at: null }]);
    this.#saved = value;
  }

  #ruling({ incoming: { caller }, record }: Admission, prompt: Prompt, task: Task, chance: number): Ruling | undefined {
    if (this.#book.isEmpty) return undefined;
    const found = this.#finder?.find(prompt.turns);
    return this.#book.ruling(
      {
        task: task.class,
        complexity: task.complexity,
        tokens: task.size,
        tools: prompt.tools.length > 0,
        caller,
        repositories: [...(record.repository === undefined ? [] : [record.repository]), ...(found?.repositories ?? [])],
        marks: found?.met ?? new Set(),
      },
      chance,
    );
  }

  #learn({ task, model, exchange }: Session<Task>, signals: readonly Signal[]): void {
    if (!task || model === undefined) return;
    for (const { score, weight } of signals) this.outcomes.add(task.class, model, score, weight, this.#parts.now());
    if (exchange !== undefined) this.answered.signal(exchange, signals);
  }

  /** What is believed of a target's success at a class of work. @throws RangeError for a class that the table of priors does not have */
  belief(candidate: Candidate, task: string): Belief {
    const known = this.#priors.get(candidate) ?? new Map<string, Belief>();
    this.#priors.set(candidate, known);
    let prior = known.get(task);
    if (!prior) {
      const { mean, weight } = PRIORS.of(candidate.traits, task);
      prior = { mean, weight };
      known.set(task, prior);
    }
    return this.outcomes.belief(task, `${candidate.provider}/${candidate.target.model}`, prior, this.#parts.now());
  }

  /** The first budget that a target would break. What alerts only does not bar. */
  #spent({ pricing, zone, provider, target }: Candidate, costNanos: number, caller: Caller | undefined): Limit | undefined {
    const { accounts, now } = this.#parts;
    if (pricing.kind !== 'tokens') return undefined;
    const holds = (limit: Limit) =>
      limit.unit === 'nanos' && limit.breach !== 'alert' && accounts.meter.state(limit, now()).used + costNanos > limit.amount;
    const own = caller?.limits?.find(holds);
    if (own) return own;
    const address = `${provider}/${target.model}`;
    return accounts.general.find(
      (one) => (one.zone === undefined || one.zone === zone) && (one.models === undefined || fits(one.models, address)) && holds(one.limit),
    )?.limit;
  }
}
