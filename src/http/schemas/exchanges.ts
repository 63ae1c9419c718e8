import { z } from 'zod';
import type { AttemptRecord, DecisionRecord, FoundRecord } from '../../exchange/record.ts';
import type { Note } from '../../protocol/note.ts';
import type { ExchangeRow, ListedExchange, TotalsGroup } from '../../store/ports.ts';
import type { Task } from '../../tasks/task.ts';
import { limited, moment, time, zone } from './fields.ts';

const filters = {
  key: z.string().optional(),
  team: z.string().optional(),
  project: z.string().optional(),
  client: z.string().optional(),
  task: z.string().optional(),
  provider: z.string().optional(),
  model: z.string().optional(),
  zone: zone.optional(),
  outcome_class: z.enum(['ok', 'client', 'provider', 'policy', 'freehold', 'cancelled', 'interrupted']).optional(),
};

export const exchangesQuery = z.object({
  ...filters,
  session: z.string().optional(),
  repository: z.string().optional(),
  from: time.optional(),
  to: time.optional(),
  cursor: z.string().optional(),
  limit: limited,
});

const listed = z.looseObject({
  id: z.string(),
  at: moment,
  key: z.string().nullable(),
  outcome: z.string(),
  cost_nanos: z.number().nullable(),
});
export const exchangeList = z.object({ exchanges: z.array(listed), next: z.string().nullable() });
export const exchangeView = listed.extend({
  attempts: z.array(z.looseObject({ provider: z.string(), model: z.string(), zone })),
  notes: z.array(z.unknown()),
  findings: z.array(z.unknown()),
  plan: z.unknown(),
});

const DIMENSIONS = ['key', 'team', 'project', 'client', 'task', 'provider', 'model', 'zone', 'outcome_class'] as const;
const list = z.string().transform((text) => text.split(',').map((part) => part.trim()));

export const usageQuery = z.object({
  ...filters,
  from: time,
  to: time,
  grain: z.enum(['hour', 'day']).default('day'),
  /** Also one group an hour or a day. */
  series: z.stringbool().optional(),
  by: list.pipe(z.array(z.enum(DIMENSIONS))).optional(),
});

const sums = z.looseObject({ exchanges: z.number(), cost_nanos: z.number(), unpriced: z.number(), of: z.record(z.string(), z.string()) });
export const usageView = z.object({ groups: z.array(sums) });

export const healthView = z.looseObject({
  /** The store's. */
  ok: z.boolean(),
  node: z.string().nullable(),
  /** Somebody can answer. */
  ready: z.boolean(),
  /** What is missing, broken or under way, in sentences. */
  reasons: z.array(z.string()),
  /** Models and people do not exist. */
  simulated: z.boolean(),
  store: z.looseObject({ ok: z.boolean(), queued: z.number(), written: z.number() }).nullable(),
});

export type HealthView = z.output<typeof healthView>;

/** What the schemas above let through, with every column that the store has. */
export interface ExchangeList {
  exchanges: ListedExchange[];
  next: string | null;
}

export interface ExchangeView extends Omit<ExchangeRow, 'attempts' | 'notes' | 'findings' | 'plan'> {
  attempts: AttemptRecord[];
  notes: Note[];
  findings: FoundRecord[];
  plan: (DecisionRecord & { task?: Task }) | null;
}

export interface UsageView {
  groups: TotalsGroup[];
}
