import type { Store } from '../../src/store/ports.ts';
import { randomFrom } from './rows.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The span of what is stored. */
export interface Span {
  from: number;
  to: number;
  /** Some of the ids. */
  ids: readonly string[];
}

type Query = (store: Store, span: Span, random: () => number) => Promise<unknown>;

const someTime = ({ from, to }: Span, random: () => number) => Math.floor(from + random() * (to - from));
const someKey = (random: () => number) => `key-${Math.floor(random() * 40)}`;

/** What the pages of the admin ask. */
const QUERIES: Readonly<Record<string, Query>> = {
  'page: newest 50': (store) => store.exchanges.page({ limit: 50 }),
  'page: 50 somewhere deep': (store, span, random) => store.exchanges.page({ limit: 50, cursor: `${someTime(span, random)}.x` }),
  'page: of one key': (store, _, random) => store.exchanges.page({ limit: 50, key: someKey(random) }),
  'page: failures of providers': (store, span, random) =>
    store.exchanges.page({ limit: 50, outcome_class: 'provider', to: someTime(span, random) }),
  'page: key, model and failure together': (store, span, random) =>
    store.exchanges.page({ limit: 50, key: someKey(random), model: 'frontier-2', outcome_class: 'policy', to: someTime(span, random) }),
  'page: task in a zone, successes': (store) => store.exchanges.page({ limit: 50, task: 'embedding', zone: 'leased', outcome_class: 'ok' }),
  'page: one session': (store, span, random) =>
    store.exchanges.page({ limit: 50, session: `${Math.floor(random() * 40)}-${Math.floor(someTime(span, random) / HOUR)}` }),
  'page: nothing fits': (store) => store.exchanges.page({ limit: 50, key: 'key-0', zone: 'vendor', model: 'coder-30b' }),
  'one exchange': (store, { ids }, random) => store.exchanges.get(ids[Math.floor(random() * ids.length)]!),
  'sums: 24 h, by hour and model': (store, { to }) =>
    store.reports.totals({ from: to - DAY, to, grain: 'hour', series: true, by: ['model'] }),
  'sums: 72 h, by hour': (store, { to }) => store.reports.totals({ from: to - 3 * DAY, to, grain: 'hour', series: true }),
  'sums: all days, by day and zone': (store, { from, to }) => store.reports.totals({ from, to, grain: 'day', series: true, by: ['zone'] }),
  'sums: all days, task by model': (store, { from, to }) => store.reports.totals({ from, to, grain: 'day', by: ['task', 'model'] }),
  'sums: all days, by key': (store, { from, to }) => store.reports.totals({ from, to, grain: 'day', by: ['key', 'team'] }),
  'sums: 7 days of one team, by outcome': (store, { to }) =>
    store.reports.totals({ from: to - 7 * DAY, to, grain: 'day', by: ['outcome_class'], where: { team: 'team-1' } }),
  'latency: 24 h, by hour and model': (store, { to }) =>
    store.reports.latency({ from: to - DAY, to, grain: 'hour', measure: 'first_token', series: true, by: ['model'] }),
  'latency: all days, by task and model': (store, { from, to }) =>
    store.reports.latency({ from, to, grain: 'day', measure: 'total', by: ['task', 'model'] }),
};

export interface Timing {
  query: string;
  p50: number;
  p95: number;
  max: number;
}

/** Each query many times, in milliseconds, round by round so that they disturb each other as in life. */
export async function timeQueries(store: Store, span: Span, times: number): Promise<Timing[]> {
  const random = randomFrom(7);
  const taken = new Map<string, number[]>(Object.keys(QUERIES).map((query) => [query, []]));
  for (let round = 0; round < times; round++)
    for (const [query, run] of Object.entries(QUERIES)) {
      const began = performance.now();
      await run(store, span, random);
      taken.get(query)!.push(performance.now() - began);
    }
  return [...taken].map(([query, ms]) => {
    ms.sort((a, b) => a - b);
    return { query, p50: ms[Math.floor(ms.length / 2)]!, p95: ms[Math.floor(ms.length * 0.95)]!, max: ms.at(-1)! };
  });
}
