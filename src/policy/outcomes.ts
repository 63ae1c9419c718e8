import type { Belief } from './score.ts';

/** What was seen of one model at one class of work. */
export interface OutcomeRow {
  task: string;
  /** Its address. */
  model: string;
  /** Weight of what went well and of what went badly. */
  good: number;
  bad: number;
  /** Unix milliseconds at which the two were true. */
  at: number;
}

/** What was seen weighs half as much after this time: models and work change. Milliseconds. */
const HALF_LIFE = 30 * 24 * 60 * 60_000;
/** Pairs of class and model that are remembered; the one not heard of for the longest goes first. */
const MOST = 20_000;

/** How work went, by class and model: counts of a Beta distribution that fade. Knows no clock. */
export class Outcomes {
  readonly #rows = new Map<string, OutcomeRow>();

  /** @param score 0 (bad) to 1 (good) @param weight of the observation; 1 is a person's word. Negative ones take back what was added @param now unix milliseconds */
  add(task: string, model: string, score: number, weight: number, now: number): void {
    const key = `${task} ${model}`;
    const before = this.#rows.get(key);
    const row = before ? faded(before, now) : { task, model, good: 0, bad: 0, at: now };
    row.good = Math.max(0, row.good + weight * score);
    row.bad = Math.max(0, row.bad + weight * (1 - score));
    this.#keep(key, row);
  }

  /** What is believed of a model: what public tables say, and what was seen here. @param now unix milliseconds */
  belief(task: string, model: string, prior: Belief, now: number): Belief {
    const row = this.#rows.get(`${task} ${model}`);
    if (!row) return prior;
    const { good, bad } = faded(row, now);
    const weight = prior.weight + good + bad;
    return weight === 0 ? prior : { mean: (prior.mean * prior.weight + good) / weight, weight };
  }

  /** What was seen of a model, as it weighs now; undefined while nothing was. @param now unix milliseconds */
  seen(task: string, model: string, now: number): Pick<OutcomeRow, 'good' | 'bad'> | undefined {
    const row = this.#rows.get(`${task} ${model}`);
    return row && faded(row, now);
  }

  rows(): OutcomeRow[] {
    return [...this.#rows.values()];
  }

  /** Takes over what was seen before a restart. */
  load(rows: readonly OutcomeRow[]): void {
    for (const row of rows) this.#keep(`${row.task} ${row.model}`, row);
  }

  #keep(key: string, row: OutcomeRow): void {
    this.#rows.delete(key);
    this.#rows.set(key, row);
    if (this.#rows.size > MOST)
      for (const oldest of this.#rows.keys()) {
        this.#rows.delete(oldest);
        break;
      }
  }
}

function faded(row: OutcomeRow, now: number): OutcomeRow {
  const share = 0.5 ** (Math.max(0, now - row.at) / HALF_LIFE);
  return { ...row, good: row.good * share, bad: row.bad * share, at: Math.max(row.at, now) };
}
