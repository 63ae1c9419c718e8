import { z } from 'zod';
import { NANOS } from '../catalog/price.ts';
import type { Limit } from '../policy/meter.ts';
import { ZONES } from '../protocol/zone.ts';

/** What happens when a limit does not suffice. */
const breachSchema = z.enum(['block', 'alert', 'own']);
const BUDGET_PERIODS = ['day', 'week', 'month', 'lifetime'] as const;

const budgetObject = z.strictObject({
  usd: z.number().nonnegative().meta({ description: 'US dollars.' }),
  per: z
    .enum(BUDGET_PERIODS)
    .meta({ description: 'Counted from midnight UTC, from Monday, or from the first of the month; a lifetime never begins anew.' }),
  on_breach: breachSchema
    .default('block')
    .meta({ description: 'block refuses, alert goes on and tells, own goes on with models of your own only.' }),
  unpriced: z.enum(['block', 'allow']).optional().meta({
    description: 'What happens to models whose price nobody knows: block (the default) refuses them, allow lets them through uncounted.',
  }),
});

/** `20/day` is short for `{ usd: 20, per: day }`. */
const budgetText = z
  .string()
  .regex(
    /^\$?\d+(?:\.\d+)? *(?:\/|per) *(?:day|week|month|lifetime)$/,
    'is not a budget: write for example "20/day", or {usd: 20, per: day, on_breach: own}',
  )
  .transform((text) => {
    const [, usd, per] = /^\$?([\d.]+) *(?:\/|per) *(\w+)$/.exec(text)!;
    return budgetObject.parse({ usd: Number(usd), per });
  });

const oneBudget = z.union([budgetText, budgetObject]);

/** One budget or several, e.g. one a day and one a month. */
export const budgetsSchema = z.union([oneBudget.transform((one) => [one]), z.array(oneBudget)]);

const patterns = z.array(z.string().trim().min(1)).min(1);
const amount = z.int().positive();

/** What a key, a team or a project may do. Unknown fields are errors. */
export const ruleFields = {
  zone: z
    .enum(ZONES)
    .optional()
    .meta({ description: 'The farthest zone its requests may reach. The strictest of key, team, project and request counts.' }),
  models: patterns.optional().meta({ description: 'Models it may ask for, by name or address; * stands for any text. All, when absent.' }),
  tasks: patterns.optional().meta({ description: 'Classes of work it may be used for, e.g. code_generation. All, when absent.' }),
  budget: budgetsSchema
    .optional()
    .meta({ description: 'Money, e.g. 20/day. The most that a request can cost is set aside before it goes out.' }),
  requests_per_minute: amount.optional().meta({ description: 'Requests a minute.' }),
  tokens_per_minute: amount.optional().meta({ description: 'Tokens a minute, read and written.' }),
  parallel: amount.optional().meta({ description: 'Requests at the same time.' }),
  resume: z
    .boolean()
    .optional()
    .meta({ description: 'Whether answers that break off are continued by another target; as resilience.resume says, when absent.' }),
  disabled: z.boolean().optional().meta({ description: 'Whether it is refused for now.' }),
  metadata: z
    .record(z.string(), z.unknown())
    .refine((value) => JSON.stringify(value).length <= 4096, 'is longer than 4096 characters')
    .optional()
    .meta({ description: 'Notes of your own, at most 4096 characters as JSON. Freehold does not read them.' }),
};

export const rulesSchema = z.strictObject(ruleFields);

/** As written in the file, in the admin API and in the store. */
export type Rules = z.output<typeof rulesSchema>;
export type BudgetRule = z.output<typeof budgetsSchema>[number];

/** The limits of an account that rules set. @param account e.g. `team:core` */
export function limitsOf(account: string, { budget = [], requests_per_minute, tokens_per_minute, parallel }: Rules): Limit[] {
  const rate = (unit: Limit['unit'], most: number | undefined): Limit[] =>
    most === undefined ? [] : [{ account, unit, period: 'minute', amount: most, breach: 'block' }];
  return [
    ...budgetLimits(account, budget),
    ...rate('requests', requests_per_minute),
    ...rate('tokens', tokens_per_minute),
    ...rate('concurrent', parallel),
  ];
}

/** Budgets as limits in nano-dollars. */
export function budgetLimits(account: string, budgets: readonly BudgetRule[]): Limit[] {
  return budgets.map(({ usd, per, on_breach, unpriced }) => ({
    account,
    unit: 'nanos',
    period: per,
    amount: Math.round(usd * NANOS),
    breach: on_breach,
    ...(unpriced === 'allow' && { allowsUnpriced: true }),
  }));
}
