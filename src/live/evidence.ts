import { NANOS } from '../catalog/price.ts';
import type { Deed } from '../egress/journal/audit.ts';
import type { VerdictBook } from '../evals/book.ts';
import type { Certificate, Signed, Standing } from '../evals/evidence.ts';
import { unfit } from '../evals/graders/judge.ts';
import type { Surroundings } from '../exchange/surroundings.ts';
import type { Limit } from '../policy/meter.ts';
import { type Move, STEWARD } from '../policy/promotion.ts';
import { isAbout, isInForce, type Swap } from '../policy/swap.ts';
import type { Store } from '../store/ports.ts';
import type { TaskClass } from '../tasks/task.ts';
import type { SwapBook } from './book.ts';
import type { Comparison } from './compare.ts';
import { Keeper } from './keeper.ts';
import { Monitors } from './monitors.ts';
import type { EvaluationSettings, ShadowSettings } from './settings.ts';
import { type Chosen, type Dropped, Shadow, type ShadowParts } from './shadow.ts';
import { type Match, Trials } from './trials.ts';
import { beganAt } from './watched.ts';

/** What is asked of a gateway so that a second model can be asked. */
export interface ShadowWorld extends Pick<ShadowParts, 'candidate' | 'reread' | 'dialect' | 'classify' | 'inFlight'> {
  /** What exchanges stand on, without the stage that decides who answers. */
  around(): Surroundings;
  /** What was spent in a limit's span, in nano-dollars. */
  spent(limit: Limit): number;
}

export interface EvidenceParts {
  settings(): EvaluationSettings;
  book: SwapBook;
  verdicts: VerdictBook;
  means(name: string): readonly string[];
  world: ShadowWorld;
  sign: ((certificate: Certificate) => Signed) | undefined;
  /** Puts a deed on record. @throws GatewayError */
  tell(deed: Deed): Promise<void>;
  move(swap: Swap, move: Move): Promise<boolean>;
  log(line: string): void;
  version: string;
  now(): number;
}

/** How much wider the margin of a model that is watched is than the one of its trial. */
const SLACK = 0.95;

/** What metrics show. */
export interface ShadowFigures {
  pairs: number;
  dropped: ReadonlyMap<Dropped, number>;
  /** Today, in nano-dollars. */
  spentNanos: number;
}

