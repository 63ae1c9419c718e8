import { z } from 'zod';
import type { Limit } from '../policy/meter.ts';
import { ZONES } from '../protocol/zone.ts';
import type { ConfiguredAccounts } from './directory.ts';
import { budgetLimits, budgetsSchema, ruleFields, rulesSchema } from './rules.ts';

/** A key is kept as its hash, so that the file may be read by people and backups. */
const keyHash = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^sha256:[0-9a-f]{64}$/,
    'is not a hash. Keys never stand here in plain text: "freehold key" makes a key and the line for this place, "freehold key --stdin" hashes one that you have',
  );

const name = z.string().trim().min(1);

export const adminSchema = z.strictObject({
  key: keyHash.optional().meta({
    description:
      'Hash of the key that opens the admin API, from "freehold key --admin"; no other key does. Without it only this machine itself may use the admin API.',
  }),
});

const keySchema = z.union([
  keyHash,
  z.strictObject({
    hash: keyHash.meta({ description: 'What "freehold key" printed.' }),
    team: name.optional().meta({ description: 'The team whose rules hold as well.' }),
    project: name.optional().meta({ description: 'The project whose rules hold as well.' }),
    ...ruleFields,
  }),
]);

export const keysSchema = z
  .union([
    z.record(name, keySchema).meta({ description: 'By name; the name stands in logs.' }),
    z.array(keyHash).meta({ description: 'Without names.' }),
  ])
  .transform((keys) => (Array.isArray(keys) ? Object.fromEntries(keys.map((hash, at) => [`key-${at + 1}`, hash])) : keys))
  .transform((keys) =>
    Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, typeof value === 'string' ? { hash: value } : value])),
  );

export const teamsSchema = z.record(name, rulesSchema);

export const projectsSchema = z.record(
  name,
  z.strictObject({ team: name.optional().meta({ description: 'The team whose rules hold as well.' }), ...ruleFields }),
);

/** Budgets that belong to nobody in particular. */
export const budgetsSectionSchema = z.strictObject({
  total: budgetsSchema.default([]).meta({ description: 'For everything together.' }),
  zones: z.partialRecord(z.enum(ZONES), budgetsSchema).default({}).meta({ description: 'For what goes to a zone.' }),
  models: z
    .record(name, budgetsSchema)
    .default({})
    .meta({ description: 'For models, by address (provider/model); * stands for any text.' }),
});

export type BudgetsSection = z.output<typeof budgetsSectionSchema>;

/** What a configuration says of accounts, as the directory wants it. */
export function accountsOf(config: Pick<ConfiguredAccounts, 'keys' | 'teams' | 'projects'>): ConfiguredAccounts {
  const keys = Object.entries(config.keys).map(
    ([key, { hash, ...rest }]) => [key, { ...rest, hash: hash.replace(/^sha256:/, '') }] as const,
  );
  return { keys: Object.fromEntries(keys), teams: config.teams, projects: config.projects };
}

/** A limit that holds for some targets, whoever asks. */
export interface TargetLimit {
  /** Pattern of addresses, or a zone. */
  models?: string;
  zone?: string;
  limit: Limit;
}

/** The budgets that belong to nobody as limits. */
export function targetLimits({ total, zones, models }: BudgetsSection): TargetLimit[] {
  return [
    ...budgetLimits('total', total).map((limit) => ({ limit })),
    ...Object.entries(zones).flatMap(([zone, budgets]) => budgetLimits(`zone:${zone}`, budgets).map((limit) => ({ zone, limit }))),
    ...Object.entries(models).flatMap(([pattern, budgets]) =>
      budgetLimits(`model:${pattern}`, budgets).map((limit) => ({ models: pattern, limit })),
    ),
  ];
}
