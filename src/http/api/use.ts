import type { Store, Totals } from '../../store/ports.ts';

const DAY = 86_400_000;
/** Within so many days sums by the hour are read, which fit the span better. */
const BY_HOUR = 3 * DAY;

/** A span of Unix milliseconds; the last seven days where nothing is said. */
export function spanOf({ from, to }: { from?: number; to?: number }, now: number): { from: number; to: number } {
  const end = to ?? now;
  return { from: from ?? Math.max(0, end - 7 * DAY), to: end };
}

/** How much of the work went where. */
export interface Use {
  exchanges: number;
  cost_nanos: number;
  unpriced: number;
  input_tokens: number;
  output_tokens: number;
}

const NOTHING: Use = { exchanges: 0, cost_nanos: 0, unpriced: 0, input_tokens: 0, output_tokens: 0 };

/** Sums over exchanges by class of work and by the model that answered. */
export class Uses {
  readonly #ofBoth = new Map<string, Use>();
  readonly #ofTask = new Map<string, Use>();
  readonly #ofModel = new Map<string, Use>();
  all: Use = NOTHING;

  /** @param task empty for what was not classified @param address empty where nobody was asked */
  add(task: string, address: string, totals: Use): void {
    const sum = (map: Map<string, Use>, name: string) => map.set(name, plus(map.get(name) ?? NOTHING, totals));
    sum(this.#ofBoth, `${task} ${address}`);
    sum(this.#ofTask, task);
    if (address) sum(this.#ofModel, address);
    this.all = plus(this.all, totals);
  }

  of(task: string, address: string): Use {
    return this.#ofBoth.get(`${task} ${address}`) ?? NOTHING;
  }

  ofTask(task: string): Use {
    return this.#ofTask.get(task) ?? NOTHING;
  }

  ofModel(address: string): Use {
    return this.#ofModel.get(address) ?? NOTHING;
  }

  /** Until the first content of an answer, in milliseconds; known where it was asked for. */
  readonly firstTokens = new Map<string, { p50: number; p95: number }>();

  get tasks(): string[] {
    return [...this.#ofTask.keys()];
  }
}

/** Reads the sums of a span. Without a store there are none. @throws StoreError */
export async function usesIn(store: Pick<Store, 'reports'> | undefined, { from, to }: { from: number; to: number }): Promise<Uses> {
  const uses = new Uses();
  if (!store || from >= to) return uses;
  const grain = to - from <= BY_HOUR ? 'hour' : 'day';
  for (const { of, ...totals } of await store.reports.totals({ from, to, grain, by: ['task', 'provider', 'model'] }))
    uses.add(of.task ?? '', of.provider ? `${of.provider}/${of.model ?? ''}` : '', useIn(totals));
  return uses;
}

/** As `usesIn`, with how long answers took to begin. @throws StoreError */
export async function usesWithLatency(store: Pick<Store, 'reports'> | undefined, span: { from: number; to: number }): Promise<Uses> {
  const grain = span.to - span.from <= BY_HOUR ? 'hour' : 'day';
  const [uses, groups] = await Promise.all([
    usesIn(store, span),
    store && span.from < span.to ? store.reports.latency({ ...span, grain, measure: 'first_token', by: ['provider', 'model'] }) : [],
  ]);
  for (const { of, p50, p95 } of groups) uses.firstTokens.set(`${of.provider ?? ''}/${of.model ?? ''}`, { p50, p95 });
  return uses;
}

function useIn({ exchanges, cost_nanos, unpriced, input_tokens, output_tokens }: Totals): Use {
  return { exchanges, cost_nanos, unpriced, input_tokens, output_tokens };
}

function plus(a: Use, b: Use): Use {
  return {
    exchanges: a.exchanges + b.exchanges,
    cost_nanos: a.cost_nanos + b.cost_nanos,
    unpriced: a.unpriced + b.unpriced,
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
  };
}

/** A part of a whole, 0 to 1; of nothing it is 0. */
export function shareOf(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}
