import type { Signal } from '../../policy/course.ts';
import type { Outcomes } from '../../policy/outcomes.ts';
import type { AttemptRecord, ExchangeRecord } from '../record.ts';

/** An exchange that was answered, as far as feedback on it is concerned. */
export interface AnsweredExchange {
  /** Whose it is; the empty text is everybody's. */
  owner: string;
  task: string;
  /** Address of the model that answered. */
  model: string;
  /** What a person said of it, 0 (bad) to 1 (good). */
  score?: number;
  /** What the conversation said of it, unasked. */
  signals: string[];
}

/** Exchanges that are remembered; older ones are looked up in the store. */
const MOST = 10_000;
const MOST_SIGNALS = 8;

/** Exchanges that may still be spoken of, and what was said. */
export class Answered {
  readonly #known = new Map<string, AnsweredExchange>();
  readonly #outcomes: Outcomes;
  readonly #now: () => number;
  readonly #heard: (id: string, score: number) => void;

  /** @param now unix milliseconds @param heard told of every word on an exchange: 0 (bad) to 1 (good) */
  constructor(outcomes: Outcomes, now: () => number, heard: (id: string, score: number) => void) {
    this.#outcomes = outcomes;
    this.#now = now;
    this.#heard = heard;
  }

  add(record: ExchangeRecord): void {
    const { id, caller, task, outcome } = record;
    const last = answerer(record);
    if (!task || !last || outcome !== 'ok') return;
    this.#known.set(id, { owner: caller?.id ?? '', task: task.class, model: `${last.provider}/${last.model}`, signals: [] });
    if (this.#known.size > MOST)
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
  }

  get(id: string): AnsweredExchange | undefined {
    return this.#known.get(id);
  }

  /** What was seen in the conversation behind an exchange. */
  signal(id: string, signals: readonly Signal[]): void {
    const one = this.#known.get(id);
    for (const { score } of signals) this.#heard(id, score);
    if (one) one.signals.push(...signals.map(({ kind }) => kind).slice(0, MOST_SIGNALS - one.signals.length));
  }

  /** A person's word. A later one on the same exchange stands in the place of the first. */
  rate(id: string, exchange: AnsweredExchange, score: number): void {
    const { task, model, score: before } = exchange;
    if (before !== undefined) this.#outcomes.add(task, model, before, -1, this.#now());
    this.#outcomes.add(task, model, score, 1, this.#now());
    exchange.score = score;
    this.#heard(id, score);
    this.#known.set(id, exchange);
  }
}

/** Who answered: of several attempts the last that did not fail. */
export function answerer({ attempts }: ExchangeRecord): AttemptRecord | undefined {
  return attempts.findLast(({ error }) => error === undefined) ?? attempts.at(-1);
}
