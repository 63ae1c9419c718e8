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

/** The last exchanges. Of each only what is asked for later: a whole record that outlives its exchange costs more to move than to make. */
export class Recent {
  readonly #ring: RecentExchange[] = [];
  readonly #most: number;
  #next = 0;

  /** @param most how many are remembered */
  constructor(most: number) {
    this.#most = most;
  }

  add(record: ExchangeRecord): void {
    this.#ring[this.#next] = recentOf(record);
    this.#next = (this.#next + 1) % this.#most;
  }

  get(id: string): RecentExchange | undefined {
    return this.#ring.find((one) => one.id === id);
  }
}
