import type { Usage } from '../../protocol/usage.ts';
import type { Zone } from '../../protocol/zone.ts';
import type { Plain } from './canonical.ts';
import type { Journal } from './journal.ts';
import type { JournalKeys } from './keys.ts';
import type { Event } from './line.ts';

/** A budget's span, which the cost of an attempt counts against. */
export interface BudgetSpan {
  readonly account: string;
  readonly window: string;
}

/** What is about to leave: one attempt at a target beyond `own`. Never content. Times in Unix milliseconds, money in nano-dollars. */
export interface Intent {
  exchange: string;
  /** Of the exchange's attempts, from 1. */
  attempt: number;
  /** When the client's request arrived. */
  arrived: number;
  /** Id of the key, never the key. */
  key?: string;
  team?: string;
  project?: string;
  dialect: string;
  /** The model as the client named it. */
  asked: string;
  stream: boolean;
  provider: string;
  model: string;
  zone: Zone;
  origin: string;
  /** Which rule allowed it to go that far. */
  rule: string;
  repository?: string;
  /** Rules whose finds were replaced, with how often. */
  redacted?: Readonly<Record<string, number>>;
  /** Of the body as it would leave. */
  bytes: number;
  /** Keyed digest of it. */
  digest: string;
  /** Absent where no price is known. */
  reservedNanos?: number;
  /** What its cost counts against. */
  budgets?: readonly BudgetSpan[];
}

/** How an attempt ended. */
export interface Outcome {
  exchange: string;
  attempt: number;
  /** Whether a socket was asked to send it. */
  sent: boolean;
  /** HTTP status of the provider. */
  status?: number;
  /** Class of the failure; `interrupted` when the process died under it. */
  error?: string;
  /** Bytes of bodies, as the socket took and gave them. */
  out: number;
  in: number;
  usage?: Usage;
  costNanos?: number;
  /** Tokens were used whose price nobody knows. */
  unpriced?: boolean;
  /** When it ended. */
  ended?: number;
}

/** What may leave only once it is on record. Tracks what is under way, so that after a crash the ledger can be made whole. */
export class EgressJournal {
  readonly #journal: Journal;
  readonly #keys: JournalKeys;
  /** Exchanges that are not over or whose outcomes are not on the disk, with what each waits for and after which line it began. */
  readonly #open = new Map<string, { since: number; waits: number }>();
  /** An intent came since the last mark. */
  #isStirred = false;

  constructor(journal: Journal, keys: JournalKeys) {
    this.#journal = journal;
    this.#keys = keys;
  }

  /** Keyed digest of a body. */
  digest(body: Uint8Array | string): string {
    return this.#keys.digest(body);
  }

  /** The exchange may come to use this journal: until `over` its lines are kept in mind. */
  enter(exchange: string): void {
    this.#hold(exchange);
  }

  /** Settles when the intent is durable. @throws JournalError when it is not: then nothing may leave */
  async begin(intent: Intent): Promise<void> {
    const { reservedNanos } = intent;
    await this.#journal.append({ ...intent, reservedNanos: whole(reservedNanos), type: 'intent' } as unknown as Event);
    this.#isStirred = true;
    this.#hold(intent.exchange);
  }

  /** The end of what `begin` recorded. */
  end(outcome: Outcome): void {
    const { usage, costNanos } = outcome;
    this.#journal.keep({ type: 'outcome', ...outcome, usage: plainUsage(usage), costNanos: whole(costNanos) }, () =>
      this.#release(outcome.exchange),
    );
  }

  /** The exchange is over and was handed to the ledger. */
  over(exchange: string): void {
    this.#release(exchange);
  }

  /**
   * Notes that the ledger holds durably every exchange that was over when `from` was asked for, so that after a crash nobody looks at
   * older lines. @param from of `horizon`
   */
  mark(from: number): void {
    if (!this.#isStirred) return;
    this.#isStirred = this.#open.size > 0;
    this.#journal.keep({ type: 'mark', from });
  }

  /** What a crash left open was taken into the ledger: the journal says how it ended, and that nothing before is missing there. */
  recovered(exchanges: ReadonlyMap<string, readonly Told[]>): void {
    for (const { intent, outcome } of [...exchanges.values()].flat())
      if (!outcome) {
        const { exchange, attempt, reservedNanos: costNanos } = intent;
        this.#journal.keep({ type: 'outcome', exchange, attempt, sent: true, error: 'interrupted', out: 0, in: 0, costNanos });
      }
    // Opens it too: its last segment is read now and not while a client waits.
    if (this.#journal.isBegun) this.#journal.keep({ type: 'mark', from: Number.MAX_SAFE_INTEGER });
  }

  /** The first line that may belong to an exchange which the ledger does not hold yet. Ask before the ledger is flushed. */
  horizon(): number {
    let first = this.#journal.last + 1;
    for (const { since } of this.#open.values()) first = Math.min(first, since);
    return first;
  }

  #hold(exchange: string): void {
    const known = this.#open.get(exchange);
    if (known) known.waits++;
    else this.#open.set(exchange, { since: this.#journal.last + 1, waits: 1 });
  }

  #release(exchange: string): void {
    const known = this.#open.get(exchange);
    if (known && --known.waits === 0) this.#open.delete(exchange);
  }
}

/** Money and counts are whole numbers, whatever arithmetic made them. */
function whole(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? Math.min(Math.round(value), Number.MAX_SAFE_INTEGER) : undefined;
}

/** Whatever a provider says. */
function plainUsage(usage: Usage | undefined): Plain | undefined {
  if (!usage) return undefined;
  const counts = Object.entries(usage).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
  );
  return Object.fromEntries(counts.map(([name, count]) => [name, whole(count)]));
}

/** An attempt as the journal tells of it. */
export interface Told {
  intent: Intent;
  /** Absent when the process died first. */
  outcome?: Outcome;
}

/** Intents with their outcomes by exchange, in the order of the journal. @param events from the horizon on, oldest first */
export function exchangesIn(events: Iterable<Event>): Map<string, Told[]> {
  const found = new Map<string, Told[]>();
  for (const event of events) {
    if (event.type === 'intent') {
      const intent = event as unknown as Intent;
      const attempts = found.get(intent.exchange);
      if (attempts) attempts.push({ intent });
      else found.set(intent.exchange, [{ intent }]);
    } else if (event.type === 'outcome') {
      const outcome = event as unknown as Outcome;
      const told = found.get(outcome.exchange)?.find(({ intent }) => intent.attempt === outcome.attempt);
      if (told) told.outcome = outcome;
    }
  }
  return found;
}
