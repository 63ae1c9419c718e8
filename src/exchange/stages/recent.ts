import type { Task } from '../../tasks/task.ts';
import type { DecisionRecord, ExchangeRecord } from '../record.ts';

/** What is remembered of an exchange for questions why. */
export interface RecentExchange {
  id: string;
  /** The model as the client named it. */
  asked: string;
  /** Id of the key that was shown. */
  caller: string | undefined;
  /** Address of who was asked last. */
  answered: string | undefined;
  task: Task | undefined;
  decision: DecisionRecord | undefined;
}

/** What an exchange tells of why it went where it went. */
export function recentOf({ id, asked, caller, attempts, task, decision }: ExchangeRecord): RecentExchange {
  const last = attempts.at(-1);
  return { id, asked, caller: caller?.id, answered: last && `${last.provider}/${last.model}`, task, decision };
}

/** Different names that are kept to be used again. */
const NAMES = 256;

/**
 * The last exchanges. Of each only what is asked for later, in places that are used again, with names that are there already: what outlives
 * its exchange costs more to move than to make, and a name may be a piece of the request's text, all of which would stay with it.
 */
export class Recent {
  readonly #ring: RecentExchange[] = [];
  readonly #names = new Map<string, string>();
  readonly #most: number;
  #next = 0;

  /** @param most how many are remembered */
  constructor(most: number) {
    this.#most = most;
  }

  add(record: ExchangeRecord): void {
    const seen = recentOf(record);
    seen.asked = this.#named(seen.asked);
    if (seen.answered !== undefined) seen.answered = this.#named(seen.answered);
    const place = this.#ring[this.#next];
    if (place) Object.assign(place, seen);
    else this.#ring[this.#next] = seen;
    this.#next = (this.#next + 1) % this.#most;
  }

  get(id: string): RecentExchange | undefined {
    const found = this.#ring.find((one) => one.id === id);
    return found && { ...found };
  }

  #named(name: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (this.#names.size >= NAMES) this.#names.clear();
    // A copy of its own: a piece of a longer text would keep all of that.
    const own = Buffer.from(name).toString();
    this.#names.set(own, own);
    return own;
  }
}