/** Evidence from requests that two models answered: trials of candidates, and whether promoted ones still keep up. */
export class Evidence {
  readonly shadow: Shadow;
  readonly #parts: EvidenceParts;
  readonly #trials: Trials;
  readonly #monitors = new Monitors();
  readonly #keeper = new Keeper();

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
    const { verdicts, sign, version, now, world } = parts;
    const tell = ({ id, task, candidate, outcome }: Certificate) => {
      const facts = { task, candidate: candidate.address, outcome, basis: 'traffic' };
      return parts.tell({ actor: STEWARD, action: 'evidence.certificate', object: id, outcome: 'done', facts });
    };
    this.#trials = new Trials({ verdicts, sign, tell, version, now });
    this.shadow = new Shadow({
      ...world,
      isOn: () => this.#isOn(),
      share: () => this.#settings.share,
      concurrency: () => this.#settings.concurrency,
      choose: (task, answered) => this.#choose(task, answered),
      found: (chosen, comparison) => this.#found(chosen, comparison),
      aside: () => ({ around: world.around(), limit: this.#limit }),
      random: Math.random,
      clock: () => performance.now(),
    });
  }

  /** Takes over what is kept. @throws StoreError */
  async open({ documents, jobs, alone }: Pick<Store, 'documents' | 'jobs' | 'alone'>): Promise<void> {
    const { judge, candidates } = this.#settings;
    const problem = judge === undefined ? undefined : unfit(judge, Object.values(candidates).flat());
    if (problem) this.#parts.log(`evaluation.shadow.${problem}`.replace('judge.model', 'judge'));
    await this.#keeper.open(alone ? undefined : jobs, async () => {
      await this.#trials.open(documents);
      this.#monitors.open(documents);
    });
  }

  async close(): Promise<void> {
    this.#keeper.close();
    await this.shadow.close();
  }

  /** What is known of a swap's new model against the old one, by class of work. */
  standings({ from, to }: Swap): Standing[] {
    return this.#trials.standings(to, from);
  }

  figures(): ShadowFigures {
    return { pairs: this.shadow.pairs, dropped: this.shadow.dropped, spentNanos: this.#parts.world.spent(this.#limit) };
  }

  get #settings(): ShadowSettings {
    return this.#parts.settings().shadow;
  }

  get #limit(): Limit {
    return { account: 'shadow', unit: 'nanos', period: 'day', amount: Math.round(this.#settings.dailyUsd * NANOS), breach: 'block' };
  }

  #isOn(): boolean {
    if (!this.#keeper.isMine) return false;
    for (const _ in this.#settings.candidates) return true;
    return !this.#parts.book.isIdle && this.#parts.book.all().some((swap) => swap.shadow && isInForce(swap));
  }

  /** One of those of whom something is still to be found out, by chance. */
  #choose(task: TaskClass, answered: string): Chosen | undefined {
    const { book, means } = this.#parts;
    const judge = this.#settings.judge;
    const open: Chosen[] = [];
    const add = (candidate: string, incumbent: string, swap?: string) => {
      const match: Match = {
        task,
        candidate,
        incumbent,
        judge: judge && !unfit(judge, [candidate, incumbent]) ? this.#one(judge) : undefined,
      };
      const asks = candidate === answered ? incumbent : candidate;
      if (swap !== undefined || !this.#trials.isDecided(match)) open.push({ match, asks, ...(swap !== undefined && { swap }) });
    };
    for (const name of this.#settings.candidates[task] ?? []) {
      const [address, second] = means(name);
      if (address !== undefined && second === undefined && address !== answered) add(address, answered);
    }
    for (const swap of book.all()) {
      if (!swap.shadow || !isInForce(swap) || !isAbout(swap, task)) continue;
      if (swap.state === 'full' && swap.to === answered) add(swap.to, swap.from, swap.id);
      else if (swap.from === answered) add(swap.to, swap.from);
    }
    return open[Math.floor(Math.random() * open.length)];
  }

  #one(name: string): string {
    return this.#parts.means(name)[0] ?? name;
  }

  async #found({ match, swap: id }: Chosen, comparison: Comparison & { isJudged: boolean }): Promise<void> {
    const { keep, candidates } = this.#settings;
    try {
      const swap = id === undefined ? undefined : this.#parts.book.get(id);
      if (!swap) await this.#trials.add(match, comparison, { keep, candidates: Math.max(1, candidates[match.task]?.length ?? 1) });
      else if (isInForce(swap)) {
        const alarm = await this.#monitors.add(swap.id, beganAt(swap), keep * SLACK, comparison);
        if (alarm)
          await this.#fallen(
            swap,
            `quality: it no longer keeps ${Math.round(100 * keep * SLACK)} % of the old model's score (evidence ${alarm.e.toFixed(0)} after ${alarm.at} pairs)`,
          );
      }
    } catch (error) {
      this.#parts.log(`what both models answered is not counted: ${(error as Error).message}`);
    }
  }

  /** A model that was proven and no longer keeps up: its certificates go, and the old model is back. */
  async #fallen(swap: Swap, why: string): Promise<void> {
    const { verdicts, tell, move, now } = this.#parts;
    for (const id of swap.certificates) {
      if (verdicts.all().some(({ certificate, withdrawn }) => certificate.id === id && !withdrawn)) {
        await tell({ actor: STEWARD, action: 'evidence.withdraw', object: id, outcome: 'done', facts: { why } });
        await verdicts.withdraw(id, { at: now(), why, by: STEWARD });
      }
    }
    await move(swap, { deed: 'rollback', why });
  }
}
