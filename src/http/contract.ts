import { z } from 'zod';
import { ruleFields, rulesSchema } from '../accounts/rules.ts';
import type { Flip, Verdict } from '../policy/explain.ts';
import { PERIODS } from '../policy/period.ts';
import { ZONES } from '../protocol/zone.ts';
import type { Task } from '../tasks/task.ts';

/**
 * The admin API: what is sent to it and what it answers, for its pages, the command line and programs. Times are Unix milliseconds, money
 * whole nano-dollars (1e-9 US dollars) in fields that end in `_nanos`, absent values null.
 */

const name = z.string().trim().min(1).max(100);
const moment = z.int().nonnegative();
const zone = z.enum(ZONES);
const limited = z.coerce.number().pipe(z.int().min(1).max(500)).default(100);

const nullable = <T extends z.ZodRawShape>(shape: T) =>
  Object.fromEntries(Object.entries(shape).map(([field, schema]) => [field, (schema as z.ZodType).nullable().optional()])) as {
    [K in keyof T]: z.ZodOptional<z.ZodNullable<T[K] extends z.ZodType ? T[K] : never>>;
  };

const expiry = {
  expires_at: moment.nullable().optional().meta({ description: 'When it ends; null never.' }),
  expires_in: z.string().optional().meta({ description: 'The same as a span from now on: 30m, 12h, 30d.' }),
};

export const keyRequest = z.strictObject({
  name,
  team: name.nullable().optional(),
  project: name.nullable().optional(),
  ...expiry,
  ...ruleFields,
});

export const keyChange = z.strictObject({
  name: name.optional(),
  team: name.nullable().optional(),
  project: name.nullable().optional(),
  ...expiry,
  /** A rule that is null is taken away. */
  ...nullable(ruleFields),
});

export const rotation = z.strictObject({
  grace: z.string().default('24h').meta({ description: 'For how long the old key is good beside the new one: 0s, 10m, 24h.' }),
});

export const keyView = z.object({
  id: z.string(),
  name: z.string(),
  /** Its first letters; null for a key of the configuration, of which only a hash is known. */
  prefix: z.string().nullable(),
  source: z.enum(['config', 'store']),
  /** `broken`: its rules cannot be read, or its team or project was removed or disabled. */
  state: z.enum(['active', 'disabled', 'expired', 'revoked', 'broken']),
  team: z.string().nullable(),
  project: z.string().nullable(),
  rules: rulesSchema,
  created_at: moment.nullable(),
  expires_at: moment.nullable(),
  revoked_at: moment.nullable(),
});

export const madeKey = keyView.extend({
  /** Shown this once. */
  key: z.string(),
});

export const keysQuery = z.object({
  after: z.string().optional(),
  limit: limited,
  team: z.string().optional(),
  project: z.string().optional(),
});
export const keyList = z.object({ keys: z.array(keyView), next: z.string().nullable() });

export const groupRequest = z.strictObject({ team: name.nullable().optional(), ...ruleFields });

export const groupView = z.object({
  id: z.string(),
  source: z.enum(['config', 'store']),
  team: z.string().nullable(),
  /** Null when they cannot be read: its keys open nothing. */
  rules: rulesSchema.nullable(),
});
export const groupList = z.object({ groups: z.array(groupView) });

export const budgetsQuery = z.object({ account: z.string().optional(), after: z.string().optional(), limit: limited });

export const budgetView = z.object({
  /** `key:ID`, `team:NAME`, `project:NAME`, `model:PATTERN`, `zone:NAME` or `total`. */
  account: z.string(),
  period: z.enum(PERIODS),
  on_breach: z.enum(['block', 'alert', 'own']),
  limit_nanos: z.number(),
  /** By all nodes. */
  spent_nanos: z.number(),
  /** Set aside on this node for what is under way. */
  reserved_nanos: z.number(),
  /** Held by all nodes for what is under way or will be; what is reserved is part of it. */
  leased_nanos: z.number(),
  resets_at: moment.nullable(),
});
export const budgetList = z.object({ budgets: z.array(budgetView), next: z.string().nullable() });

const rates = z.object({
  input: z.number(),
  output: z.number(),
  cacheRead: z.number().optional(),
  cacheWrite: z.number().optional(),
  cacheWrite1h: z.number().optional(),
  reasoning: z.number().optional(),
});

export const priceView = z.object({
  /** `provider/model`. */
  address: z.string(),
  zone,
  /** `tokens`; `time`: hardware that costs the same whether it answers or not; `unpriced`: nobody knows, which is never taken for free. */
  kind: z.enum(['tokens', 'time', 'unpriced']),
  /** US dollars per million tokens. */
  price: rates
    .extend({
      image: z.number().optional(),
      tiers: z.array(rates.extend({ above: z.number() })).optional(),
      source: z.string(),
      date: z.string(),
    })
    .nullable(),
  window: z.number().nullable(),
  max_output: z.number().nullable(),
});
export const priceList = z.object({ prices: z.array(priceView) });

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

const time = z.coerce.number().pipe(moment);

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
  ok: z.boolean(),
  node: z.string().nullable(),
  store: z.looseObject({ ok: z.boolean(), queued: z.number(), written: z.number() }).nullable(),
});

/** Fields as LiteLLM's proxy takes them (docs.litellm.ai/docs/proxy/virtual_keys). Others are told in `ignored`. */
export const aliasRequest = z.looseObject({
  key_alias: name.nullable().optional(),
  max_budget: z.number().nonnegative().nullable().optional(),
  budget_duration: z.string().nullable().optional(),
  models: z.array(z.string()).nullable().optional(),
  tpm_limit: z.int().positive().nullable().optional(),
  rpm_limit: z.int().positive().nullable().optional(),
  max_parallel_requests: z.int().positive().nullable().optional(),
  duration: z.string().nullable().optional(),
  team_id: name.nullable().optional(),
  blocked: z.boolean().nullable().optional(),
  metadata: z.record(z.string(), z.unknown()).nullable().optional(),
});

export const aliasDeletion = z.looseObject({
  keys: z.array(z.string()).nullable().optional(),
  key_aliases: z.array(z.string()).nullable().optional(),
});

export type KeyView = z.output<typeof keyView>;
export type MadeKey = z.output<typeof madeKey>;
export type KeyList = z.output<typeof keyList>;
export type GroupView = z.output<typeof groupView>;
export type BudgetView = z.output<typeof budgetView>;
export type BudgetList = z.output<typeof budgetList>;
export type PriceView = z.output<typeof priceView>;

/** Why an exchange went where it went, or a request would go. */
export interface DecisionView {
  exchange: string;
  /** The model as the client named it. */
  asked: string;
  /** Who answered, or would be asked first, by address. */
  answered?: string;
  /** What it was taken for, with what spoke for it. */
  task?: Task;
  mode?: string;
  rule?: string;
  chosen?: string;
  /** Who would answer in a new conversation, where that is another. */
  otherwise?: string;
  why?: string;
  /** The kind of error that it would be refused with. */
  refused?: string;
  /** Where the conversation goes when its tests fail. */
  escalateTo?: string;
  verdicts: Verdict[];
  /** The smallest changes that have another model answer, the smallest first. */
  flips: Flip[];
  /** What the conversation said of the answer, unasked. */
  signals?: string[];
  /** The decision was made again from what was recorded, with the same result. */
  isReproduced?: boolean;
}
