import { z } from 'zod';
import { ruleFields, rulesSchema } from '../../accounts/rules.ts';
import { limited, moment, name } from './fields.ts';

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

export type KeyView = z.output<typeof keyView>;
export type MadeKey = z.output<typeof madeKey>;
export type KeyList = z.output<typeof keyList>;
export type GroupView = z.output<typeof groupView>;
